import type { Alarm, Clock } from '../clock.ts'
import type { Stats } from '../stats.ts'
import type { Ms } from '../units.ts'
import type { LiveConnection } from './connection.ts'
import type { Letter } from './outbox/letter.ts'
import { Outbox } from './outbox.ts'

/** What has waited goes out in batches: four pieces of 100 ms each 20 ms are twenty times real time. */
const BATCH = 4
const BATCH_EVERY_MS: Ms = 20

/** What is on a connection, besides it. */
export type Attached = {
  connection: LiveConnection
  /** How typed words are sent. */
  typed: 'clientContent' | 'realtimeInput'
  /** Said before anything that waits. */
  opening: Letter | undefined
  /** What a letter becomes on this connection; undefined where it has no place there. */
  address(letter: Letter): Letter | undefined
}

/** The way up: everything goes through one outbox, to whatever connection there is, as fast as the network takes it. */
export class Uplink {
  readonly outbox: Outbox
  readonly #clock: Clock
  readonly #stats: Stats
  #to: Attached | undefined
  #batch: Alarm | undefined
  /** Since when the network has taken nothing. */
  #blockedAt: Ms | undefined

  /** @param took is told of every letter that the server has made part of a turn, once. */
  constructor(clock: Clock, stats: Stats, took: (letter: Letter) => void) {
    this.outbox = new Outbox(took)
    this.#clock = clock
    this.#stats = stats
  }

  /** For how long something has waited for a network that takes nothing, ms. */
  blockedMs(at: Ms): Ms {
    return this.#blockedAt === undefined ? 0 : at - this.#blockedAt
  }

  /** Sends `letter`, now or when there is a connection; false where too much waits already. */
  push(letter: Letter): boolean {
    const dropped = this.outbox.droppedMs
    const isTaken = this.outbox.push(letter, this.#clock.now())
    this.#stats.add('audio_dropped_ms', Math.round(this.outbox.droppedMs - dropped))
    if (!isTaken) this.#stats.add('letters_refused')
    if (this.#batch === undefined && !this.outbox.mayWait) this.#send()
    return isTaken
  }

  /** From now on everything goes to this connection, beginning with what has waited. */
  attach(to: Attached): void {
    this.detach()
    this.#to = to
    this.#stats.add('audio_resent_ms', Math.round(this.outbox.waitingMs))
    if (to.opening) to.connection.send(to.opening, to.typed)
    this.#send()
  }

  /** The connection is gone, or will be: what it may not have made use of waits for the next. */
  detach(): void {
    this.#batch?.cancel()
    this.#batch = undefined
    this.#blockedAt = undefined
    if (this.#to === undefined) return
    this.#to = undefined
    this.outbox.rewind()
  }

  #send(): void {
    const to = this.#to
    if (to === undefined) return
    if (!to.connection.isCongested) this.#blockedAt = undefined
    else this.#blockedAt ??= this.#clock.now()
    for (let sent = 0; sent < BATCH && !to.connection.isCongested; sent++) {
      const letter = this.outbox.take(to.connection.nextIndex, this.#clock.now())
      if (letter === undefined) return
      const addressed = to.address(letter)
      if (addressed !== undefined) to.connection.send(addressed, to.typed)
    }
    this.#batch = this.#clock.after(BATCH_EVERY_MS, () => {
      this.#batch = undefined
      this.#send()
    })
  }
}
