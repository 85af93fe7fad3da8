import type { Alarm, Clock } from '../clock.ts'
import type { LiveError } from '../errors.ts'
import { isPassing } from '../live/refusal.ts'
import type { Ms } from '../units.ts'

/** A loss that is made good within this time is nobody's business, ms. */
const PATIENCE_MS: Ms = 3_000

/** Tells the people in the room when the model is away for longer than a moment, once, and when it is back. */
export class Notices {
  readonly #clock: Clock
  readonly #say: (line: string) => void
  #pending: Alarm | undefined
  #said: string | undefined

  constructor(clock: Clock, say: (line: string) => void) {
    this.#clock = clock
    this.#say = say
  }

  down(error: LiveError): void {
    this.#pending?.cancel()
    const wait = isPassing(error.kind) ? PATIENCE_MS : 0
    this.#pending = this.#clock.after(wait, () => {
      if (this.#said === error.message) return
      this.#said = error.message
      this.#say(`I cannot answer for now. ${error.message} I keep trying.`)
    })
  }

  up(): void {
    this.#pending?.cancel()
    if (this.#said === undefined) return
    this.#said = undefined
    this.#say('I am back.')
  }

  close(): void {
    this.#pending?.cancel()
  }
}
