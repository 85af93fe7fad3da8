import type { Alarm, Clock } from '../clock.ts'
import type { Ms } from '../units.ts'

/**
 * Whose turn it is, as the room is told. `down`: there is no session with the model. `thinking`: somebody has finished and the model
 * may answer. `speaking`: its voice is in the room.
 */
export type Floor = 'down' | 'listening' | 'thinking' | 'speaking'

export type FloorEvent =
  | 'up' // a session is open
  | 'down' // it is gone
  | 'hush' // somebody who was talking has stopped
  | 'asked' // somebody typed a line
  | 'talk' // somebody talks
  | 'voice' // the first sound of an answer
  | 'quiet' // the last sound of an answer, or it was flushed
  | 'turnComplete' // the model is done with this turn
  | 'tired' // nothing came of the thinking

/** `parting`: there is no session, and its voice goes on until all that was received of it has been heard. The room sees `speaking`. */
export type Standing = Floor | 'parting'

/** What follows from `event`. Speech that was received goes on while the session is away, so `down` is not seen before its end. */
export function nextFloor(now: Standing, event: FloorEvent): Standing {
  if (event === 'voice') return now === 'down' || now === 'parting' ? 'parting' : 'speaking'
  if (event === 'down') return now === 'speaking' || now === 'parting' ? 'parting' : 'down'
  if (now === 'parting') return event === 'up' ? 'speaking' : event === 'quiet' ? 'down' : now
  if (now === 'speaking') return event === 'quiet' ? 'listening' : now
  if (now === 'down') return event === 'up' ? 'listening' : now
  switch (event) {
    case 'hush':
    case 'asked':
      return 'thinking'
    case 'talk':
    case 'turnComplete':
    case 'tired':
      return 'listening'
    default:
      return now
  }
}

/** A room whose agent thinks for longer than this has not been meant, or not been answered, ms. */
const TIRED_MS: Ms = 8_000

/** Keeps the floor by the clock: thinking ends when nothing comes of it. */
export class Turns {
  readonly #clock: Clock
  readonly #changed: (floor: Floor) => void
  #standing: Standing = 'down'
  #alarm: Alarm | undefined

  constructor(clock: Clock, changed: (floor: Floor) => void) {
    this.#clock = clock
    this.#changed = changed
  }

  get floor(): Floor {
    return this.#standing === 'parting' ? 'speaking' : this.#standing
  }

  happen(event: FloorEvent): void {
    const before = this.floor
    this.#standing = nextFloor(this.#standing, event)
    const { floor } = this
    if (floor === before) return
    this.#alarm?.cancel()
    if (floor === 'thinking') this.#alarm = this.#clock.after(TIRED_MS, () => this.happen('tired'))
    this.#changed(floor)
  }

  close(): void {
    this.#alarm?.cancel()
  }
}
