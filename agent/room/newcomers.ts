import { type Participant, type Room, RoomEvent } from '@livekit/rtc-node'
import type { Alarm, Clock } from '../clock.ts'
import type { Ms } from '../units.ts'

/**
 * LiveKit tells of those who publish nothing in batches, up to 3 s after they have come (`subscriberUpdateInterval` of its server), and
 * carries what they type and call at once. Who is not told of by then is hidden, ms.
 */
const TOLD_WITHIN_MS: Ms = 4_000
/** More than this are not waited for at once. */
const MOST_WAITING = 100

type Waiting = { identity: string; answer(participant: Participant | undefined): void; alarm: Alarm }

/** Finds out who has sent something, also where LiveKit has not told of them yet. */
export class Newcomers {
  readonly #room: Room
  readonly #clock: Clock
  /** In the order in which they asked. */
  #waiting: Waiting[] = []

  constructor(room: Room, clock: Clock) {
    this.#room = room
    this.#clock = clock
    room.on(RoomEvent.ParticipantConnected, ({ identity }) => this.#settle(identity))
    // After a reconnection people may have come unannounced.
    room.on(RoomEvent.Reconnected, () => {
      for (const { identity } of [...this.#waiting])
        if (room.remoteParticipants.has(identity)) this.#settle(identity)
    })
  }

  /** The participant with this identity, as soon as LiveKit has told of them; undefined where it does not. Never rejects. */
  of(identity: string): Promise<Participant | undefined> {
    const known = this.#room.remoteParticipants.get(identity)
    if (known !== undefined || this.#waiting.length >= MOST_WAITING) return Promise.resolve(known)
    return new Promise(answer => {
      const alarm = this.#clock.after(TOLD_WITHIN_MS, () => this.#settle(identity))
      this.#waiting.push({ identity, answer, alarm })
    })
  }

  /** Nobody is waited for any more. */
  close(): void {
    for (const { identity } of [...this.#waiting]) this.#settle(identity)
  }

  #settle(identity: string): void {
    const participant = this.#room.remoteParticipants.get(identity)
    const settled = this.#waiting.filter(one => one.identity === identity)
    this.#waiting = this.#waiting.filter(one => one.identity !== identity)
    for (const { answer, alarm } of settled) {
      alarm.cancel()
      answer(participant)
    }
  }
}
