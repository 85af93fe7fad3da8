import type { Alarm, Clock } from '../clock.ts'
import type { Ms } from '../units.ts'

export type FadeEvents = {
  /**
   * For how long the model has to be sent silence, so that it takes what was said until now for a whole turn; 0 where it does so when it is
   * told that the sound has stopped.
   */
  silenceMs(): Ms
  /** Nothing of what people say follows for now, nor silence in its place. */
  stopped(): void
}

/** What follows when people's sound stops for the model, perhaps in the middle of a word: silence for a while, and then nothing. */
export class Fade {
  readonly #clock: Clock
  readonly #events: FadeEvents
  #end: Alarm | undefined

  constructor(clock: Clock, events: FadeEvents) {
    this.#clock = clock
    this.#events = events
  }

  /** Silence is to be sent in the place of what people say. */
  get isOn(): boolean {
    return this.#end !== undefined
  }

  begin(): void {
    this.cancel()
    const wait = this.#events.silenceMs()
    if (wait === 0) return this.#events.stopped()
    this.#end = this.#clock.after(wait, () => {
      this.#end = undefined
      this.#events.stopped()
    })
  }

  /** Their sound goes on, and its own silences end their turns. */
  cancel(): void {
    this.#end?.cancel()
    this.#end = undefined
  }
}
