import type { LiveEvent } from '../live/events.ts'

/** What an event means for the question that waits for its answer. */
export type Meaning =
  /** Of this answer. */
  | 'ours'
  /** The rest of an earlier answer, or nothing to do with answers. */
  | 'other'
  /** The answer is complete. */
  | 'over'
  /** All of it has been made; its last words may trail. The end of the turn is held back for as long as it would take to play. */
  | 'nearly over'
  /** The turn has ended, and nothing was said in it. */
  | 'silent'

/**
 * Which of the model's events belong to the latest question. The service puts no numbers on its turns: after a question
 * that came in the middle of an answer, or before the end of the turn was told, the rest of the old turn comes first.
 */
export class AnswerBook {
  /** The end of a turn from before the question is still to come. */
  #isOwed = false
  /** The old answer is still coming. */
  #isStale = false
  #isWaiting = false
  #hasContent = false
  /** Calls of tools that are under way: the end of a turn is then not the end of the answer. */
  #calls = 0
  /** A tool has answered, and the model has said nothing since. */
  #isToldAbout = true

  /** A question goes out. */
  asked(): void {
    this.#isStale = this.#isWaiting && this.#hasContent
    this.#isOwed ||= this.#isStale
    this.#isWaiting = true
    this.#hasContent = false
    this.#calls = 0
    this.#isToldAbout = true
  }

  /** A call of a tool has been answered; the model will say something about it. */
  called(): void {
    if (this.#calls > 0) this.#calls--
    this.#isToldAbout = false
  }

  take(event: LiveEvent): Meaning {
    switch (event.type) {
      case 'audio':
      case 'said':
      case 'call':
        if (this.#isStale || !this.#isWaiting) return 'other'
        this.#hasContent = true
        if (event.type === 'call') this.#calls += event.calls.length
        else this.#isToldAbout = true
        return 'ours'
      case 'cancel':
        this.#calls = Math.max(0, this.#calls - event.ids.length)
        return 'other'
      case 'heard':
        return this.#isStale ? 'other' : 'ours'
      case 'interrupted':
        if (this.#isStale) {
          this.#isStale = false
          return 'other'
        }
        this.#hasContent = false
        this.#isOwed = true
        return 'ours'
      case 'generated':
        if (this.#isStale || !this.#isWaiting || !this.#hasContent || this.#isAtWork) return 'other'
        return 'nearly over'
      case 'turnComplete':
        return this.#ended()
      default:
        return 'other'
    }
  }

  /** The answer is taken as complete before its turn has ended. */
  settle(): void {
    if (!this.#isWaiting) return
    this.#isWaiting = false
    this.#isOwed = true
  }

  get #isAtWork(): boolean {
    return this.#calls > 0 || !this.#isToldAbout
  }

  #ended(): Meaning {
    const wasOwed = this.#isOwed
    this.#isOwed = false
    this.#isStale = false
    if (!this.#isWaiting || this.#isAtWork) return 'other'
    if (!this.#hasContent) return wasOwed ? 'other' : 'silent'
    this.#isWaiting = false
    return 'over'
  }
}
