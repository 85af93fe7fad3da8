import { type Ms, type Samples, SPEECH_RATE } from '../../units.ts'

/** How fast speech is sent and in what pieces. */
export type Pacing = {
  /** Times real time: 1 is as fast as it is heard, Infinity as fast as it is made. */
  speed: number
  /** Chunk lengths lie between these, unevenly, as Google's do. */
  leastMs: Ms
  mostMs: Ms
  /** `turnComplete` waits until what was sent can have been heard. */
  holdsTurnComplete: boolean
}

/** Cuts speech into chunks and says when each is due; stepped by samples. */
export class Pacer {
  readonly #pacing: Pacing
  readonly #random: () => number
  /** When the first chunk went out. */
  #startedAt: Ms | undefined
  #sent: Samples = 0
  #heardUntil: Ms = 0

  constructor(pacing: Pacing, random: () => number) {
    this.#pacing = pacing
    this.#random = random
  }

  /** How many samples the next chunk holds; any number, not only whole milliseconds. */
  length(): Samples {
    const { leastMs, mostMs } = this.#pacing
    // Squared: most chunks are short, a few are long.
    const ms = leastMs + (mostMs - leastMs) * this.#random() ** 2
    return Math.round((ms * SPEECH_RATE) / 1000)
  }

  /** How long the next chunk has still to wait at `now`. */
  wait(now: Ms): Ms {
    if (this.#startedAt === undefined) return 0
    return Math.max(0, this.#startedAt + msOf(this.#sent) / this.#pacing.speed - now)
  }

  /** `length` samples went out at `now`. */
  sent(length: Samples, now: Ms): void {
    this.#startedAt ??= now
    this.#sent += length
    this.#heardUntil = Math.max(this.#heardUntil, now) + msOf(length)
  }

  /** ms of speech sent so far. */
  get sentMs(): Ms {
    return msOf(this.#sent)
  }

  /** ms from `now` until a client that plays at once has played everything sent. */
  unheard(now: Ms): Ms {
    return Math.max(0, this.#heardUntil - now)
  }
}

const msOf = (length: Samples): Ms => (length * 1000) / SPEECH_RATE

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
