import { type Alarm, type Clock, systemClock } from '../clock.ts'
import { asError } from '../errors.ts'
import type { Converse, Ended, Running, Tunable } from '../job.ts'
import type { Log } from '../log.ts'
import { PLACE } from '../room/place-sign.ts'
import type { Stats } from '../stats.ts'
import type { Ms } from '../units.ts'
import { answer, type Told, verdict } from './accept.ts'
import { GHOST, wishesFor } from './claim.ts'
import { Left } from './left.ts'
import { examine, HOLDER, type Presence } from './presence.ts'
import type { RoomService } from './rooms.ts'
import type { Offer, Outgoing } from './wire.ts'

/** From our yes to the assignment LiveKit needs 2-4 ms; livekit-agents gives up after the same time. */
const ASSIGNMENT_MS: Ms = 7500
/** A conversation that has not ended so long after it was told to is stuck; we go on without it. */
const STUCK_MS: Ms = 10_000
/** A conversation this young does not show in the measured load yet. */
const COMING_MS: Ms = 5000

type Slot =
  /** Asking whether the room already has its agent. */
  | { at: 'checking'; offer: Offer }
  /** We said yes; the assignment is on its way. */
  | { at: 'promised'; offer: Offer; place: string | undefined; alarm: Alarm }
  | { at: 'running'; offer: Offer; run: Run }

type Run = {
  readonly offer: Offer
  readonly running: Running
  readonly since: Ms
  readonly over: Promise<void>
  told: Told
  /** The wish that keeps us here. */
  dispatch: string
  /** Whether the server still knows that this job is ours, and so would tell us that its dispatch was deleted. */
  isKnown: boolean
}

export type JobsOptions = {
  agentName: string
  identity: string
  /** This process, for other workers to tell our agents from theirs. */
  holder: string
  url: string
  converse: Converse
  rooms: RoomService
  /** To the server; false where it is not there. */
  send(message: Outgoing): boolean
  handOn(room: string, place?: string): Promise<void>
  giveUp(dispatch: string, room: string): Promise<void>
  /** A room may be without an agent now. */
  lookSoon(): void
  isFull(rooms: number, coming: number): boolean
  log: Log
  stats: Stats
  clock?: Clock
}

/** The rooms of this worker, from the offer to the end. Whatever a conversation does, the others do not notice. */
export class Jobs {
  readonly #o: JobsOptions
  readonly #clock: Clock
  readonly #slots = new Map<string, Slot>()
  readonly #left = new Left()
  #isDraining = false

  constructor(options: JobsOptions) {
    this.#o = options
    this.#clock = options.clock ?? systemClock
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  /** `rooms` we are in, and how many more are `coming`: promised, or too young to show in the load. */
  count(): { rooms: number; coming: number } {
    const young = this.#runs().filter(run => this.#clock.now() - run.since < COMING_MS).length
    const rooms = this.#runs().length
    return { rooms: rooms - young, coming: this.#slots.size - rooms + young }
  }

  /** The ids of the jobs in rooms. */
  ids(): string[] {
    return this.#runs().map(run => run.offer.id)
  }

  /** What each conversation has used of the model so far, by room. */
  usage(): ({ room: string } & NonNullable<Running['usage']>)[] {
    return this.#runs().flatMap(({ offer, running }) =>
      running.usage === undefined ? [] : [{ room: offer.room, ...running.usage }],
    )
  }

  /** The settings of the conversation in `room`, where it is ours. */
  settingsOf(room: string): Tunable | undefined {
    return this.#runs().find(run => run.offer.room === room)?.running.settings
  }

  /** We are in `room` or on the way into it, and were not told to leave. */
  isHeld(room: string): boolean {
    return [...this.#slots.values()].some(slot => slot.offer.room === room && !isLeaving(slot))
  }

  /** Answers the server within its 10 s. */
  async offered(offer: Offer): Promise<void> {
    if (this.#slots.has(offer.id)) return
    // First by what we know ourselves; only then is LiveKit asked, for 8 s at most.
    if (this.#declines(offer, { is: 'nobody' })) return
    const slot: Slot = { at: 'checking', offer }
    this.#slots.set(offer.id, slot)
    const presence = await this.#presence(offer)
    this.#slots.delete(offer.id)
    if (this.#declines(offer, presence)) return
    // Were it evicted by our joining instead, LiveKit would take that for the end of our new job and forget it.
    if (presence.is === 'ghost')
      await this.#contain('removing a dead agent', offer, this.#o.rooms.remove(offer.room, this.#o.identity))
    this.#promise(offer, offer.attributes[PLACE] ?? ('place' in presence ? presence.place : undefined))
  }

  /** Begins the conversation that was promised. */
  assigned(offer: Offer, token: string, url = this.#o.url): void {
    const slot = this.#slots.get(offer.id)
    if (slot?.at === 'promised') slot.alarm.cancel()
    this.#slots.delete(offer.id)
    if (slot?.at !== 'promised' || this.#isDraining) {
      const error = this.#isDraining ? 'the worker is draining' : 'the assignment came too late'
      this.#o.send({ say: 'job', job: offer.id, status: 'failed', error })
      if (this.#isDraining) void this.#contain('handing a room on', offer, this.#o.handOn(offer.room))
      return
    }
    const { id, room, metadata } = offer
    const left = this.#left.take(room, this.#clock.now())
    const place = slot.place ?? left
    const running = this.#begin({
      id,
      room,
      url,
      token,
      identity: this.#o.identity,
      metadata,
      ...(place === undefined ? {} : { place }),
    })
    const over = Promise.withResolvers<void>()
    const run: Run = {
      offer,
      running,
      since: this.#clock.now(),
      over: over.promise,
      told: 'nothing',
      dispatch: offer.dispatch,
      isKnown: true,
    }
    this.#slots.set(id, { at: 'running', offer, run })
    this.#o.log.info('joining a room', { room, job: id })
    this.#o.send({ say: 'job', job: id, status: 'running', error: '' })
    running.ended
      .catch((thrown): Ended => ({ why: 'failed', error: asError(thrown) }))
      .then(ended => this.#over(run, ended))
      .then(over.resolve, over.resolve)
  }

  /**
   * The server has ended a job: its dispatch was deleted, or it believes that our agent has left. It believes so too
   * when LiveKit's client joins anew after a break; so only where the dispatch is gone do we leave. Otherwise the job
   * is forgotten by the server and we watch the dispatch ourselves.
   */
  async terminated(job: string): Promise<void> {
    const slot = this.#slots.get(job)
    if (slot?.at !== 'running') return
    slot.run.isKnown = false
    await this.#leaveIfUnwanted(slot.run)
  }

  /** The server knows none of our jobs any more: the socket was another one, or the server has restarted. */
  forgotten(): void {
    for (const run of this.#runs()) run.isKnown = false
    for (const [id, slot] of this.#slots) {
      if (slot.at !== 'promised') continue
      slot.alarm.cancel()
      this.#slots.delete(id)
    }
  }

  /** Leaves the rooms whose dispatch was deleted while the server could not tell us. */
  async recheck(): Promise<void> {
    for (const run of this.#runs())
      if (!run.isKnown && run.told === 'nothing') await this.#leaveIfUnwanted(run)
  }

  /**
   * Takes no further room and leaves those we are in, handing on the ones with people in them. Resolves when all are
   * left; after `within` ms at the latest, with the rooms of the conversations that have not ended by then: those are the caller's.
   */
  async drain(within: Ms): Promise<string[]> {
    this.#isDraining = true
    const runs = this.#runs()
    for (const run of runs) this.#tell(run, 'to make way')
    const late = Promise.withResolvers<void>()
    const alarm = this.#clock.after(within, late.resolve)
    await Promise.race([Promise.all(runs.map(run => run.over)), late.promise])
    alarm.cancel()
    const hanging = this.#runs()
    for (const run of hanging) run.told = 'by force'
    return hanging.map(run => run.offer.room)
  }

  #runs(): Run[] {
    return [...this.#slots.values()].flatMap(slot => (slot.at === 'running' ? [slot.run] : []))
  }

  #declines(offer: Offer, presence: Presence): boolean {
    const { rooms, coming } = this.count()
    const said = answer({
      isForRoom: offer.isForRoom,
      isDraining: this.#isDraining,
      isFull: this.#o.isFull(rooms, coming),
      isHeld: this.isHeld(offer.room),
      presence,
    })
    if (said.take) return false
    this.#o.send({ say: 'decline', job: offer.id, isDone: said.isDone })
    this.#o.stats.add('worker_offers_declined')
    const level = presence.is === 'a person' ? 'error' : 'info'
    this.#o.log[level]('declined a room', { room: offer.room, job: offer.id, because: said.because })
    return true
  }

  /** Where LiveKit does not say, nobody is there: the identity that all of us share sees to it that there are never two. */
  async #presence(offer: Offer): Promise<Presence> {
    const { rooms, agentName, identity, log } = this.#o
    try {
      const of = { agentName, identity, knownGhost: offer.attributes[GHOST] }
      return await examine(await rooms.participants(offer.room), of, who => rooms.pulse(offer.room, who))
    } catch (error) {
      log.warn('LiveKit did not say who is in a room', { room: offer.room, error })
      return { is: 'nobody' }
    }
  }

  #promise(offer: Offer, place: string | undefined): void {
    const { agentName, identity, holder } = this.#o
    const name = agentName || 'Roundtable'
    const attributes = { 'lk.agent.state': 'initializing', 'lk.agent.name': name, [HOLDER]: holder }
    if (!this.#o.send({ say: 'take', job: offer.id, identity, name, attributes })) return
    const alarm = this.#clock.after(ASSIGNMENT_MS, () => {
      this.#slots.delete(offer.id)
      this.#o.stats.add('worker_assignments_missed')
      this.#o.log.warn('no assignment came for a room that we took', { room: offer.room, job: offer.id })
    })
    this.#slots.set(offer.id, { at: 'promised', offer, place, alarm })
  }

  /** A conversation never throws, by its contract; if one does, that is its end and nobody else's. */
  #begin(job: Parameters<Converse>[0]): Running {
    try {
      return this.#o.converse(job)
    } catch (thrown) {
      const ended = Promise.resolve<Ended>({ why: 'failed', error: asError(thrown) })
      const close = async () => {}
      return { ended, close, [Symbol.asyncDispose]: close }
    }
  }

  async #leaveIfUnwanted(run: Run): Promise<void> {
    const { room } = run.offer
    try {
      const wishes = wishesFor(this.#o.agentName, await this.#o.rooms.dispatches(room))
      const [newest] = wishes
      if (newest === undefined) this.#tell(run, 'to end')
      // The server has restarted, and we and the people have found each other again: the room has a new dispatch.
      else if (!wishes.some(one => one.id === run.dispatch)) run.dispatch = newest.id
    } catch {
      // Nobody serves the room at this moment: the conversation itself will notice if it is gone.
    }
  }

  #tell(run: Run, told: Exclude<Told, 'nothing'>): void {
    if (run.told !== 'nothing') return
    run.told = told
    void this.#contain('closing a conversation', run.offer, (async () => run.running.close())())
    this.#clock.after(STUCK_MS, () => {
      if (this.#slots.get(run.offer.id)?.at !== 'running') return
      this.#o.stats.add('worker_conversations_stuck')
      void this.#over(run, { why: 'failed', error: new Error('it did not end within 10 s of being told to') })
    })
  }

  async #over(run: Run, ended: Ended): Promise<void> {
    const { offer } = run
    if (!this.#slots.delete(offer.id)) return
    const { status, error, afterwards } = verdict(ended, run.told)
    const facts = {
      room: offer.room,
      job: offer.id,
      why: ended.why,
      ...('reason' in ended ? { reason: ended.reason } : {}),
    }
    if (ended.why === 'failed') this.#o.log.error('a conversation failed', { ...facts, error: ended.error })
    else this.#o.log.info('left a room', facts)
    this.#o.stats.add(`worker_jobs_${ended.why}`)
    this.#o.send({ say: 'job', job: offer.id, status, error })
    if (afterwards === 'look') {
      this.#left.keep(offer.room, run.running.place, this.#clock.now())
      this.#o.lookSoon()
    }
    if (afterwards === 'hand on')
      await this.#contain('handing a room on', offer, this.#o.handOn(offer.room, run.running.place))
    if (afterwards === 'give up')
      await this.#contain('giving a room up', offer, this.#o.giveUp(run.dispatch, offer.room))
  }

  async #contain(what: string, { room, id }: Offer, work: Promise<unknown>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#o.log.warn(`${what} failed`, { room, job: id, error })
    }
  }
}

function isLeaving(slot: Slot): boolean {
  return slot.at === 'running' && slot.run.told !== 'nothing'
}
