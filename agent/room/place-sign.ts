import type { LocalParticipant } from '@livekit/rtc-node'
import type { Alarm, Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Ms } from '../units.ts'

/** The agent's attribute in which a conversation's sealed place is kept; see agent/live/place.ts. */
export const PLACE = 'roundtable.place'

/** Each update goes to everybody in the room: no more often than this, ms. */
const EVERY_MS: Ms = 2_000

/** Keeps the newest sealed place on the agent's own participant. */
export class PlaceSign {
  readonly #participant: LocalParticipant
  readonly #clock: Clock
  readonly #log: Log
  #wanted: string | undefined
  #resting: Alarm | undefined

  constructor(participant: LocalParticipant, clock: Clock, log: Log) {
    this.#participant = participant
    this.#clock = clock
    this.#log = log
  }

  show(sealed: string): void {
    this.#wanted = sealed
    if (this.#resting === undefined) this.#update()
  }

  close(): void {
    this.#resting?.cancel()
    this.#wanted = undefined
  }

  #update(): void {
    this.#resting = undefined
    const sealed = this.#wanted
    if (sealed === undefined) return
    this.#wanted = undefined
    this.#resting = this.#clock.after(EVERY_MS, () => this.#update())
    this.#participant
      .setAttributes({ [PLACE]: sealed })
      .catch(error => this.#log.debug('place not kept', { error }))
  }
}
