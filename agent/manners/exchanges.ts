import type { Ms } from '../units.ts'

/** Whoever was answered may go on without naming the agent again for this long, ms. */
const FOLLOW_UP_MS: Ms = 20_000

/** With whom the agent is in the middle of an exchange: those it answers, and those it has just answered. */
export class Exchanges {
  readonly #until = new Map<string, Ms>()

  /** The agent begins to answer these people. */
  answering(people: Iterable<string>): void {
    for (const identity of people) this.#until.set(identity, Number.POSITIVE_INFINITY)
  }

  /** Its voice has ended at `now` (ms), and the time for a follow-up begins. */
  answered(now: Ms): void {
    for (const [identity, until] of this.#until) {
      if (until === Number.POSITIVE_INFINITY) this.#until.set(identity, now + FOLLOW_UP_MS)
      else if (until < now) this.#until.delete(identity)
    }
  }

  /** They have turned to somebody else. */
  over(identity: string): void {
    this.#until.delete(identity)
  }

  has(identity: string, now: Ms): boolean {
    return (this.#until.get(identity) ?? Number.NEGATIVE_INFINITY) >= now
  }
}
