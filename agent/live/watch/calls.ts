import type { Ms } from '../../units.ts'
import type { ToolCall } from '../events.ts'

/** Tools have deadlines of their own, which are shorter; this is for the call that everybody forgot. */
const ANSWER_WITHIN_MS: Ms = 60_000

/**
 * The functions that the model waits for. A blocking call without an answer silences it for good, so each is answered once: by its
 * tool, or in the end by us.
 */
export class OpenCalls {
  readonly #open = new Map<string, { call: ToolCall; due: Ms }>()

  get areOpen(): boolean {
    return this.#open.size > 0
  }

  called(calls: readonly ToolCall[], at: Ms): void {
    for (const call of calls) this.#open.set(call.id, { call, due: at + ANSWER_WITHIN_MS })
  }

  /** An answer is there; false where nobody waits for it: it was answered, or taken back. `isLast` closes the call. */
  answered(id: string, isLast: boolean): boolean {
    if (!this.#open.has(id)) return false
    if (isLast) this.#open.delete(id)
    return true
  }

  /** The model has taken calls back. */
  cancelled(ids: readonly string[]): void {
    for (const id of ids) this.#open.delete(id)
  }

  /** The calls that are overdue; they are open until they are answered. */
  overdue(at: Ms): ToolCall[] {
    return [...this.#open.values()].filter(({ due }) => due <= at).map(({ call }) => call)
  }

  /** A session that begins anew waits for nothing. */
  clear(): void {
    this.#open.clear()
  }
}
