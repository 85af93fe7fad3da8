import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { asError } from '../errors.ts'
import { type Address, type Credential, readAddress, readCredential, readTarget } from './door/address.ts'
import { admit, type Keys } from './door/door.ts'
import { type Limits, Rate } from './door/limits.ts'
import type { Journal, SessionRecord } from './journal/journal.ts'
import type { Playing } from './scenario/director.ts'
import { Session } from './session.ts'
import type { Line, Stage } from './stage.ts'
import { Refusal } from './wire/refusal.ts'

/** How long a client has to answer a close before its socket is torn down, ms. */
const CLOSE_MS = 300

/** A client that is to be refused and says nothing is refused after this, ms. */
const SILENT_MS = 1_000

/** What a client showed when it came. */
export type Door = { address: Address; credential: Credential; playing: Playing }

/** Every open connection: bytes to sessions and back. */
export class Sockets {
  readonly #stage: Stage
  readonly #journal: Journal
  readonly #limits: Limits
  readonly #keys: Keys
  readonly #upgrades: WebSocketServer
  readonly #open = new Map<WebSocket, { session: Session | undefined; id: string; gone: Promise<void> }>()

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
    if (address === undefined) return refuseUpgrade(socket, 404)
    if (this.#open.size >= this.#limits.sessions) return refuseUpgrade(socket, 429)
    const playing = this.#stage.director().open()
    const refused = playing.at('UPGRADE').find(({ fault }) => fault.fault === 'REFUSE')
    if (refused !== undefined) return refuseUpgrade(socket, refused.fault.status ?? 403)
    const credential = readCredential(query, request.headers)
    this.#upgrades.handleUpgrade(request, socket, head, ws =>
      this.#take(ws, { address, credential, playing }),
    )
  }

  /** Keeps an upgraded socket until it closes. */
  #take(ws: WebSocket, door: Door): void {
    const { clock, log } = this.#stage
    const record = this.#journal.open(clock.wall(), () => clock.now())
    const { id } = record.summary
    log.info('connected', { session: id, ...door.address })
    ws.on('error', error => log.warn('socket failed', { session: id, error: asError(error) }))
    const session = this.#admit(ws, door, record)
    ws.on('ping', data => {
      const delay = session?.pongDelayMs ?? 0
      if (delay === 0) ws.pong(data)
      else clock.after(delay, () => ws.readyState === ws.OPEN && ws.pong(data))
    })
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
    return this.#open.size
  }

  /** Ends every connection: with 1001 where the client still answers, else by force. */
  async close(): Promise<void> {
    const sockets = [...this.#open]
    for (const [ws] of sockets) ws.close(1001, 'The rehearsal is closing.')
    const force = setTimeout(() => {
      for (const [ws] of sockets) ws.terminate()
    }, CLOSE_MS)
    await Promise.all(sockets.map(([, { gone }]) => gone))
    clearTimeout(force)
  }

  #admit(ws: WebSocket, { address, credential, playing }: Door, record: SessionRecord): Session | undefined {
    const line = this.#line(ws, record)
    try {
      const pass = admit(credential, address, this.#keys, this.#stage.tokens)
      const session = new Session(this.#stage, { address, pass, playing }, line, record)
      const rate = new Rate(this.#limits, () => this.#stage.clock.now())
      ws.on('message', (data: RawData) => {
        if (rate.allows()) session.receive(asText(data))
        else session.end(new Refusal(1008, 'Too many messages.'))
      })
      return session
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#turnAway(ws, error, line, record)
      return undefined
    }
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

  #line(ws: WebSocket, record: SessionRecord): Line {
    return {
      send: (message, asText) => {
        if (ws.readyState !== ws.OPEN) return
        const json = JSON.stringify(message)
        ws.send(asText ? json : Buffer.from(json))
        if (ws.bufferedAmount <= this.#limits.unreadBytes) return
        record.event('unread', { bytes: ws.bufferedAmount })
        ws.terminate()
      },
      raw: text => ws.readyState === ws.OPEN && ws.send(text),
      cut: () => ws.terminate(),
      stall: ms => {
        ws.pause()
        this.#stage.clock.after(ms, () => ws.resume())
      },
      close: (code, reason) => {
        ws.close(code, reason)
        const force = setTimeout(() => ws.terminate(), CLOSE_MS * 10)
        force.unref()
        ws.once('close', () => clearTimeout(force))
      },
    }
  }
}

/** Ends a connection that is not to become a session. */
function refuseUpgrade(socket: Duplex, status: number): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  )
}

function asText(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8')
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data).toString('utf8')
}
