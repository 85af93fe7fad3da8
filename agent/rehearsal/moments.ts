import type { Moment } from './scenario/scenario.ts'
import type { ServerMessage } from './wire/server-message.ts'

/** Reads off what a session sends which moments of it have come, for the faults that wait for them. */
export class Moments {
  readonly #passed: (moment: Moment) => void
  /** The sound of the answer under way has begun to leave. */
  #isSounding = false

  constructor(passed: (moment: Moment) => void) {
    this.#passed = passed
  }

  /** Something began that no message shows. */
  began(moment: 'ACTIVITY' | 'TURN'): void {
    if (moment === 'TURN') this.#isSounding = false
    this.#passed(moment)
  }

  /** `message` has left, with sound in it or without. */
  sent({ setupComplete, serverContent = {}, toolCall }: ServerMessage, hasSound: boolean): void {
    if (setupComplete !== undefined) this.#passed('OPEN')
    if (hasSound && !this.#isSounding) {
      this.#isSounding = true
      this.#passed('SOUND')
    }
    if (toolCall !== undefined) this.#passed('CALL')
    if (serverContent.generationComplete === true) this.#passed('DONE')
    if (serverContent.turnComplete === true) this.#passed('TURN_END')
  }
}
