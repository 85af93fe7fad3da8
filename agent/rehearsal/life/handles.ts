import { randomBytes } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import type { Ms } from '../../units.ts'
import type { Calls } from '../turns/calls.ts'
import { invalidArgument, Refusal } from '../wire/refusal.ts'
import type { Memory } from './memory.ts'

/** Where a handle leads: the session as it was when the handle was given out. */
export type Saved = { memory: Memory; calls: Calls }

type Entry = Saved & { owner: object; model: string; isPoisoned: boolean }

/** A session's earlier handles still lead back, these many. */
const MOST_A_SESSION = 10
const MOST = 5_000

/** Every handle that could be resumed. A handle holds as long as its session lives, and a while after. */
export class Handles {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  /** Sessions that still live have no time here. */
  readonly #endedAt = new WeakMap<object, Ms>()
  readonly #living = new WeakSet<object>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A new handle of `owner`'s session, as it is now; `lifetimeMs` is for how long handles hold. */
  give(
    owner: object,
    model: string,
    { memory, calls }: Saved,
    lifetimeMs: Ms = Number.POSITIVE_INFINITY,
  ): string {
    this.#expire(lifetimeMs)
    const handle = randomBytes(18).toString('base64url')
    this.#living.add(owner)
    this.#entries.set(handle, { owner, model, memory: memory.copy(), calls, isPoisoned: false })
    const own = [...this.#entries].filter(([, entry]) => entry.owner === owner)
    for (const [old] of own.slice(0, -MOST_A_SESSION)) this.#entries.delete(old)
    for (const [old] of this.#entries) {
      if (this.#entries.size <= MOST) break
      this.#entries.delete(old)
    }
    return handle
  }

  /** Lets go of handles that nobody can use any more, with all that they lead to. */
  #expire(lifetimeMs: Ms): void {
    const now = this.#clock.now()
    for (const [handle, { owner }] of this.#entries) {
      const endedAt = this.#endedAt.get(owner)
      if (endedAt !== undefined && !this.#living.has(owner) && now - endedAt >= lifetimeMs)
        this.#entries.delete(handle)
    }
  }

  /** `owner`'s connection is gone: from now on its handles may be used, and age. */
  release(owner: object): void {
    this.#living.delete(owner)
    this.#endedAt.set(owner, this.#clock.now())
  }

  /** From now on every session resumed with `owner`'s handles dies soon. */
  poison(owner: object): void {
    for (const entry of this.#entries.values()) if (entry.owner === owner) entry.isPoisoned = true
  }

  /** `owner`'s handles lead nowhere any more. */
  forget(owner: object): void {
    for (const [handle, entry] of this.#entries) if (entry.owner === owner) this.#entries.delete(handle)
  }

  /**
   * What `handle` leads to; it may be used again. `lifetimeMs` counts from the end of its connection.
   * @throws Refusal 1007 where it is malformed or of another model, 1008 where it is gone, 1011 while its connection lives.
   */
  take(handle: string, model: string, lifetimeMs: Ms): Saved & { isPoisoned: boolean } {
    if (!/^[\w-]{24}$/.test(handle)) throw new Refusal(1007, 'Invalid session handle')
    const entry = this.#entries.get(handle)
    if (entry === undefined) throw notFound()
    if (this.#living.has(entry.owner)) throw new Refusal(1011, 'Internal error encountered.')
    const endedAt = this.#endedAt.get(entry.owner) ?? 0
    if (this.#clock.now() - endedAt >= lifetimeMs) {
      this.#entries.delete(handle)
      throw notFound()
    }
    if (entry.model !== model) throw invalidArgument()
    return { memory: entry.memory.copy(), calls: entry.calls, isPoisoned: entry.isPoisoned }
  }
}

const notFound = () => new Refusal(1008, 'BidiGenerateContent session not found')
