import { HEARING_RATE, type Ms } from '../units.ts'
import { FRAME_MS, levelOf, samplesIn } from './pcm.ts'
import { Ring } from './ring.ts'

/** Samples in one frame at 16 kHz. */
export const FRAME_SAMPLES = samplesIn(FRAME_MS, HEARING_RATE)

/** More than this waiting in a lane is old news: the oldest is dropped. */
const MOST_MS: Ms = 120
/** Below this a frame holds no speech, dBFS. */
export const SILENCE_DB = -55

/** One voice on its way into the mix: a small jitter queue at 16 kHz mono. */
export class Lane {
  /** Who is heard: the track's id, and its owner's identity. */
  readonly id: string
  readonly identity: string
  readonly #ring = new Ring(samplesIn(MOST_MS, HEARING_RATE))
  #droppedSamples = 0
  #starvedFrames = 0

  constructor(id: string, identity: string) {
    this.id = id
    this.identity = identity
  }

  /** Sound lost because it came faster than it was taken, in samples. */
  get droppedSamples(): number {
    return this.#droppedSamples
  }

  /** How often a frame was asked for that had not come; each was mixed as silence, in whole or in part. */
  get starvedFrames(): number {
    return this.#starvedFrames
  }

  /** Whether a whole frame of `samples` is waiting. */
  has(samples: number): boolean {
    return this.#ring.length >= samples
  }

  /** Takes 16 kHz mono PCM16 of any length, as it arrives. Copies it. */
  push(pcm: Int16Array): void {
    // Sound that still waits when the next comes is late, and would stay so: silence makes the time good, and nobody notices.
    const isLate = this.#ring.length >= FRAME_SAMPLES
    if (isLate && levelOf(pcm) < SILENCE_DB) this.#droppedSamples += pcm.length
    else this.#droppedSamples += this.#ring.push(pcm)
  }

  /** Fills `out` with the next frame; what has not come yet is silence. Returns how many samples were really there. */
  read(out: Int16Array): number {
    const count = this.#ring.read(out)
    if (count < out.length) {
      out.fill(0, count)
      this.#starvedFrames++
    }
    return count
  }
}
