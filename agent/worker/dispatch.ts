import type { IncomingMessage } from 'node:http'
import { AccessToken } from 'livekit-server-sdk'
import { WebSocket } from 'ws'
import { type Alarm, type Clock, systemClock } from '../clock.ts'
import type { LiveKitConfig } from '../config.ts'
import { asError, RoomError } from '../errors.ts'
import type { Log } from '../log.ts'
import { checkLiveKit } from '../start/livekit-check.ts'
import type { Bytes, Ms } from '../units.ts'
import { first, type Happening, next, type Phase } from './phase.ts'
import { decode, encode, type Incoming, type Outgoing } from './wire.ts'

/** Our share of the server's own patience: it drops a worker that has not registered within 10 s. */
const REGISTER_MS: Ms = 10_000
/** How often the server hears our load; what livekit-agents does. */
const REPORT_MS: Ms = 2500
/** The server pings every 10 s and answers ours, so a socket silent for 15 s has nobody at its other end. */
const PING_MS: Ms = 5000
const SILENT_MS: Ms = 15_000
/** A job carries its room's and dispatch's metadata, 64 KiB each by LiveKit's default; this is far beyond. */
const MAX_FRAME: Bytes = 4 * 1024 * 1024

export type DispatchOptions = {
  livekit: LiveKitConfig
  agentName: string
  version: string
  log: Log
  clock?: Clock
  random?: () => number
  /** Our state as the server shall know it; asked for every 2.5 s and after `report()`. */
  status(): Extract<Outgoing, { say: 'status' }>
  /** Called on every change of phase, after it. */
  onPhase(phase: Phase): void
  /** Offers, assignments, terminations. */
  onMessage(message: Incoming): void
}

/**
 * The worker's socket to LiveKit: registers, reports the load, hands on what the server says, and comes back whenever
 * the server goes away. It has no opinion about jobs.
 */
export class Dispatch implements AsyncDisposable {
  readonly #o: DispatchOptions
  readonly #clock: Clock
  readonly #ended = Promise.withResolvers<{ why: 'closed' } | { why: 'refused'; error: RoomError }>()
  /** Resolves when it has ended for good: closed by us, or refused for what is wrong in the settings. */
  readonly ended = this.#ended.promise
  #phase: Phase = first
  #socket: WebSocket | undefined
  #heard: Ms = 0
  readonly #alarms = new Map<'wait' | 'register' | 'ping' | 'report', Alarm>()

  constructor(options: DispatchOptions) {
    this.#o = options
    this.#clock = options.clock ?? systemClock
  }

  get phase(): Phase {
    return this.#phase
  }

  start(): void {
    this.#connect()
  }

  /** Sends now; false where we are not registered, and then nothing is sent: the server has forgotten our jobs by then. */
  send(message: Outgoing): boolean {
    if (this.#phase.at !== 'registered' || this.#socket?.readyState !== WebSocket.OPEN) return false
    this.#socket.send(encode(message))
    return true
  }

  /** Tells the server our status now rather than at the next beat. */
  report(): void {
    this.send(this.#o.status())
  }

  /** What was sent before is still delivered. */
  async close(): Promise<void> {
    this.#step({ saw: 'close' })
    await this.ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #step(happening: Happening): void {
    const before = this.#phase
    const now = next(before, happening, this.#o.random)
    if (now === before) return
    this.#phase = now
    this.#enter(now)
    this.#o.onPhase(now)
  }

  #enter(now: Phase): void {
    for (const alarm of this.#alarms.values()) alarm.cancel()
    this.#alarms.clear()
    switch (now.at) {
      case 'connecting':
        return this.#connect()
      case 'registering': {
        const { agentName, version } = this.#o
        this.#socket?.send(encode({ say: 'register', agentName, version }))
        return this.#alarm('register', REGISTER_MS, () => this.#lose('did not register us within 10 s'))
      }
      case 'registered':
        this.#heard = this.#clock.now()
        this.#beat()
        return this.#reportAgain()
      case 'waiting':
        this.#drop()
        return this.#alarm('wait', now.for, () => this.#step({ saw: 'elapsed' }))
      case 'closed':
        this.#drop()
        this.#ended.resolve(now.why === undefined ? { why: 'closed' } : { why: 'refused', error: now.why })
    }
  }

  #connect(): void {
    this.#open().catch(thrown => {
      const why = new RoomError('refused', asError(thrown).message, { cause: thrown })
      this.#step({ saw: 'lost', why, now: this.#clock.now() })
    })
  }

  async #open(): Promise<void> {
    const { url, apiKey, apiSecret } = this.#o.livekit
    const token = new AccessToken(apiKey, apiSecret, { ttl: '10m' })
    token.addGrant({ agent: true })
    const authorization = `Bearer ${await token.toJwt()}`
    if (this.#phase.at !== 'connecting') return
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/agent?protocol=1`, {
      headers: { authorization },
      handshakeTimeout: REGISTER_MS,
      maxPayload: MAX_FRAME,
      perMessageDeflate: false,
    })
    this.#socket = socket
    this.#listen(socket, url)
  }

  #listen(socket: WebSocket, url: string): void {
    // An earlier socket may still say something: only the present one counts.
    const isOurs = () => this.#socket === socket
    const hear = () => {
      if (isOurs()) this.#heard = this.#clock.now()
    }
    const lost = (why: RoomError) => this.#lost(socket, why)
    socket.on('open', () => isOurs() && this.#step({ saw: 'open' }))
    socket.on('ping', hear)
    socket.on('pong', hear)
    socket.on('message', (data: Buffer) => isOurs() && this.#receive(data))
    socket.on('unexpected-response', (request, answer) => {
      request.destroy()
      void this.#explain(answer).then(lost)
    })
    socket.on('error', thrown => lost(unreachable(url, thrown)))
    socket.on('close', code =>
      lost(new RoomError('lost', `LiveKit at ${url} has closed the worker's socket (${code})`)),
    )
  }

  #receive(data: Buffer): void {
    this.#heard = this.#clock.now()
    const message = decode(data)
    if (message.got === 'registered') {
      const { worker, server, node } = message
      this.#step({ saw: 'registered', as: { worker, server, node }, now: this.#clock.now() })
    } else if (message.got === 'unreadable')
      this.#o.log.warn('unreadable frame from LiveKit', { error: message.error })
    else this.#o.onMessage(message)
  }

  /** The check asks the same server by HTTP, and says which setting is wrong; a server that it finds in order refuses workers. */
  async #explain(answer: IncomingMessage): Promise<RoomError> {
    answer.resume()
    const { livekit } = this.#o
    try {
      await checkLiveKit(livekit)
    } catch (thrown) {
      if (thrown instanceof RoomError) return thrown
    }
    const words = `LIVEKIT_URL: the server at ${livekit.url} takes no workers (HTTP ${answer.statusCode} at /agent)`
    return new RoomError('refused', words)
  }

  #lose(what: string): void {
    const why = new RoomError('lost', `LiveKit at ${this.#o.livekit.url} ${what}`)
    this.#step({ saw: 'lost', why, now: this.#clock.now() })
  }

  #lost(socket: WebSocket, why: RoomError): void {
    if (this.#socket === socket) this.#step({ saw: 'lost', why, now: this.#clock.now() })
  }

  #beat(): void {
    this.#alarm('ping', PING_MS, () => {
      if (this.#clock.now() - this.#heard > SILENT_MS) return this.#lose('has been silent for 15 s')
      this.#socket?.ping()
      this.#beat()
    })
  }

  #reportAgain(): void {
    this.report()
    this.#alarm('report', REPORT_MS, () => this.#reportAgain())
  }

  #alarm(name: 'wait' | 'register' | 'ping' | 'report', delay: Ms, then: () => void): void {
    this.#alarms.get(name)?.cancel()
    this.#alarms.set(name, this.#clock.after(delay, then))
  }

  /** A polite close is given a moment, so that what was sent last arrives; a peer that does not answer it is cut off. */
  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    if (socket === undefined) return
    socket.on('error', () => {})
    if (socket.readyState === WebSocket.OPEN) {
      socket.close(1000)
      const cut = this.#clock.after(1000, () => socket.terminate())
      socket.once('close', () => cut.cancel())
    } else socket.terminate()
  }
}

function unreachable(url: string, thrown: Error): RoomError {
  const { code } = thrown as NodeJS.ErrnoException
  return new RoomError('unreachable', `LIVEKIT_URL: nothing answers at ${url} (${code ?? thrown.message})`, {
    cause: thrown,
  })
}
