import type { Bytes, Hz, Ms } from '../../units.ts'
import { Fifo } from './fifo.ts'

/** One thing that happened in a session; `at` is ms since the session's connection. */
export type Entry = { at: Ms } & (
  | { dir: 'in' | 'out'; message: unknown }
  /** A message that holds audio and nothing else, which is most of them. */
  | { dir: 'in' | 'out'; audioBytes: Bytes }
  | { event: string; [fact: string]: unknown }
)

export type SessionSummary = {
  id: string
  /** Wall-clock time of the connection, ms since 1970. */
  openedAt: number
  model: string | undefined
  /** How it ended; undefined while it lives. */
  closed: { code: number; reason: string; by: 'client' | 'server' } | undefined
  heardMs: Ms
  spokenMs: Ms
  messagesIn: number
  messagesOut: number
  turns: number
  interruptions: number
  pictures: number
  /** Pictures above one a second, which the API does not take. */
  picturesTooSoon: number
  /** Entries and audio that fell out of the journal's bounds. */
  lostEntries: number
  lostAudioBytes: Bytes
}

export type JournalBounds = {
  /** Messages kept a session, and as many audio messages beside them. */
  entries: number
  /** Sessions kept after their end. */
  sessions: number
  /** Sound kept over all sessions. */
  audioBytes: Bytes
}

const defaults: JournalBounds = { entries: 4_000, sessions: 200, audioBytes: 48 * 2 ** 20 }

/** What arrived and what was sent, of all sessions, newest last. Everything in it is bounded: the oldest goes first, and is counted. */
export class Journal {
  readonly #bounds: JournalBounds
  readonly #sessions: SessionRecord[] = []
  readonly #sounds = new Fifo<{ owner: SessionRecord; sound: Sound }>()
  #audioBytes = 0
  #count = 0

  constructor(bounds: Partial<JournalBounds> = {}) {
    this.#bounds = { ...defaults, ...bounds }
  }

  get sessions(): readonly SessionRecord[] {
    return this.#sessions
  }

  /** The session that `id` names; undefined where it is unknown or has fallen out. */
  session(id: string): SessionRecord | undefined {
    return this.#sessions.find(session => session.summary.id === id)
  }

  open(wall: number, now: () => Ms): SessionRecord {
    const record = new SessionRecord(`s${++this.#count}`, wall, now, this.#bounds.entries, (owner, sound) =>
      this.#keep(owner, sound),
    )
    this.#sessions.push(record)
    const ended = this.#sessions.filter(session => session.summary.closed !== undefined)
    for (const old of ended.slice(0, Math.max(0, ended.length - this.#bounds.sessions)))
      this.#sessions.splice(this.#sessions.indexOf(old), 1)
    return record
  }

  /** Forgets every session that has ended, and what the living ones have said so far. */
  reset(): void {
    this.#sounds.clear()
    this.#audioBytes = 0
    for (const session of [...this.#sessions]) {
      session.forget()
      if (session.summary.closed !== undefined) this.#sessions.splice(this.#sessions.indexOf(session), 1)
    }
  }

  #keep(owner: SessionRecord, sound: Sound): void {
    this.#sounds.push({ owner, sound })
    this.#audioBytes += sound.pcm.byteLength
    while (this.#audioBytes > this.#bounds.audioBytes) {
      const oldest = this.#sounds.shift()
      if (oldest === undefined) break
      this.#audioBytes -= oldest.sound.pcm.byteLength
      oldest.owner.drop(oldest.sound)
    }
  }
}

type Sound = { dir: 'in' | 'out'; pcm: Int16Array; rate: Hz }

/** The record of one session. */
export class SessionRecord {
  readonly summary: SessionSummary
  readonly #now: () => Ms
  readonly #openedAt: Ms
  readonly #most: number
  readonly #keep: (owner: SessionRecord, sound: Sound) => void
  readonly #entries = new Fifo<Numbered>()
  readonly #audioEntries = new Fifo<Numbered>()
  readonly #sounds = new Fifo<Sound>()
  #number = 0

  constructor(
    id: string,
    wall: number,
    now: () => Ms,
    most: number,
    keep: (owner: SessionRecord, sound: Sound) => void,
  ) {
    this.#now = now
    this.#openedAt = now()
    this.#most = most
    this.#keep = keep
    this.summary = {
      id,
      openedAt: wall,
      model: undefined,
      closed: undefined,
      heardMs: 0,
      spokenMs: 0,
      messagesIn: 0,
      messagesOut: 0,
      turns: 0,
      interruptions: 0,
      pictures: 0,
      picturesTooSoon: 0,
      lostEntries: 0,
      lostAudioBytes: 0,
    }
  }

  /** Every entry kept, in the order it happened, with its number in the session. */
  get numbered(): Numbered[] {
    return [...this.#entries, ...this.#audioEntries].sort((a, b) => a.number - b.number)
  }

  /** Every entry kept, in the order it happened. */
  get entries(): Entry[] {
    return this.numbered.map(({ entry }) => entry)
  }

  /** A message that arrived or left; base64 in it is written as its length. */
  message(dir: 'in' | 'out', message: unknown): void {
    this.#count(dir)
    this.#add(this.#entries, { at: this.#at(), dir, message: withoutBytes(message) })
  }

  /** A message that held audio and nothing else. */
  audioMessage(dir: 'in' | 'out', audioBytes: Bytes): void {
    this.#count(dir)
    this.#add(this.#audioEntries, { at: this.#at(), dir, audioBytes })
  }

  /** The sound itself, whichever message brought it. Kept as it is: not to be written to afterwards. */
  sound(dir: 'in' | 'out', pcm: Int16Array, rate: Hz): void {
    const ms = (pcm.length * 1000) / rate
    if (dir === 'in') this.summary.heardMs += ms
    else this.summary.spokenMs += ms
    const sound = { dir, pcm, rate }
    this.#sounds.push(sound)
    this.#keep(this, sound)
  }

  event(event: string, facts: Record<string, unknown> & { at?: never } = {}): void {
    this.#add(this.#entries, { at: this.#at(), event, ...facts })
  }

  /** The sound kept of one direction, whole. Where the rate changed on the way, the pieces of the last rate. */
  pcm(dir: 'in' | 'out'): { pcm: Int16Array; rate: Hz } {
    const sounds = [...this.#sounds].filter(sound => sound.dir === dir)
    const rate = sounds.at(-1)?.rate ?? (dir === 'in' ? 16_000 : 24_000)
    const pieces = sounds.filter(sound => sound.rate === rate)
    const pcm = new Int16Array(pieces.reduce((sum, piece) => sum + piece.pcm.length, 0))
    let at = 0
    for (const piece of pieces) {
      pcm.set(piece.pcm, at)
      at += piece.pcm.length
    }
    return { pcm, rate }
  }

  forget(): void {
    this.#entries.clear()
    this.#audioEntries.clear()
    this.#sounds.clear()
  }

  drop(sound: Sound): void {
    // The oldest of all is the oldest of its owner.
    if (this.#sounds.first !== sound) return
    this.#sounds.shift()
    this.summary.lostAudioBytes += sound.pcm.byteLength
  }

  #at(): Ms {
    return Math.round((this.#now() - this.#openedAt) * 10) / 10
  }

  #count(dir: 'in' | 'out'): void {
    if (dir === 'in') this.summary.messagesIn++
    else this.summary.messagesOut++
  }

  #add(entries: Fifo<Numbered>, entry: Entry): void {
    entries.push({ number: this.#number++, entry })
    if (entries.length <= this.#most) return
    entries.shift()
    this.summary.lostEntries++
  }
}

export type Numbered = { number: number; entry: Entry }

/** Of one message, so many values are shown. */
const MOST_VALUES = 5_000

/** A copy for reading: bytes and base64 as their size, long texts cut, and no more than `left.values` values. */
function withoutBytes(value: unknown, left = { values: MOST_VALUES }): unknown {
  if (left.values-- <= 0) return '…'
  if (Buffer.isBuffer(value)) return `<${value.length} bytes>`
  if (typeof value === 'string')
    return value.length > 2_000 ? `${value.slice(0, 2_000)}… (${value.length})` : value
  if (Array.isArray(value)) return value.slice(0, 200).map(inner => withoutBytes(inner, left))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, 200)
      .map(([name, inner]) => [
        name.slice(0, 200),
        name === 'data' && typeof inner === 'string'
          ? `<${Buffer.byteLength(inner, 'base64')} bytes>`
          : withoutBytes(inner, left),
      ]),
  )
}
