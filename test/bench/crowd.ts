import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ms } from '../../agent/units.ts'
import { Child } from './child.ts'
import type { HeardAnswer } from './hearing.ts'

/** What the people in the crowd's process are told to do. */
export type Order =
  /** One more person joins a room. */
  | { do: 'join'; url: string; token: string }
  /** Everybody says a word of this length, at once; what they heard before is forgotten. */
  | { do: 'say'; ms: Ms }
  | { do: 'judge' }

/** Said when an order is done: what each person who hears an agent has heard since the last word. */
export type Word = { answers: HeardAnswer[] }

/** Many people in one process of their own, each alone with an agent in a room. */
export class Crowd implements AsyncDisposable {
  readonly #child: Child

  private constructor(child: Child) {
    this.#child = child
  }

  static async start(basics: Readonly<Record<string, string>>): Promise<Crowd> {
    const args = [join(import.meta.dirname, 'crowd-program.ts')]
    const program = { command: process.execPath, args, env: basics, cwd: tmpdir(), upWhen: 'ready' }
    return new Crowd(await Child.start(program))
  }

  get pid(): number {
    return this.#child.pid
  }

  /** One order at a time. @throws Error when the crowd is gone, or does not obey within 30 s. */
  async obey(order: Order): Promise<Word> {
    const done = once(this.#child.process, 'message', { signal: AbortSignal.timeout(30_000) })
    this.#child.process.send(order)
    const [word] = await this.#child.whileUp(done)
    return word
  }

  close(): Promise<void> {
    return this.#child.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
