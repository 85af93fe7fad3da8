import type { Alarm, Clock } from '../../clock.ts'
import type { Ms } from '../../units.ts'
import type { ServerMessage } from '../wire/server-message.ts'

export type ResumptionWith = {
  clock: Clock
  /** Between setup and the first handle. About 190 ms was seen. */
  afterSetupMs: Ms
  /** Between a turn's end and the next handle. About 600 ms was seen. */
  afterTurnMs: Ms
  /** Somebody speaks: no update comes meanwhile. */
  isActive(): boolean
  /** An answer or a function is under way: nothing could be resumed from here. */
  isBusy(): boolean
  /** A handle of the session as it is now. */
  give(): string
  /** The last client message that is in the handle; undefined unless resumption is transparent. */
  consumed(): number | undefined
  send(message: ServerMessage): void
}

/** Sends `sessionResumptionUpdate`s where a setup asked for them. */
export class Resumption {
  readonly #with: ResumptionWith
  #alarm: Alarm | undefined

  constructor(resumption: ResumptionWith) {
    this.#with = resumption
    this.#plan(resumption.afterSetupMs)
  }

  /** An answer begins: the last handle holds, but there is none for now. */
  turnBegan(): void {
    this.close()
    if (!this.#with.isActive()) this.#with.send({ sessionResumptionUpdate: { resumable: false } })
  }

  /** A turn ended, an activity ended or a function was answered: there may soon be a handle again. */
  settled(): void {
    this.#plan(this.#with.afterTurnMs)
  }

  close(): void {
    this.#alarm?.cancel()
    this.#alarm = undefined
  }

  #plan(delay: Ms): void {
    this.close()
    this.#alarm = this.#with.clock.after(delay, () => this.#update())
  }

  #update(): void {
    this.#alarm = undefined
    if (this.#with.isActive() || this.#with.isBusy()) return
    const index = this.#with.consumed()
    const transparent = index === undefined ? {} : { lastConsumedClientMessageIndex: `${index}` }
    this.#with.send({
      sessionResumptionUpdate: { newHandle: this.#with.give(), resumable: true, ...transparent },
    })
  }
}
