import type { Ms } from '../../units.ts'

/** With nothing coming for this long the peer is asked. */
const ASK_MS: Ms = 20_000
/** Pongs of the real service were measured 8 to 30 s late: only after twice that, and some, is nobody there. */
const DEAD_MS: Ms = 75_000

/** Whether there is anybody at the other end: TCP alone may take a quarter of an hour to notice that a cable was pulled. */
export class Peer {
  #signAt: Ms
  #askedAt: Ms

  constructor(at: Ms) {
    this.#signAt = at
    this.#askedAt = at
  }

  /** A message or a pong. */
  sign(at: Ms): void {
    this.#signAt = at
  }

  step(at: Ms): 'ask' | 'dead' | undefined {
    if (at - this.#signAt >= DEAD_MS) return 'dead'
    if (at - Math.max(this.#signAt, this.#askedAt) < ASK_MS) return undefined
    this.#askedAt = at
    return 'ask'
  }
}
