import type { Room } from '@livekit/protocol'
import { type Alarm, type Clock, systemClock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Stats } from '../stats.ts'
import type { Ms } from '../units.ts'
import { claim, givenUp } from './claim.ts'
import { agentAmong, examine, PULSES, people } from './presence.ts'
import type { RoomService } from './rooms.ts'

/** How often rooms without an agent are looked for; other workers are felt for twice as often. */
const EVERY_MS: Ms = 10_000
/** How long a room that was in order, or wants no agent, is not looked at again if nobody comes or goes. */
const TRUST_MS: Ms = 60_000
/** LiveKit's own list has settled by then. */
const SOON_MS: Ms = 1000
/** Rooms looked at at once. */
const AT_ONCE = 32

export type OrphansOptions = {
  rooms: RoomService
  agentName: string
  identity: string
  /** We are in that room, or on the way into it. */
  isHeld(room: string): boolean
  /** We could take another room. One that is full leaves the search to the others. */
  hasRoom(): boolean
  /** Done before each sweep. */
  beforeEach?(): Promise<void>
  log: Log
  stats: Stats
  clock?: Clock
  random?: () => number
  everyMs?: Ms
}

/** A room as LiveKit lists it; `shape` changes with every person who comes or goes, and with an agent that speaks. */
type Place = { sid: string; room: string; shape: string }

/** What is known of another worker's room: its agent was there, or it wants none (`holder` is empty). */
type Seen = Place & { holder: string; until: Ms }

/**
 * Gets an agent for rooms that LiveKit sends no job for: those that were there before any worker, and those whose
 * worker died. A sweep costs one request, two more for each other worker (is it alive?), and one for a room that is new
 * or has changed, or was not looked at for a minute.
 */
export class Orphans implements AsyncDisposable {
  readonly #o: OrphansOptions
  readonly #clock: Clock
  readonly #random: () => number
  readonly #everyMs: Ms
  readonly #seen = new Map<string, Seen>()
  #alarm: Alarm | undefined
  #searching: Promise<void> = Promise.resolve()
  /** When the next sweep is. */
  #due: Ms = 0
  #isOn = false

  constructor(options: OrphansOptions) {
    this.#o = options
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
    this.#everyMs = options.everyMs ?? EVERY_MS
  }

  /** Sweeps `within` from now at the latest, and then again and again. */
  start(within: Ms): void {
    this.#isOn = true
    this.#due = this.#clock.now()
    this.#again(within * this.#random())
  }

  /** Sweeps a second from now, unless it has been stopped. */
  soon(): void {
    this.#sweepIn(SOON_MS)
    if (this.#isOn) this.#again(SOON_MS)
  }

  /** No further sweep begins. */
  stop(): void {
    this.#isOn = false
    this.#alarm?.cancel()
  }

  async close(): Promise<void> {
    this.stop()
    await this.#searching
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Gets another worker into `room`, which we are leaving, if people are still there; `place` is where the conversation was. Throws where LiveKit does not answer. */
  async handOn(room: string, place?: string): Promise<void> {
    const { rooms, agentName } = this.#o
    if (people(await rooms.participants(room)) === 0) return
    const wish = claim(await rooms.dispatches(room), {
      room,
      agentName,
      wall: this.#clock.wall(),
      place,
      isHandedOn: true,
    })
    if (wish.do !== 'dispatch') return
    await rooms.dispatch(wish.request)
    for (const id of wish.instead) await rooms.undispatch(id, room)
  }

  /** Nobody shall come back to where `dispatch` has sent us. Throws where LiveKit does not answer. */
  async giveUp(dispatch: string, room: string): Promise<void> {
    const { rooms, agentName } = this.#o
    // A room that was deleted has taken its dispatches along, and to ask for them would take 3 s.
    if ((await rooms.list([room])).length === 0) return
    for (const id of givenUp(await rooms.dispatches(room), dispatch, agentName))
      await rooms.undispatch(id, room)
  }

  #again(delay: Ms): void {
    this.#alarm?.cancel()
    this.#alarm = this.#clock.after(delay, () => {
      // One after the other: a search that has met dead agents takes some seconds.
      this.#searching = this.#searching.then(() => this.#search())
    })
  }

  async #search(): Promise<void> {
    if (!this.#isOn) return
    try {
      if (this.#clock.now() >= this.#due) await this.#sweep()
      await Promise.all([...this.#byHolder().values()].map(held => this.#feel(held)))
    } catch (error) {
      this.#o.log.warn('the search for rooms without an agent failed', { error })
    }
    const jitter = 0.75 + this.#random() / 2
    const left = Math.max(0, this.#due - this.#clock.now())
    if (this.#isOn) this.#again(Math.min(left, (this.#everyMs / 2) * jitter))
  }

  async #sweep(): Promise<void> {
    const now = this.#clock.now()
    this.#due = now + this.#everyMs * (0.75 + this.#random() / 2)
    await this.#o.beforeEach?.()
    const rooms = await this.#o.rooms.list()
    this.#forget(rooms)
    await inTurn(
      rooms.filter(room => this.#isOpen(room, now)),
      room => this.#look(placeOf(room)),
    )
    this.#o.stats.add('worker_sweeps')
  }

  #isOpen(room: Room, now: Ms): boolean {
    if (room.numParticipants === 0 || this.#o.isHeld(room.name)) return false
    const seen = this.#seen.get(room.sid)
    return seen === undefined || seen.until <= now || seen.shape !== placeOf(room).shape
  }

  #forget(rooms: readonly Room[]): void {
    const open = new Set(rooms.map(room => room.sid))
    for (const sid of this.#seen.keys()) if (!open.has(sid)) this.#seen.delete(sid)
  }

  #byHolder(): Map<string, Seen[]> {
    const held = [...this.#seen.values()].filter(({ holder, room }) => holder !== '' && !this.#o.isHeld(room))
    return Map.groupBy(held, ({ holder }) => holder)
  }

  /** One room stands for all of a worker, because they live in one process; only if it is silent are they all examined. */
  async #feel(held: readonly Seen[]): Promise<void> {
    const any = held[Math.floor(this.#random() * held.length)]
    if (any === undefined || (await this.#isAlive(any.room))) return
    // One silence has been heard; those that are left to hear are enough to tell.
    await inTurn(held, seen => this.#look(seen, PULSES - 1))
  }

  async #isAlive(room: string): Promise<boolean> {
    const { rooms, agentName, identity } = this.#o
    const pulse = await rooms.pulse(room, identity)
    // A server that is older than this call: then what it lists has to do.
    if (pulse === 'unknown')
      return agentAmong(await rooms.participants(room), agentName, identity).is !== 'nobody'
    return pulse === 'answers'
  }

  /** Without `pulses` an agent that is listed is taken for alive. */
  async #look(place: Place, pulses = 0): Promise<void> {
    const { room } = place
    const { rooms, agentName, identity, log } = this.#o
    try {
      const participants = await rooms.participants(room)
      if (people(participants) === 0) return
      const presence =
        pulses > 0
          ? await examine(participants, { agentName, identity }, who => rooms.pulse(room, who), pulses)
          : agentAmong(participants, agentName, identity)
      if (presence.is === 'alive') return this.#trust(place, presence.holder)
      if (presence.is === 'a person') {
        log.error('a person has the identity of the agent, so none can come', { room, identity })
        return this.#trust(place, '')
      }
      await this.#bring(place, presence.is === 'ghost' ? presence : undefined)
    } catch (error) {
      log.warn('a room without an agent could not be looked at', { room, error })
    }
  }

  async #bring(place: Place, ghost: { sid: string; place?: string } | undefined): Promise<void> {
    const { sid, room } = place
    const { rooms, agentName, log, stats } = this.#o
    const wish = claim(await rooms.dispatches(room), {
      room,
      agentName,
      wall: this.#clock.wall(),
      ghost: ghost?.sid,
      place: ghost?.place,
    })
    if (wish.do === 'leave') return this.#trust(place, '')
    this.#seen.delete(sid)
    if (wish.do === 'wait') return this.#sweepIn(wish.for + 100)
    if (!this.#isOn || this.#o.isHeld(room) || !this.#o.hasRoom()) return
    await rooms.dispatch(wish.request)
    stats.add('worker_takeovers')
    log.info('a room had no agent', { room, cause: ghost === undefined ? 'none came' : 'its worker died' })
    // First the new wish, then the old ones go: were it the other way round and we died between, nobody would ever come.
    for (const id of wish.instead) await rooms.undispatch(id, room)
  }

  #sweepIn(delay: Ms): void {
    this.#due = Math.min(this.#due, this.#clock.now() + delay)
  }

  /** Not all at once again: the jitter spreads the looks of many rooms, and of many workers. */
  #trust({ sid, room, shape }: Place, holder: string): void {
    const until = this.#clock.now() + TRUST_MS * (0.75 + this.#random() / 2)
    this.#seen.set(sid, { sid, room, shape, holder, until })
  }
}

function placeOf({ sid, name: room, numParticipants, numPublishers }: Room): Place {
  return { sid, room, shape: `${numParticipants}/${numPublishers}` }
}

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  const one = async () => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}
