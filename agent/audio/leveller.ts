import type { Ms } from '../units.ts'

/** How loud everybody's speech is to be, RMS of what is spoken, dBFS. The nominal level of speech on a line: ITU-T P.56, G.115. */
const TARGET_DB = -26
/** The gain stays within these, dB: a whisper is not made a shout, and whoever is loud is not lost beside others. */
const LEAST_DB = -6
const MOST_DB = 15
/** How fast the gain moves while they speak, dB a second: slowly enough that no word is bent by it. */
const RISE_DB = 4
const FALL_DB = 8
/** What is judged is the speech of about this time, ms. */
const MEMORY_MS: Ms = 1_000
/** A judgement takes this much speech, ms. */
const FIRST_MS: Ms = 200

/** One person's way to the common loudness. It learns from speech alone: in silence the gain stays as it is. */
export class Leveller {
  #power = 0
  #speechMs: Ms = 0
  #gainDb = 0
  #gain = 1

  /** What to multiply samples with. */
  get gain(): number {
    return this.#gain
  }

  /** One frame of speech of `frameMs` at `level` dBFS, before the gain. */
  hear(level: number, frameMs: Ms): void {
    this.#speechMs += frameMs
    const share = Math.max(frameMs / MEMORY_MS, frameMs / this.#speechMs)
    this.#power += (10 ** (level / 10) - this.#power) * share
    if (this.#speechMs < FIRST_MS) return
    const wanted = Math.min(MOST_DB, Math.max(LEAST_DB, TARGET_DB - 10 * Math.log10(this.#power)))
    const step = Math.min(
      (RISE_DB * frameMs) / 1000,
      Math.max((-FALL_DB * frameMs) / 1000, wanted - this.#gainDb),
    )
    this.#gainDb += step
    this.#gain = 10 ** (this.#gainDb / 20)
  }
}
