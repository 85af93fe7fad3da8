import type { Bytes, Ms } from '../../units.ts'

/** What keeps one client from taking everything. */
export type Limits = {
  /** Sessions at one time; more are refused with HTTP 429. */
  sessions: number
  /** A longer message ends the session with 1009. */
  messageBytes: Bytes
  /** A client that leaves this much unread is cut. A minute of speech is 3.8 MB on the wire. */
  unreadBytes: Bytes
  /** Messages a second that a session may send for long; 10 ms chunks are 100. */
  messagesPerSecond: number
  /** Messages that may come at once before that counts: half a minute of sound in small chunks. */
  messageBurst: number
}

export const defaultLimits: Limits = {
  sessions: 300,
  messageBytes: 16 * 2 ** 20,
  unreadBytes: 16 * 2 ** 20,
  messagesPerSecond: 1_000,
  messageBurst: 10_000,
}

/** A bucket that fills at the allowed rate and is emptied by every message. */
export class Rate {
  readonly #limits: Pick<Limits, 'messagesPerSecond' | 'messageBurst'>
  readonly #now: () => Ms
  #left: number
  #at: Ms

  constructor(limits: Pick<Limits, 'messagesPerSecond' | 'messageBurst'>, now: () => Ms) {
    this.#limits = limits
    this.#now = now
    this.#left = limits.messageBurst
    this.#at = now()
  }

  /** Counts one message; false where it is one too many. */
  allows(): boolean {
    const now = this.#now()
    const { messagesPerSecond, messageBurst } = this.#limits
    this.#left = Math.min(messageBurst, this.#left + ((now - this.#at) * messagesPerSecond) / 1000)
    this.#at = now
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
