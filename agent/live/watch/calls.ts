import type { Ms } from '../../units.ts'
import type { ToolCall } from '../events.ts'

/** Tools have deadlines of their own, which are shorter; this is for the call that everybody forgot. */
const ANSWER_WITHIN_MS: Ms = 60_000
/** Calls of sessions that are gone; the oldest is forgotten first. No conversation has so many tools at work. */
const MOST_ORPHANS = 100

/** The same calls again within this time are one of the model's slips, and no sign that it has understood anything more. */
const REPEAT_MS: Ms = 2_000

/**
 * Who an answer is for. `awaited`: the session that called. `orphaned`: that session is gone, and the one after it knows nothing of
 * the call. `nobody`: it was answered already, or taken back.
 */
export type For = 'awaited' | 'orphaned' | 'nobody'

/**
 * The functions that the model waits for. A blocking call without an answer silences it for good, so each is answered once: by its
 * tool, or in the end by us.
 */
export class OpenCalls {
  readonly #open = new Map<string, { call: ToolCall; due: Ms }>()
  readonly #orphans = new Set<string>()
  #last = { asked: '', at: Number.NEGATIVE_INFINITY }
  #isRepetition = false

  get areOpen(): boolean {
    return this.#open.size > 0
  }

  /** The last message of calls asked for what the one just before it did. */
  get isRepetition(): boolean {
    return this.#isRepetition
  }

  called(calls: readonly ToolCall[], at: Ms): void {
    const asked = JSON.stringify(calls.map(({ name, args }) => [name, args]))
    this.#isRepetition = asked === this.#last.asked && at - this.#last.at < REPEAT_MS
    this.#last = { asked, at }
    for (const call of calls) this.#open.set(call.id, { call, due: at + ANSWER_WITHIN_MS })
  }

  /** An answer is there, and for whom. `isLast` closes the call. */
  answered(id: string, isLast: boolean): For {
    const calls = this.#open.has(id) ? this.#open : this.#orphans
    if (!calls.has(id)) return 'nobody'
    if (isLast) calls.delete(id)
    return calls === this.#open ? 'awaited' : 'orphaned'
  }

  /** The model has taken calls back. */
  cancelled(ids: readonly string[]): void {
    for (const id of ids) {
      this.#open.delete(id)
      this.#orphans.delete(id)
    }
  }

  /** The calls that are overdue; they are open until they are answered. */
  overdue(at: Ms): ToolCall[] {
    return [...this.#open.values()].filter(({ due }) => due <= at).map(({ call }) => call)
  }

  /** A session that begins anew waits for nothing. What tools find out for the one before it is still worth knowing. */
  orphan(): void {
    for (const id of this.#open.keys()) this.#orphans.add(id)
    this.#open.clear()
    for (const id of this.#orphans) if (this.#orphans.size > MOST_ORPHANS) this.#orphans.delete(id)
  }
}
