import { type LocalParticipant, RpcError } from '@livekit/rtc-node'
import { Allowance } from '../allowance.ts'
import type { Clock } from '../clock.ts'
import { asError, RequestError, ToolError } from '../errors.ts'
import type { Registry } from '../tools/registry.ts'
import { readyTool } from '../tools/tool.ts'
import type { Ms } from '../units.ts'
import type { Person } from './people.ts'

/** A tool as a page declares it. It is data from outside: bounded, and never code. */
export type GuestTool = {
  name: string
  description: string
  parameters?: Record<string, unknown> | undefined
}

/** The method by which a page is asked to run one of its tools: `{ "name", "arguments" }`, answered with JSON. */
const RUN = 'roundtable.tool'
const MOST_OF_ONE = 8
const MOST_OF_ALL = 16
const MOST_SCHEMA = 4_000
/** A page that does not answer for this long will not, ms. */
const ANSWER_WITHIN_MS: Ms = 10_000
/** Each declaration may cost a new session: so many at once in a room, and one more in this time, ms. */
const BURST = 6
const REFILL_MS: Ms = 10_000

/** Through whom a page is called. */
export type Caller = Pick<LocalParticipant, 'performRpc'>

/** Tools that live in people's pages, for as long as those people are in the room. */
export class GuestTools {
  readonly #registry: Registry
  readonly #caller: Caller
  readonly #clock: Clock
  readonly #changed: () => void
  readonly #allowance = new Allowance(BURST, REFILL_MS)
  /** The names that a person's tools have among all tools. */
  readonly #names = new Map<string, string[]>()

  /** @param changed is told that other tools are to be declared to the model */
  constructor(registry: Registry, caller: Caller, clock: Clock, changed: () => void) {
    this.#registry = registry
    this.#caller = caller
    this.#clock = clock
    this.#changed = changed
  }

  /**
   * Takes what `person` declares, in the place of what they declared before. Where two people declare the same name, the second one's
   * gets a number behind it.
   * @returns the names that the model knows them by
   * @throws RequestError where one of them cannot be taken; then none is
   */
  declare(person: Person, given: readonly GuestTool[]): { tools: string[] } {
    if (!this.#allowance.accepts('room', this.#clock.now()))
      throw new RequestError('flood', 'Tools have changed too often in this room. Wait a moment.')
    const others = [...this.#names].flatMap(([who, names]) => (who === person.identity ? [] : names))
    if (given.length > MOST_OF_ONE)
      throw new RequestError('malformed', `A page may declare ${MOST_OF_ONE} tools.`)
    if (others.length + given.length > MOST_OF_ALL)
      throw new RequestError('not now', `There are ${MOST_OF_ALL} tools of pages in this room already.`)
    const before = this.#take(person.identity)
    const names: string[] = []
    try {
      for (const tool of given) names.push(this.#add(person, tool))
    } catch (thrown) {
      for (const name of names) this.#registry.remove(name)
      for (const tool of before) this.#registry.add(tool)
      this.#names.set(
        person.identity,
        before.map(({ name }) => name),
      )
      if (thrown instanceof ToolError) throw new RequestError('malformed', thrown.message)
      throw thrown
    }
    this.#names.set(person.identity, names)
    if (names.length + before.length > 0) this.#changed()
    return { tools: names }
  }

  /** They have left; nobody answers for their tools any more. */
  left(identity: string): void {
    if (this.#take(identity).length > 0) this.#changed()
    this.#names.delete(identity)
  }

  #take(identity: string) {
    const names = this.#names.get(identity) ?? []
    const tools = names.flatMap(name => this.#registry.get(name) ?? [])
    for (const name of names) this.#registry.remove(name)
    return tools
  }

  #add(person: Person, { name, description, parameters }: GuestTool): string {
    if (JSON.stringify(parameters ?? {}).length > MOST_SCHEMA)
      throw new ToolError(`The tool "${name}" has a schema of more than ${MOST_SCHEMA} characters`)
    if (description.trim() === '') throw new ToolError(`The tool "${name}" has no description`)
    const unique = this.#free(name)
    const tool = {
      name: unique,
      // The model is to know in whose page it acts, and whose words these are.
      description: `In the page of ${person.name}, who describes it so: ${description}`,
      parameters,
      deadlineMs: ANSWER_WITHIN_MS,
      line: `used ${name.replaceAll('_', ' ')} on the page of ${person.name}`,
      run: (args: Record<string, unknown>, { signal }: { signal: AbortSignal }) =>
        this.#run(person, name, args, signal),
    }
    this.#registry.add(readyTool(tool, `the page of ${person.name}`))
    return unique
  }

  #free(name: string): string {
    for (let number = 1; ; number++) {
      const free = number === 1 ? name : `${name}_${number}`
      const holder = this.#registry.get(free)
      if (holder === undefined) return free
      // A page must not pass for one of the operator's tools.
      if (number === 1 && ![...this.#names.values()].flat().includes(free))
        throw new ToolError(`The name "${name}" is taken`)
    }
  }

  async #run(person: Person, name: string, args: object, signal: AbortSignal): Promise<unknown> {
    const aborted = Promise.withResolvers<never>()
    const stop = () => aborted.reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    try {
      const answer = await Promise.race([
        this.#caller.performRpc({
          destinationIdentity: person.identity,
          method: RUN,
          payload: JSON.stringify({ name, arguments: args }),
          responseTimeout: ANSWER_WITHIN_MS,
        }),
        aborted.promise,
      ])
      return answer === '' ? undefined : parsed(answer)
    } catch (thrown) {
      throw new Error(wordsFor(asError(thrown), person), { cause: thrown })
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}

/** What a page answers is JSON, or a text as it is. */
function parsed(answer: string): unknown {
  try {
    return JSON.parse(answer)
  } catch {
    return answer
  }
}

function wordsFor(error: Error, { name }: Person): string {
  if (!(error instanceof RpcError)) return error.message
  switch (error.code) {
    case RpcError.ErrorCode.UNSUPPORTED_METHOD:
      return `The page of ${name} does not run tools`
    case RpcError.ErrorCode.RECIPIENT_NOT_FOUND:
    case RpcError.ErrorCode.RECIPIENT_DISCONNECTED:
      return `${name} has left`
    case RpcError.ErrorCode.CONNECTION_TIMEOUT:
    case RpcError.ErrorCode.RESPONSE_TIMEOUT:
      return `The page of ${name} does not answer`
    case RpcError.ErrorCode.RESPONSE_PAYLOAD_TOO_LARGE:
      return `The page of ${name} answered with more than fits`
    default:
      return `The page of ${name} says: ${error.message}`
  }
}
