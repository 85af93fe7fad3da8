import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Clock } from '../clock.ts'
import type { Bytes, Ms } from '../units.ts'
import type { SessionRecord } from './journal/journal.ts'
import type { ServerMessage } from './wire/server-message.ts'

/** How long a client has to answer a close before its socket is torn down, ms. */
const CLOSE_MS = 3_000

/** The socket as a session sees it. A client that leaves more than `mostUnread` bytes unread is cut. */
export class Line {
  readonly #ws: WebSocket
  /** What `ws` writes to. */
  readonly #socket: Duplex
  readonly #mostUnread: Bytes
  readonly #clock: Clock
  readonly #record: SessionRecord

  constructor(ws: WebSocket, socket: Duplex, mostUnread: Bytes, clock: Clock, record: SessionRecord) {
    this.#ws = ws
    this.#socket = socket
    this.#mostUnread = mostUnread
    this.#clock = clock
    this.#record = record
  }

  send(message: ServerMessage, asText: boolean): void {
    const json = JSON.stringify(message)
    this.#write(() => this.#ws.send(asText ? json : Buffer.from(json)))
  }

  /** A text frame as it is. */
  raw(text: string): void {
    this.#write(() => this.#ws.send(text))
  }

  /** Answers a ping, `delay` late. */
  pong(data: Buffer, delay: Ms): void {
    const answer = () => this.#write(() => this.#ws.pong(data))
    if (delay === 0) answer()
    else this.#clock.after(delay, answer)
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason)
    const force = setTimeout(() => this.#ws.terminate(), CLOSE_MS)
    force.unref()
    this.#ws.once('close', () => clearTimeout(force))
  }

  /** Tears the connection down without a word. */
  cut(): void {
    this.#ws.terminate()
  }

  /** Reads nothing for `ms`. */
  stall(ms: Ms): void {
    this.#ws.pause()
    this.#clock.after(ms, () => this.#ws.resume())
  }

  /** Keeps back what is sent for `ms`; then all of it leaves at once. */
  hold(ms: Ms): void {
    this.#socket.cork()
    this.#clock.after(ms, () => this.#socket.uncork())
  }

  #write(write: () => void): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return
    write()
    if (this.#ws.bufferedAmount <= this.#mostUnread) return
    this.#record.event('unread', { bytes: this.#ws.bufferedAmount })
    this.#ws.terminate()
  }
}
