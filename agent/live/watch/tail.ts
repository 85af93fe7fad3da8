import type { Ms } from '../../units.ts'
import type { LiveEvent } from '../events.ts'

/** What was on its way when the model was interrupted has come by then. Longer, and an answer without a turn's end would stay mute. */
const STRAY_MS: Ms = 1_000

/**
 * Sorts what belongs to an answer from what trails behind one that was talked over: its sound and words come for a moment more, up to
 * its `turnComplete`, and must not be heard. What comes late after `generationComplete` is part of the answer, and is let through; so
 * are the `interrupted` and `turnComplete` of a turn that nobody knows of, which change nothing.
 */
export class Tail {
  #isStaleUntil: Ms = Number.NEGATIVE_INFINITY

  /** Whether the turn under way was talked over. */
  isInterrupted(at: Ms): boolean {
    return at < this.#isStaleUntil
  }

  /** Whether `event` is to be passed on. */
  passes(event: LiveEvent, at: Ms): boolean {
    if (event.type === 'interrupted') this.#isStaleUntil = at + STRAY_MS
    else if (event.type === 'turnComplete') this.#isStaleUntil = Number.NEGATIVE_INFINITY
    else if (event.type === 'audio' || event.type === 'said') return at >= this.#isStaleUntil
    return true
  }

  /** The connection is another one. */
  reset(): void {
    this.#isStaleUntil = Number.NEGATIVE_INFINITY
  }
}
