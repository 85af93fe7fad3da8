import { once } from 'node:events'
import type { Ms } from '../../agent/units.ts'
import type { Bench } from './bench.ts'
import { pause } from './instant.ts'
import { endRoom, enter, newRoom, personToken } from './meeting.ts'
import type { Subject } from './subject.ts'
import { type Caption, type Line, Table } from './table.ts'
import { Transcriber } from './transcriber.ts'
import { Uplink } from './uplink.ts'

/** What was in the network has arrived, and a pause between words was one. */
export const REST_MS: Ms = 350
/** A subject that is not there after this has failed. */
const PATIENCE_MS: Ms = 20_000

/** A table with people and an agent at it. */
export class Sitting implements AsyncDisposable {
  readonly bench: Bench
  readonly subject: Subject
  readonly table: Table
  readonly uplink: Uplink
  readonly transcriber: Transcriber
  /** Captions of people as they stand, by segment. */
  readonly captions = new Map<string, Caption>()
  readonly #room: string

  private constructor(bench: Bench, subject: Subject, table: Table, room: string) {
    this.bench = bench
    this.subject = subject
    this.table = table
    this.#room = room
    this.transcriber = new Transcriber(subject.standIn)
    this.uplink = new Uplink(subject.standIn, word => this.transcriber.hear(word))
    table.on('caption', caption => {
      if (isPerson(caption.identity)) this.captions.set(caption.segment, caption)
    })
  }

  /** Resolves when one person sits at the table, `p0`, and the agent with them. @throws Error when it does not come. */
  static async begin(bench: Bench, subject: Subject): Promise<Sitting> {
    const table = await Table.start(bench.basics)
    const sitting = new Sitting(bench, subject, table, newRoom())
    try {
      await sitting.join('p0', { hears: 'agent' })
      await enter(bench.livekit, sitting.#room, subject)
      const signal = AbortSignal.timeout(PATIENCE_MS)
      while (subject.standIn.sessions.size === 0) await once(subject.standIn, 'sessions', { signal })
      return sitting
    } catch (thrown) {
      await sitting.close()
      throw thrown
    }
  }

  async close(): Promise<void> {
    await this.table.close()
    await endRoom(this.bench.livekit, this.#room).catch(() => {})
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  tell(what: string): void {
    this.bench.tell(`people: ${what}`)
  }

  /** Their way into the room. */
  async entry(who: string): Promise<{ who: string; url: string; token: string }> {
    const { livekit } = this.bench
    return { who, url: livekit.url, token: await personToken(livekit, this.#room, who, this.subject) }
  }

  async join(
    who: string,
    { speaks = true, hears }: { speaks?: boolean; hears?: string } = {},
  ): Promise<void> {
    await this.table.obey({ do: 'join', ...(await this.entry(who)), speaks, ...(hears && { hears }) })
  }

  /** Resolves when what was said has arrived; what was heard before is forgotten. */
  async say(lines: readonly Line[]): Promise<void> {
    this.uplink.reset()
    await this.table.obey({ do: 'say', lines })
    await pause(REST_MS)
  }

  /** How many of these words arrived since the uplink was reset. */
  heard(lines: readonly Line[]): number {
    return lines.filter(({ who, id }) =>
      this.uplink.words.some(word => `p${word.person}` === who && word.id === id),
    ).length
  }
}

/** So are the people called who have a band of their own. */
export const isPerson = (identity: string): boolean => /^p\d+$/.test(identity)
