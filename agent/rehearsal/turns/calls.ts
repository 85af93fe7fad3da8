import type { FunctionResponse } from '../wire/client-message.ts'
import type { After, ScriptedCall } from './script.ts'

/** The calls of one message, waiting for their answers. */
type Group = {
  isBlocking: boolean
  names: Map<string, string>
  responses: FunctionResponse[]
  after: After | undefined
  settle: (responses: FunctionResponse[]) => void
}

/** More open calls than these, and the oldest is given up; more parts of one answer, and the rest are passed over. */
const MOST_OPEN = 1_000

/** What an answer came to. */
export type Outcome =
  /** Nobody waits for it: unknown, cancelled, given up, or answered already. */
  | { kind: 'ignored' }
  /** Others of its message are still to come, or it wakes who waits. */
  | { kind: 'taken' }
  /** An answer to a NON_BLOCKING call, to be spoken about as it asks. */
  | { kind: 'result'; response: FunctionResponse; after: After | undefined; isLast: boolean }

/** The open function calls of a session. They outlive its connection. */
export class Calls {
  readonly #open = new Map<string, Group>()
  #count = 0

  get areOpen(): boolean {
    return this.#open.size > 0
  }

  get isBlocked(): boolean {
    return [...this.#open.values()].some(group => group.isBlocking)
  }

  /** An id that no other call of this session has. */
  newId(): string {
    return `function-call-${++this.#count}`
  }

  /** Waits for the answers of BLOCKING calls; resolves when all of them are in. They wait for ever. */
  block(calls: readonly ScriptedCall[], ids: readonly string[]): Promise<FunctionResponse[]> {
    const waiting = Promise.withResolvers<FunctionResponse[]>()
    this.#add(calls, ids, { isBlocking: true, after: undefined, settle: waiting.resolve })
    return waiting.promise
  }

  /** Remembers NON_BLOCKING calls; each answer is a result of its own. */
  leave(calls: readonly ScriptedCall[], ids: readonly string[], after: After | undefined): void {
    this.#add(calls, ids, { isBlocking: false, after, settle: () => {} })
  }

  /** Takes one answer. Where it has no id, as of old SDKs and on Vertex AI, it belongs to the oldest open call of its name. */
  answer(response: FunctionResponse): Outcome {
    const id = response.id ?? this.#idOf(response.name)
    const group = id === undefined ? undefined : this.#open.get(id)
    if (id === undefined || group === undefined) return { kind: 'ignored' }
    if (!group.isBlocking) {
      const isLast = response.willContinue !== true
      if (isLast) this.#open.delete(id)
      return { kind: 'result', response, after: group.after, isLast }
    }
    if (group.responses.length < MOST_OPEN) group.responses.push(response)
    if (response.willContinue === true) return { kind: 'taken' }
    this.#open.delete(id)
    group.names.delete(id)
    if (group.names.size === 0) group.settle(group.responses)
    return { kind: 'taken' }
  }

  /** Gives up every BLOCKING call and returns the ids. NON_BLOCKING ones go on through an interruption. */
  cancel(): string[] {
    const ids = [...this.#open].filter(([, group]) => group.isBlocking).map(([id]) => id)
    for (const id of ids) this.#open.delete(id)
    return ids
  }

  #idOf(name: string | undefined): string | undefined {
    for (const [id, group] of this.#open) if (group.names.get(id) === name) return id
    return undefined
  }

  #add(
    calls: readonly ScriptedCall[],
    ids: readonly string[],
    rest: Pick<Group, 'isBlocking' | 'after' | 'settle'>,
  ): void {
    const names = new Map(ids.map((id, i) => [id, calls[i]?.name ?? '']))
    const group: Group = { names, responses: [], ...rest }
    for (const id of ids) this.#open.set(id, group)
    for (const [oldest] of this.#open) {
      if (this.#open.size <= MOST_OPEN) break
      this.#open.delete(oldest)
    }
  }
}

/** When an answer is to be spoken about. Older samples put it inside the response. */
export function schedulingOf({ scheduling, response }: FunctionResponse): string {
  if (scheduling !== undefined && scheduling !== 'SCHEDULING_UNSPECIFIED') return scheduling
  return typeof response?.scheduling === 'string' ? response.scheduling.toUpperCase() : 'WHEN_IDLE'
}
