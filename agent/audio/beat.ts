import type { Ms } from '../units.ts'
import { FRAME_MS } from './pcm.ts'

/** How long a frame waits for a lane whose sound is late. */
const SLACK_MS: Ms = 20
/** Frames may run this far before their nominal time when everybody's sound is there already. */
const AHEAD_MS: Ms = FRAME_MS
/** After a longer pause of this process the missed time is given up, not sent in a rush. */
const MOST_BEHIND_MS: Ms = 500

/**
 * When the next frame of the room is due. Frame n's nominal time is n frames after the start; it goes out as soon as every lane has its
 * part, at the latest a little after its nominal time, and never for longer than that ahead of it: so the stream runs at exactly real
 * time and sound that is on time waits for nothing. Pure: time comes in by `now`.
 */
export class Beat {
  #start: Ms
  #frames = 0
  #skippedMs = 0

  constructor(now: Ms) {
    this.#start = now
  }

  /** Time given up because the process stood still for too long, ms. */
  get skippedMs(): Ms {
    return this.#skippedMs
  }

  /** Whether a frame is to go out now. */
  isDue(now: Ms, isComplete: boolean): boolean {
    return now >= (isComplete ? this.#nominal() - AHEAD_MS : this.deadline())
  }

  /** The latest time for the next frame. */
  deadline(): Ms {
    return this.#nominal() + SLACK_MS
  }

  /** Counts a frame as sent. */
  advance(now: Ms): void {
    this.#frames++
    const behind = now - this.deadline()
    if (behind <= MOST_BEHIND_MS) return
    this.#start += behind
    this.#skippedMs += behind
  }

  #nominal(): Ms {
    return this.#start + this.#frames * FRAME_MS
  }
}
