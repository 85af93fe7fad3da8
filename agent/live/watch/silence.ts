import type { Ms } from '../../units.ts'

/** A model that has heard something whole writes it down or answers within two or three seconds. */
const FIRST_MS: Ms = 10_000
/** Noise that is loud as speech is answered by nobody: each time that a new connection has not helped, wait longer for the next. */
const MOST_MS: Ms = 320_000

/** Tells a server that has gone mute from one that has nothing to say. */
export class Silence {
  #patienceMs = FIRST_MS

  /** Something came that only a working session says: words, sound, a call. */
  heard(): void {
    this.#patienceMs = FIRST_MS
  }

  /** @param forMs for how long what was said has met no message at all. Returns whether the connection is to be given up. */
  step(forMs: Ms): boolean {
    if (forMs < this.#patienceMs) return false
    this.#patienceMs = Math.min(MOST_MS, this.#patienceMs * 2)
    return true
  }
}
