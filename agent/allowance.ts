import type { Ms } from './units.ts'

/** More names than this are not kept: those that have not used anything lately go first. */
const MOST_NAMES = 1_000

/** Lets everybody do a thing a number of times in a row, and then once in a while: a flood from one takes nothing from the others. */
export class Allowance {
  readonly #burst: number
  readonly #refillMs: Ms
  readonly #tokens = new Map<string, { left: number; at: Ms }>()

  /**
   * @param burst how often it may be done in a row
   * @param refillMs after that, once in this time, ms
   */
  constructor(burst: number, refillMs: Ms) {
    this.#burst = burst
    this.#refillMs = refillMs
  }

  /** Whether `who` may do it at `now` (ms). */
  accepts(who: string, now: Ms): boolean {
    const { left, at } = this.#tokens.get(who) ?? { left: this.#burst, at: now }
    const refilled = Math.min(this.#burst, left + (now - at) / this.#refillMs)
    const isAccepted = refilled >= 1
    this.#tokens.delete(who)
    this.#tokens.set(who, { left: isAccepted ? refilled - 1 : refilled, at: now })
    if (this.#tokens.size > MOST_NAMES) this.#tokens.delete(this.#tokens.keys().next().value!)
    return isAccepted
  }
}
