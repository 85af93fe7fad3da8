import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '../clock.ts'
import type { LiveKitConfig } from '../config.ts'
import type { RoomError } from '../errors.ts'
import type { Converse } from '../job.ts'
import type { Log } from '../log.ts'
import { Stats } from '../stats.ts'
import type { Ms } from '../units.ts'
import { Dispatch } from './dispatch.ts'
import { type Health, startHealth } from './health.ts'
import { Jobs } from './jobs.ts'
import { loadOf, Meter } from './load.ts'
import { Orphans } from './orphans.ts'
import type { Phase, Registration } from './phase.ts'
import { Rooms } from './rooms.ts'
import { figures, fitness, Lag, type Vitals } from './vitals.ts'
import type { Incoming } from './wire.ts'

/** How long leaving all rooms may take. npm start kills a part 3.5 s after it was told to end. */
export const DRAIN_MS: Ms = 3000
/** Of that, for handing on the rooms whose conversations hang. */
const EVACUATE_MS: Ms = 800
/** At the start rooms may be waiting for us; several workers that start together do not look in the same instant. */
const FIRST_SWEEP_MS: Ms = 500
/** When the server was away, agents are on their way back into their rooms: they come first. */
const LATER_SWEEP_MS: Ms = 10_000

export type WorkerOptions = {
  livekit: LiveKitConfig
  /** Empty: every new room. */
  agentName: string
  /** 0: any free port. */
  healthPort: number
  converse: Converse
  version: string
  log: Log
  /** Where conversations count too, for /metrics. */
  stats?: Stats
  clock?: Clock
  /** How often rooms without an agent are looked for; default 10 s. */
  sweepMs?: Ms
  /** How long leaving all rooms may take; default 3 s. */
  drainMs?: Ms
  /** What is wrong with this process, in a sentence for /healthz; undefined where nothing is. */
  ailment?(): string | undefined
}

export type WorkerEnded = { why: 'closed' } | { why: 'refused'; error: RoomError }

/** One registration with LiveKit and the rooms that came of it. */
export type Worker = AsyncDisposable & {
  /** The first registration; pending as long as the server cannot be reached. Rejects only if the worker ends before. */
  readonly registered: Promise<Registration>
  readonly ended: Promise<WorkerEnded>
  readonly phase: Phase
  readonly healthPort: number
  /** The identity of our agent, the same in every room. */
  readonly identity: string
  /** Rooms we are in. */
  readonly jobs: number
  /** Takes no more rooms, leaves those it has within `drainMs`, handing them on, and ends. */
  close(): Promise<void>
}

/**
 * Registers and serves until `close()`. `onPhase` tells of every change.
 * @throws StartError where the health port is held.
 */
export async function startWorker(options: WorkerOptions, onPhase?: (phase: Phase) => void): Promise<Worker> {
  const worker = new Serving(options, onPhase)
  await worker.start()
  return worker
}

class Serving implements Worker {
  readonly identity: string
  readonly registered: Promise<Registration>
  readonly ended: Promise<WorkerEnded>
  readonly #o: WorkerOptions
  readonly #log: Log
  readonly #stats: Stats
  readonly #clock: Clock
  readonly #rooms: Rooms
  readonly #dispatch: Dispatch
  readonly #jobs: Jobs
  readonly #orphans: Orphans
  readonly #meter = new Meter()
  readonly #lag = new Lag()
  readonly #registered = Promise.withResolvers<Registration>()
  #health: Health | undefined
  #closing: Promise<void> | undefined
  #registrations = 0

  constructor(options: WorkerOptions, onPhase: ((phase: Phase) => void) | undefined) {
    const { livekit, agentName, converse, version, log, clock = systemClock, sweepMs } = options
    this.#o = options
    this.#clock = clock
    this.#log = log
    this.#stats = options.stats ?? new Stats()
    this.identity = agentName === '' ? 'agent' : `agent-${agentName}`
    this.#rooms = new Rooms(livekit)
    const common = {
      agentName,
      identity: this.identity,
      log,
      stats: this.#stats,
      clock,
      rooms: this.#rooms,
    }
    this.#dispatch = new Dispatch({
      livekit,
      agentName,
      version,
      log,
      clock,
      status: () => ({ say: 'status', ...this.#load(), jobs: this.#jobs.ids().length }),
      onPhase: phase => {
        this.#entered(phase)
        onPhase?.(phase)
      },
      onMessage: message => this.#heard(message),
    })
    this.#orphans = new Orphans({
      ...common,
      isHeld: room => this.#jobs.isHeld(room),
      hasRoom: () => !this.#load().isFull,
      ...(sweepMs === undefined ? {} : { everyMs: sweepMs }),
      beforeEach: () => this.#jobs.recheck(),
    })
    this.#jobs = new Jobs({
      ...common,
      holder: `W_${randomUUID().slice(0, 8)}`,
      url: livekit.url,
      converse,
      send: message => this.#dispatch.send(message),
      handOn: (room, place) => this.#orphans.handOn(room, place),
      giveUp: (dispatch, room) => this.#orphans.giveUp(dispatch, room),
      lookSoon: () => this.#orphans.soon(),
      isFull: (rooms, coming) => loadOf(this.#meter.sample(), this.#meter.limits, rooms, coming).isFull,
    })
    this.registered = this.#registered.promise
    // Whoever does not wait for it learns of the end by `ended`.
    this.registered.catch(() => {})
    this.ended = this.#dispatch.ended.then(async ended => {
      if (ended.why === 'refused') await this.#release()
      else await this.#closing
      return ended
    })
  }

  get phase(): Phase {
    return this.#dispatch.phase
  }

  get healthPort(): number {
    return this.#health?.port ?? 0
  }

  get jobs(): number {
    return this.#jobs.ids().length
  }

  async start(): Promise<void> {
    this.#health = await startHealth(this.#o.healthPort, {
      fitness: () => fitness(this.#vitals()),
      metrics: () => figures(this.#vitals(), this.#lag.sinceLast()),
      settingsOf: room => this.#jobs.settingsOf(room),
    })
    this.#dispatch.start()
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #drain(): Promise<void> {
    const { drainMs = DRAIN_MS } = this.#o
    this.#orphans.stop()
    const left = this.#jobs.drain(Math.max(0, drainMs - EVACUATE_MS))
    this.#dispatch.report()
    const hanging = await left
    if (hanging.length > 0) await this.#evacuate(hanging)
    await this.#dispatch.close()
    await this.#release()
  }

  /** Their conversations hang and end with the process; LiveKit would go on showing their agents for 20 s. */
  async #evacuate(rooms: readonly string[]): Promise<void> {
    this.#log.error('conversations did not end in time', { rooms })
    const one = async (room: string) => {
      await this.#rooms.remove(room, this.identity)
      await this.#orphans.handOn(room)
    }
    const late = Promise.withResolvers<void>()
    const alarm = this.#clock.after(EVACUATE_MS, late.resolve)
    await Promise.race([Promise.allSettled(rooms.map(one)), late.promise])
    alarm.cancel()
  }

  async #release(): Promise<void> {
    this.#lag.close()
    this.#registered.reject(new Error('the worker has ended'))
    await this.#orphans.close()
    await this.#health?.close()
  }

  #entered(phase: Phase): void {
    if (phase.at === 'registered') {
      const isFirst = this.#registrations++ === 0
      this.#stats.add('worker_registrations')
      this.#log.info('registered', { ...phase.as })
      this.#registered.resolve(phase.as)
      const jobs = this.#jobs.ids()
      if (jobs.length > 0) this.#dispatch.send({ say: 'carry', jobs })
      if (!this.#jobs.isDraining) this.#orphans.start(isFirst ? FIRST_SWEEP_MS : LATER_SWEEP_MS)
    } else if (phase.at === 'waiting') {
      this.#orphans.stop()
      this.#jobs.forgotten()
      const { why: error, attempt } = phase
      // The first time, and then less and less often.
      if (Number.isInteger(Math.log2(attempt))) this.#log.warn('not registered', { error, attempt })
    }
  }

  #heard(message: Incoming): void {
    switch (message.got) {
      case 'offer':
        return void this.#jobs.offered(message.offer)
      case 'assignment':
        return this.#jobs.assigned(message.offer, message.token, message.url)
      case 'termination':
        return void this.#jobs.terminated(message.job)
      default:
        this.#log.debug('message from LiveKit', { ...message })
    }
  }

  #load(): { load: number; isFull: boolean } {
    const { rooms, coming } = this.#jobs.count()
    const { load, isFull } = loadOf(this.#meter.sample(), this.#meter.limits, rooms, coming)
    return { load, isFull: isFull || this.#jobs.isDraining }
  }

  #vitals(): Vitals {
    const { rooms, coming } = this.#jobs.count()
    return {
      phase: this.phase,
      isDraining: this.#jobs.isDraining,
      ailment: this.#o.ailment?.(),
      rooms: this.jobs,
      coming: Math.max(0, rooms + coming - this.jobs),
      ...this.#load(),
      openFiles: this.#meter.sample().openFiles,
      usage: this.#jobs.usage(),
      counts: this.#stats.entries(),
    }
  }
}
