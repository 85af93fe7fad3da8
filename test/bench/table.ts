import { EventEmitter, once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ms } from '../../agent/units.ts'
import { Child } from './child.ts'

/** A word of one of the people, so long after the order. */
export type Line = { who: string; id: number; afterMs: Ms }

/** A caption as it stood last. */
export type Caption = { identity: string; segment: string; text: string; isFinal: boolean }

/** What the people at the table are told to do, each by identity. */
export type Order =
  /** Comes in, with an open microphone if `speaks`. `hears`: whose tone they listen for; of the agent also the captions. */
  | { do: 'join'; who: string; url: string; token: string; speaks: boolean; hears?: 'agent' | string }
  /** As `join`, but talks without a pause from before their microphone is published; `at` is when that was asked for. */
  | { do: 'join-talking'; who: string; url: string; token: string }
  /** Done when the last word has left. */
  | { do: 'say'; lines: readonly Line[] }
  /** Two seconds of words without a pause; done when they have begun. */
  | { do: 'chatter'; who: string }
  /** The tone that the stand-in answers; done when it has begun. */
  | { do: 'tone'; who: string; ms: Ms }
  /** Every microphone has a faint noise, so that all of them are encoded all the time. */
  | { do: 'noise'; on: boolean }
  | { do: 'mute'; who: string }
  /** Says a word the moment that they are told to be heard again. */
  | { do: 'unmute'; who: string; id: number }
  /** What this person hears of the agent comes back through their microphone so much later; undefined: no more of it. */
  | { do: 'echo'; who: string; how: { delayMs: Ms; gainDb: number } | undefined }
  /** Takes the microphone away, and gives it back. */
  | { do: 'unpublish'; who: string }
  | { do: 'publish'; who: string }
  | { do: 'leave'; who: string }

/** What the people tell. */
export type News =
  /** The order with this number was carried out; `at` is when, or when the sound of it began to leave. */
  | { kind: 'done'; number: number; at: Ms }
  | { kind: 'refused'; number: number; because: string }
  | { kind: 'caption'; caption: Caption }
  /** The tone that `who` listens for began or ended at their ear. */
  | { kind: 'edge'; edge: EarEdge }

export type EarEdge = { who: string; isTone: boolean; at: Ms }

type Happenings = { edge: [EarEdge]; caption: [Caption] }

/** Up to twenty people in one room, in a process of their own. */
export class Table extends EventEmitter<Happenings> implements AsyncDisposable {
  readonly #child: Child
  readonly #orders = new EventEmitter()
  #number = 0

  private constructor(child: Child) {
    super()
    this.#child = child
    child.process.on('message', (news: News) => {
      if (news.kind === 'edge') this.emit('edge', news.edge)
      else if (news.kind === 'caption') this.emit('caption', news.caption)
      else this.#orders.emit(`${news.number}`, news)
    })
  }

  static async start(basics: Readonly<Record<string, string>>): Promise<Table> {
    const args = [join(import.meta.dirname, 'table-program.ts')]
    const program = { command: process.execPath, args, env: basics, cwd: tmpdir(), upWhen: 'ready' }
    return new Table(await Child.start(program))
  }

  get pid(): number {
    return this.#child.pid
  }

  /** Resolves with the time at which it was done. @throws Error when it cannot be, is not within 30 s, or the people are gone. */
  async obey(order: Order): Promise<Ms> {
    const number = ++this.#number
    const answered = once(this.#orders, `${number}`, { signal: AbortSignal.timeout(30_000) })
    // Whether they are gone is told below, with their last words.
    this.#child.process.send({ number, order }, () => {})
    const [news] = await this.#child.whileUp(answered)
    if (news.kind === 'refused') throw new Error(`${order.do}: ${news.because}`)
    return news.at
  }

  close(): Promise<void> {
    return this.#child.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
