import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { asError } from '../errors.ts'
import type { Ms } from '../units.ts'
import { type Address, type Credential, readAddress, readCredential, readTarget } from './door/address.ts'
import { admit, type Keys } from './door/door.ts'
import { type Limits, Rate } from './door/limits.ts'
import type { Journal, SessionRecord } from './journal/journal.ts'
import { Line } from './line.ts'
import type { Coming, Playing } from './scenario/director.ts'
import { lengthOf } from './scenario/faults.ts'
import { Session } from './session.ts'
import type { Stage } from './stage.ts'
import { Refusal } from './wire/refusal.ts'

/** How long a client has to answer the close of the server before its socket is torn down, ms. */
const CLOSE_MS = 300

/** A client that is to be refused and says nothing is refused after this, ms. */
const SILENT_MS = 1_000

/** What a client showed when it came. */
export type Door = { address: Address; credential: Credential; playing: Playing; coming: readonly Coming[] }

/** Every open connection: bytes to sessions and back. */
export class Sockets {
  readonly #stage: Stage
  readonly #journal: Journal
  readonly #limits: Limits
  readonly #keys: Keys
  readonly #upgrades: WebSocketServer
  readonly #open = new Map<WebSocket, { session: Session | undefined; id: string; gone: Promise<void> }>()
  readonly #unanswered = new Set<Duplex>()

  constructor(stage: Stage, journal: Journal, limits: Limits, keys: Keys) {
    this.#stage = stage
    this.#journal = journal
    this.#limits = limits
    this.#keys = keys
    // Deflate would cost far more than it saves on base64 of speech, and Google declines it too.
    this.#upgrades = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      autoPong: false,
      maxPayload: limits.messageBytes,
    })
  }

  /** Makes a session of a request to upgrade, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {})
    const { path, query } = readTarget(request.url)
    const address = readAddress(path)
    if (address === undefined || !this.#knows(address)) return refuseUpgrade(socket, 404)
    if (this.count >= this.#limits.sessions) return refuseUpgrade(socket, 429)
    const playing = this.#stage.director().open()
    const coming = playing.at('UPGRADE')
    const refused = coming.find(({ fault }) => fault.fault === 'REFUSE')
    if (refused !== undefined) return refuseUpgrade(socket, refused.fault.status ?? 403)
    const door = {
      address,
      credential: readCredential(query, request.headers),
      playing,
      coming: coming.filter(({ fault }) => fault.fault !== 'STALL'),
    }
    const accept = () =>
      this.#upgrades.handleUpgrade(request, socket, head, ws => this.#take(ws, socket, door))
    const late = coming.find(({ fault }) => fault.fault === 'STALL')
    if (late === undefined) accept()
    else this.#delay(socket, lengthOf(late.fault), accept)
  }

  #knows({ method, version }: Address): boolean {
    const { tokenVersions } = this.#stage.director().scenario
    return method === 'plain' || (tokenVersions?.includes(version) ?? true)
  }

  /** Leaves a request to upgrade unanswered for `ms`. */
  #delay(socket: Duplex, ms: Ms, accept: () => void): void {
    this.#unanswered.add(socket)
    socket.once('close', () => this.#unanswered.delete(socket))
    this.#stage.clock.after(ms, () => {
      this.#unanswered.delete(socket)
      if (!socket.destroyed) accept()
    })
  }

  /** Keeps an upgraded socket until it closes. */
  #take(ws: WebSocket, socket: Duplex, door: Door): void {
    const { clock, log } = this.#stage
    const record = this.#journal.open(clock.wall(), () => clock.now())
    const { id } = record.summary
    log.info('connected', { session: id, ...door.address })
    ws.on('error', error => log.warn('socket failed', { session: id, error: asError(error) }))
    const line = new Line(ws, socket, this.#limits.unreadBytes, clock, record)
    const session = this.#admit(ws, line, door, record)
    const gone = new Promise<void>(resolve => {
      ws.on('close', (code, reason) => {
        session?.closed(code, reason.toString())
        this.#open.delete(ws)
        log.info('closed', { session: id, ...record.summary.closed })
        resolve()
      })
    })
    this.#open.set(ws, { session, id, gone })
  }

  /** The living session of this id. */
  session(id: string): Session | undefined {
    return [...this.#open.values()].find(one => one.id === id)?.session
  }

  get count(): number {
    return this.#open.size + this.#unanswered.size
  }

  /** Ends every connection: with 1001 where the client still answers, else by force. */
  async close(): Promise<void> {
    for (const socket of this.#unanswered) socket.destroy()
    const sockets = [...this.#open]
    for (const [ws] of sockets) ws.close(1001, 'The rehearsal is closing.')
    const force = setTimeout(() => {
      for (const [ws] of sockets) ws.terminate()
    }, CLOSE_MS)
    await Promise.all(sockets.map(([, { gone }]) => gone))
    clearTimeout(force)
  }

  #admit(ws: WebSocket, line: Line, door: Door, record: SessionRecord): Session | undefined {
    const { address, credential, playing, coming } = door
    try {
      const pass = admit(credential, address, this.#keys, this.#stage.tokens)
      const session = new Session(this.#stage, { address, pass, playing }, line, record)
      this.#read(ws, line, session)
      session.suffer(coming)
      return session
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#turnAway(ws, error, line, record)
      return undefined
    }
  }

  /** Hands the session its messages, and answers pings: both count against the rate. */
  #read(ws: WebSocket, line: Line, session: Session): void {
    const rate = new Rate(this.#limits, () => this.#stage.clock.now())
    const isAllowed = () => {
      const allows = rate.allows()
      if (!allows) session.end(new Refusal(1008, 'Too many messages.'))
      return allows
    }
    ws.on('message', (data: Buffer) => {
      if (isAllowed()) session.receive(data)
    })
    ws.on('ping', (data: Buffer) => {
      if (isAllowed()) line.pong(data, session.pongDelayMs)
    })
  }

  /** Refuses a client when it has sent its setup: closed before, Python's SDK fails in its own send and never sees the reason. */
  #turnAway(ws: WebSocket, { code, reason }: Refusal, line: Line, record: SessionRecord): void {
    const refuse = () => {
      alarm.cancel()
      record.summary.closed ??= { code, reason, by: 'server' }
      line.close(code, reason)
    }
    const alarm = this.#stage.clock.after(SILENT_MS, refuse)
    ws.once('message', refuse)
    ws.once('close', () => alarm.cancel())
  }
}

/** Ends a connection that is not to become a session. */
function refuseUpgrade(socket: Duplex, status: number): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  )
}
