import { samplesIn } from '../audio/pcm.ts'
import { HEARING_RATE, type Ms, type Samples } from '../units.ts'

/** So much sound is held in all: what is not written yet, and what is ahead of its time. */
const MOST_MS: Ms = 5_000

/** One side of a recording: 16 kHz mono laid where it belongs in time, and taken from the beginning piece by piece. */
export class Side {
  readonly #slackMs: Ms
  readonly #store = new Int16Array(samplesIn(MOST_MS, HEARING_RATE))
  /** Everything before it has been taken. */
  #taken: Samples = 0
  /** The end of what was put. */
  #end: Samples = 0
  #lost: Samples = 0

  /** @param slackMs sound that comes so much too late, ms, still follows what came before it without a gap */
  constructor(slackMs: Ms) {
    this.#slackMs = slackMs
  }

  /** Samples that had no place any more: too late, or too far ahead. */
  get lost(): Samples {
    return this.#lost
  }

  /** Lays `pcm` behind what was put before, or at `at` (ms from the beginning) where that is over. */
  put(pcm: Int16Array, at: Ms): void {
    const now = samplesIn(at, HEARING_RATE)
    if (now - this.#end > samplesIn(this.#slackMs, HEARING_RATE)) this.#end = now
    const from = Math.max(0, this.#taken - this.#end)
    const to = Math.min(pcm.length, this.#taken + this.#store.length - this.#end)
    for (let i = from; i < to; i++) this.#store[(this.#end + i) % this.#store.length] = pcm[i]!
    this.#lost += pcm.length - Math.max(0, to - from)
    this.#end += pcm.length
  }

  /** What was put for after `at` (ms) was not heard. */
  cut(at: Ms): void {
    const from = Math.max(this.#taken, samplesIn(at, HEARING_RATE))
    const end = Math.min(this.#end, this.#taken + this.#store.length)
    for (let i = from; i < end; i++) this.#store[i % this.#store.length] = 0
    this.#end = Math.min(this.#end, Math.max(from, this.#taken))
  }

  /** The next `count` samples; silence where nothing was put. */
  take(count: Samples): Int16Array {
    const out = new Int16Array(count)
    const held = Math.min(count, this.#store.length)
    for (let i = 0; i < held; i++) {
      const place = (this.#taken + i) % this.#store.length
      out[i] = this.#store[place]!
      this.#store[place] = 0
    }
    this.#taken += count
    return out
  }
}
