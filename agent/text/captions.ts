import type { Alarm, Clock } from '../clock.ts'
import type { Ms } from '../units.ts'

/** After this long without another piece, what somebody said is taken as whole, ms. */
const SETTLED_MS: Ms = 1_500
/** A caption is cut here and the next begins: nobody reads a longer one, and each update carries all of it. */
const MOST_CHARACTERS = 2_000

/** Where captions are shown. */
export type CaptionSink = {
  /** The whole text of a person's segment so far; `isFinal` closes it. */
  heard(person: string, segment: string, text: string, isFinal: boolean): void
  /** Opens a caption of the agent's own words, written in pieces until it is closed. */
  speak(segment: string): { write(text: string): void; close(): void }
}

/** Makes segments out of the pieces of text that the model sends for what it hears and what it says. */
export class Captions {
  readonly #sink: CaptionSink
  readonly #clock: Clock
  readonly #newId: () => string
  #heard: { person: string; segment: string; text: string; settle: Alarm } | undefined
  #said: { write(text: string): void; close(): void } | undefined

  constructor(sink: CaptionSink, clock: Clock, newId: () => string) {
    this.#sink = sink
    this.#clock = clock
    this.#newId = newId
  }

  /** A piece of what people said, put down to `person`; another person begins another segment. */
  heard(person: string, piece: string): void {
    const open = this.#heard
    if (open && (open.person !== person || open.text.length > MOST_CHARACTERS)) this.#settle()
    const { segment, text } = this.#heard ?? { segment: this.#newId(), text: '' }
    this.#heard?.settle.cancel()
    const whole = (text + piece).trimStart()
    if (whole === '') return
    this.#heard = {
      person,
      segment,
      text: whole,
      settle: this.#clock.after(SETTLED_MS, () => this.#settle()),
    }
    this.#sink.heard(person, segment, whole.trimEnd(), false)
  }

  /** A piece of what the agent says. */
  said(piece: string): void {
    this.#said ??= this.#sink.speak(this.#newId())
    this.#said.write(piece)
  }

  /** The agent's turn is over, or was cut short: everything open becomes final. */
  endTurn(): void {
    this.#settle()
    this.#said?.close()
    this.#said = undefined
  }

  #settle(): void {
    const open = this.#heard
    if (!open) return
    open.settle.cancel()
    this.#heard = undefined
    this.#sink.heard(open.person, open.segment, open.text.trimEnd(), true)
  }
}
