import { levelOf } from '../../audio/pcm.ts'

/** Sound below this, dBFS, is nothing that anybody would call an answer; the models speak at -25 and above. */
const AUDIBLE_DB = -55

export type Outcome =
  | 'fine'
  /** Ask the model once more. */
  | 'again'
  /** It did not help: say so in the room. */
  | 'give up'

/** Whether an answer that was owed could be heard. One that could not is asked for once more; then the room is told, once, until one can. */
export class Audible {
  #isOwed = false
  #isHeard = false
  #isExcused = false
  #misses = 0

  /** Something of the turn under way could be heard. */
  get isHeard(): boolean {
    return this.#isHeard
  }

  /** How many turns in a row, the re-prompted ones included, came to nothing. */
  get misses(): number {
    return this.#misses
  }

  /** Somebody has said or typed something that is to be answered aloud. */
  asked(): void {
    this.#isOwed = true
  }

  /** The turn under way is gone with its connection: what of it was heard says nothing about the next. */
  brokenOff(): void {
    if (this.#isHeard) this.#isOwed = false
    this.#isHeard = this.#isExcused = false
  }

  sound(pcm: Int16Array): void {
    this.#isHeard ||= levelOf(pcm) > AUDIBLE_DB
  }

  /** The turn calls a function, or somebody talks over it: it need not be heard. */
  excused(): void {
    this.#isExcused = true
  }

  /** @param reason the turn's `turnCompleteReason`: one that names why it was cut short is a miss even if nobody is owed anything. */
  turnEnded(reason: string | undefined): Outcome {
    const isMiss =
      !this.#isHeard && !this.#isExcused && (this.#isOwed || (reason !== undefined && failed.test(reason)))
    if (this.#isHeard) this.#misses = 0
    if (this.#isHeard || isMiss) this.#isOwed = false
    this.#isHeard = this.#isExcused = false
    if (!isMiss) return 'fine'
    this.#misses++
    return this.#misses === 1 ? 'again' : this.#misses === 2 ? 'give up' : 'fine'
  }
}

const failed = /REJECTED|MALFORMED|SAFETY|BLOCKLIST|PROHIBITED|MAX_REGENERATION|OTHER/
