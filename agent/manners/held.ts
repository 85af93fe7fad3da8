import { msOf } from '../audio/pcm.ts'
import { type Ms, SPEECH_RATE } from '../units.ts'

/** More speech than this is not kept for an answer that may never be said, ms: 3 MB. */
const MOST_MS: Ms = 60_000
/** And no more words than these, in characters. */
const MOST_CHARACTERS = 8_000

/** A piece of an answer: 24 kHz mono PCM16, or the words of it. */
export type Piece = { pcm: Int16Array } | { text: string }

/** An answer that is not said yet, in the order in which it came. What comes beyond its bounds is lost and counted. */
export class HeldAnswer {
  readonly #pieces: Piece[] = []
  #samples = 0
  #characters = 0
  #droppedSamples = 0

  /** Speech that did not fit, ms. */
  get droppedMs(): Ms {
    return msOf(this.#droppedSamples, SPEECH_RATE)
  }

  /** Keeps `piece`: its samples must not be changed by the caller. */
  add(piece: Piece): void {
    if ('pcm' in piece) {
      if (msOf(this.#samples + piece.pcm.length, SPEECH_RATE) > MOST_MS) {
        this.#droppedSamples += piece.pcm.length
        return
      }
      this.#samples += piece.pcm.length
    } else {
      if (this.#characters + piece.text.length > MOST_CHARACTERS) return
      this.#characters += piece.text.length
    }
    this.#pieces.push(piece)
  }

  /** Everything so far; it is kept no longer. */
  take(): Piece[] {
    return this.#pieces.splice(0)
  }
}
