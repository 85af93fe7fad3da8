import type { Ms } from '../units.ts'

/** A frame this loud begins speech, dBFS; quieter than most speech into a headset, louder than its noise. */
const ON_DB = -45
/** Speech goes on while frames stay above this, dBFS. */
const OFF_DB = -52
/** This much sound in a row is speech, not a click, ms. */
const ATTACK_MS: Ms = 30
/** Pauses between words are shorter than this, ms. */
const HANGOVER_MS: Ms = 400

/** Tells from the level of one lane, frame by frame, whether its owner is talking. */
export class Speaker {
  #loudMs: Ms = 0
  #quietMs: Ms = 0
  #isTalking = false
  #talkedMs: Ms = 0

  get isTalking(): boolean {
    return this.#isTalking
  }

  /** How long they have talked since `forget()`, ms; what they said is theirs in proportion. */
  get talkedMs(): Ms {
    return this.#talkedMs
  }

  /** One frame of `frameMs` at `level` dBFS. Returns whether talking began or ended with it. */
  step(level: number, frameMs: Ms): 'began' | 'ended' | undefined {
    this.#loudMs = level >= ON_DB ? this.#loudMs + frameMs : 0
    this.#quietMs = level >= OFF_DB ? 0 : this.#quietMs + frameMs
    if (this.#isTalking && this.#quietMs < HANGOVER_MS) this.#talkedMs += frameMs
    if (!this.#isTalking && this.#loudMs >= ATTACK_MS) {
      this.#isTalking = true
      this.#talkedMs += this.#loudMs
      return 'began'
    }
    if (this.#isTalking && this.#quietMs >= HANGOVER_MS) {
      this.#isTalking = false
      return 'ended'
    }
    return undefined
  }

  forget(): void {
    this.#talkedMs = 0
  }
}
