import { HEARING_RATE, type Ms } from '../units.ts'
import { FRAME_SAMPLES, type Lane, SILENCE_DB } from './lane.ts'
import { Leveller } from './leveller.ts'
import { FRAME_MS, levelOf, samplesIn } from './pcm.ts'
import { Ring } from './ring.ts'
import { Speaker } from './speaker.ts'
import { Trace } from './trace.ts'

/** Sound is held back for this long at most while it is unclear whose it is, ms. */
export const MOST_HELD_MS: Ms = 300
/** When somebody talks over our own voice, this much of what was taken for it belongs to their first word, ms. */
const PRE_ROLL_MS: Ms = 80

/** A lane that has been quieter than this for so long, dBFS, has nothing that could be compared. */
const FAINT_DB = -55
const SOUNDING_MS: Ms = 200

/**
 * Whose sound a frame is: a person's, or our own voice that came back through their speaker. `unclear`: hold it until that is known.
 * `clear`: nothing of ours can be in it.
 */
export type Whose = 'clear' | 'person' | 'own' | 'unclear'

/** Judges each frame of one lane as it arrives. */
export type Guard = {
  /** @param level of the frame that the lane's trace has just taken, dBFS */
  judge(level: number): Whose
}

/** What is known of a person's sound and outlives their track: how loud they are. */
export type Acquaintance = { leveller: Leveller }

/** One lane at the mixing desk: its next frame, how loud it is, whether that is speech, and the gain it is mixed with. */
export class Channel {
  readonly lane: Lane
  readonly speaker = new Speaker()
  readonly #leveller: Leveller
  readonly #guard: Guard | undefined
  readonly #arrived = new Int16Array(FRAME_SAMPLES)
  readonly #held = new Ring(samplesIn(MOST_HELD_MS, HEARING_RATE))
  #whose: Whose = 'clear'
  #level = Number.NEGATIVE_INFINITY
  #loudness = Number.NEGATIVE_INFINITY
  #change: 'began' | 'ended' | undefined
  #ownFrames = 0
  #soundedMs: Ms = SOUNDING_MS

  /** The frame to be mixed, before any gain; valid until the next step. */
  readonly pcm = new Int16Array(FRAME_SAMPLES)
  /** What arrived of late, for those who compare sounds. */
  readonly trace = new Trace(HEARING_RATE)
  /** The gain of the last sample that was mixed, 0 to 1, without the levelling; the mixer's. */
  weight = 0
  /** That gain with the levelling; the mixer's. */
  gain = 0
  /** Whether it is among the voices that are mixed; the mixer's. */
  isChosen = false
  /** Whether it would be among them in this frame; the mixer's. */
  isRanked = false
  /** Whether its sound is somebody else's that is heard better elsewhere: it is left out. */
  isDouble = false

  constructor(
    lane: Lane,
    { leveller }: Acquaintance = { leveller: new Leveller() },
    guard?: (trace: Trace) => Guard | undefined,
  ) {
    this.lane = lane
    this.#leveller = leveller
    this.#guard = guard?.(this.trace)
  }

  /** Whether anything has arrived of late that may be a voice, be it left out or not. */
  get isSounding(): boolean {
    return this.#soundedMs < SOUNDING_MS
  }

  /** Whether the frame that just arrived may be a voice, be it left out or not. */
  get isLoud(): boolean {
    return this.#soundedMs === 0
  }

  /** The level of the frame to be mixed, dBFS. */
  get level(): number {
    return this.#level
  }

  /** How loud it was of late, dBFS: rises at once, falls by 20 dB a second. What the loudest are chosen by. */
  get loudness(): number {
    return this.#loudness
  }

  /** Whether talking began or ended with this frame. */
  get change(): 'began' | 'ended' | undefined {
    return this.#change
  }

  /** What brings this person to the common loudness. */
  get levelling(): number {
    return this.#leveller.gain
  }

  /** Frames that were our own voice coming back, and were left out. */
  get ownFrames(): number {
    return this.#ownFrames
  }

  /** Takes the lane's next frame. */
  step(): void {
    this.lane.read(this.#arrived)
    const arrivedLevel = levelOf(this.#arrived)
    this.trace.push(this.#arrived)
    this.#soundedMs = arrivedLevel > FAINT_DB ? 0 : this.#soundedMs + FRAME_MS
    this.#pass(this.#guard?.judge(arrivedLevel) ?? 'clear', arrivedLevel)
    // Another's voice is no word of theirs.
    this.#change = this.speaker.step(this.isDouble ? Number.NEGATIVE_INFINITY : this.#level, FRAME_MS)
    this.#loudness = Math.max(this.#level, this.#loudness - 0.2)
    if (this.speaker.isTalking && this.speaker.isLoud) this.#leveller.hear(this.#level, FRAME_MS)
  }

  /** Puts the frame that is to be mixed into `pcm`: what just arrived, or what was held, or silence. */
  #pass(whose: Whose, level: number): void {
    const before = this.#whose
    this.#whose = whose
    if (whose === 'own' || whose === 'unclear') {
      this.#held.push(this.#arrived)
      const most = whose === 'own' ? PRE_ROLL_MS : MOST_HELD_MS
      if (whose === 'own') this.#ownFrames++
      this.#held.skip(this.#held.length - samplesIn(most, HEARING_RATE))
      this.pcm.fill(0)
      this.#level = Number.NEGATIVE_INFINITY
      return
    }
    if (before === 'own' && whose === 'clear') this.#held.skip(this.#held.length)
    if (this.#held.length === 0) {
      this.pcm.set(this.#arrived)
      this.#level = level
      return
    }
    // What was held is late: pauses make the time good.
    if (level >= SILENCE_DB) this.#held.push(this.#arrived)
    this.pcm.fill(0, this.#held.read(this.pcm))
    this.#level = levelOf(this.pcm)
  }
}
