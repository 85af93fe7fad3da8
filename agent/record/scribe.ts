import type { CaptionSink } from '../text/captions.ts'
import type { Ms } from '../units.ts'
import type { Book } from './keeper.ts'

/** An answer is kept up to this length, in characters; nobody listens to a longer one. */
const MOST_CHARACTERS = 50_000

export type ScribeFacts = {
  /** The agent's own name. */
  agent: string
  nameOf(identity: string): string
  /** How far the room's sound has come, in the captions' time, ms. */
  soundMs(): Ms
  /** How long from now the agent will say what comes next, ms. */
  aheadMs(): Ms
}

/** Writes captions into a book on their way to the screen, each at the time it was said. */
export class Scribe implements CaptionSink {
  readonly #sink: CaptionSink
  readonly #book: Book
  readonly #facts: ScribeFacts
  /** Answers that are written whole and not heard to their end yet. */
  readonly #unheard = new Set<(isCut: boolean) => void>()

  constructor(sink: CaptionSink, book: Book, facts: ScribeFacts) {
    this.#sink = sink
    this.#book = book
    this.#facts = facts
  }

  heard(caption: Parameters<CaptionSink['heard']>[0]): void {
    this.#sink.heard(caption)
    const { identity, text, fromMs, toMs, isFinal } = caption
    if (!isFinal || text === '') return
    const agoMs = toMs > 0 ? this.#facts.soundMs() - fromMs : 0
    const at = Math.max(0, this.#book.nowMs - agoMs)
    this.#book.add({ kind: 'said', identity, name: this.#facts.nameOf(identity), text, at })
  }

  speak(segment: string): ReturnType<CaptionSink['speak']> {
    const caption = this.#sink.speak(segment)
    const at = this.#book.nowMs + this.#facts.aheadMs()
    let text = ''
    let isDone = false
    const note = (isCut: boolean) => {
      this.#unheard.delete(note)
      if (isDone) return
      isDone = true
      const said = text.trim()
      if (said !== '' || isCut)
        this.#book.add({ kind: 'answered', name: this.#facts.agent, text: said, isCut, at })
    }
    return {
      write: piece => {
        text = (text + piece).slice(0, MOST_CHARACTERS)
        caption.write(piece)
      },
      close: () => {
        caption.close()
        // Until it has been heard, somebody may still talk over it.
        if (this.#facts.aheadMs() > 0) this.#unheard.add(note)
        else note(false)
      },
      cut: heard => {
        caption.cut(heard)
        text = heard
        note(true)
      },
    }
  }

  /** All that the agent has said has been heard. */
  fellSilent(): void {
    for (const note of [...this.#unheard]) note(false)
  }
}
