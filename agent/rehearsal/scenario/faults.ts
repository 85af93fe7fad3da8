import type { Alarm, Clock } from '../../clock.ts'
import type { Ms } from '../../units.ts'
import { Refusal } from '../wire/refusal.ts'
import type { ServerMessage } from '../wire/server-message.ts'
import type { Coming, Playing } from './director.ts'
import { asMessage, type Fault, type Moment } from './scenario.ts'

/** What a fault can be done to. */
export type Victim = {
  end(refusal: Refusal): void
  cut(): void
  /** From now on nothing is sent. */
  mute(): void
  raw(text: string): void
  send(message: ServerMessage): void
  goAway(timeLeft: Ms): void
  /** Every session resumed from this one dies soon. */
  poison(): void
  /** Its handles lead nowhere any more. */
  forget(): void
  /** Reads nothing for so long. */
  stall(ms: Ms): void
  /** Keeps back what it sends for so long; then all of it comes at once. */
  hold(ms: Ms): void
  /** Sends the last function call again, under a new id. */
  repeatCall(): void
}

/** Of a fault that lasts, ms. */
const USUAL_MS = 5_000
const HUGE_BYTES = 2 * 2 ** 20
/** More than this would be an attack on the machine that tests. */
const MOST_HUGE_BYTES = 64 * 2 ** 20

/** How long a fault lasts. */
export function lengthOf({ ms = USUAL_MS }: Fault): Ms {
  return ms
}

/** Does `fault` to `victim`, now. */
export function strike(fault: Fault, victim: Victim): void {
  switch (fault.fault) {
    case 'CLOSE':
      return victim.end(new Refusal(fault.code ?? 1011, fault.reason ?? 'Internal error encountered.'))
    case 'CUT':
      return victim.cut()
    case 'MUTE':
      return victim.mute()
    case 'RAW':
      return victim.raw(fault.text ?? '{"serverContent":')
    case 'HUGE': {
      const text = 'x'.repeat(Math.min(fault.bytes ?? HUGE_BYTES, MOST_HUGE_BYTES))
      return victim.send({ serverContent: { modelTurn: { parts: [{ text }] } } })
    }
    case 'GO_AWAY':
      return victim.goAway(lengthOf(fault))
    case 'POISON':
      return victim.poison()
    case 'FORGET':
      return victim.forget()
    case 'STALL':
      return victim.stall(lengthOf(fault))
    case 'HOLD':
      return victim.hold(lengthOf(fault))
    case 'SEND':
      return victim.send(asMessage(fault.message ?? {}))
    case 'REPEAT_CALL':
      return victim.repeatCall()
    // The upgrade is refused before there is a session.
    case 'REFUSE':
    case undefined:
  }
}

/** The faults of one session as its moments pass. */
export class Faults {
  readonly #clock: Clock
  readonly #playing: Playing
  readonly #victim: Victim
  readonly #note: (fault: Fault) => void
  readonly #alarms = new Set<Alarm>()

  constructor(clock: Clock, playing: Playing, victim: Victim, note: (fault: Fault) => void) {
    this.#clock = clock
    this.#playing = playing
    this.#victim = victim
    this.#note = note
  }

  /** Something happened in the session: what the scenario has for it strikes now, or later. */
  passed(moment: Moment): void {
    this.come(this.#playing.at(moment))
  }

  /** Strikes with each of these in its time. */
  come(coming: readonly Coming[]): void {
    for (const { fault, afterMs } of coming) {
      if (afterMs === 0) {
        this.#strike(fault)
        continue
      }
      const alarm = this.#clock.after(afterMs, () => {
        this.#alarms.delete(alarm)
        this.#strike(fault)
      })
      this.#alarms.add(alarm)
    }
  }

  close(): void {
    for (const alarm of this.#alarms) alarm.cancel()
    this.#alarms.clear()
  }

  #strike(fault: Fault): void {
    this.#note(fault)
    strike(fault, this.#victim)
  }
}
