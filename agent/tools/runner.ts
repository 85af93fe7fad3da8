import type { Alarm, Clock } from '../clock.ts'
import type { ToolAnswer } from '../live/declaration.ts'
import type { ToolCall } from '../live/events.ts'
import type { ModelProfile } from '../live/models.ts'
import type { Log } from '../log.ts'
import type { Stats } from '../stats.ts'
import type { Ms } from '../units.ts'
import { behaviourOn, type Registry, schedulingOn } from './registry.ts'
import { failureOf, type Response, responseOf } from './result.ts'
import { Answer, type ReadyTool, type Scheduling, type ToolContext } from './tool.ts'

/** The room hears nothing while the model waits for a BLOCKING call. */
const BLOCKING_MS: Ms = 15_000
const NON_BLOCKING_MS: Ms = 60_000
/** No tool silences the model for longer than this, whatever deadline it has. */
const MOST_BLOCKING_MS: Ms = 50_000
/** The same call again within this time of the first is one of the model's slips: it comes within a second or so. */
const REPEAT_MS: Ms = 2_000
/** Calls under way at once; a model that wants more is told so. */
const MOST_CALLS = 16
/** Parts of one answer; each may start a turn of the model. */
const MOST_PARTS = 20

/** One call, as people and operators see it. */
export type CallNews = {
  id: string
  name: string
  state: 'started' | 'done' | 'failed' | 'cancelled'
  /** One quiet line of words, the same in every state. */
  line: string
}

export type RunnerOptions = {
  registry: Registry
  /** The model that is talked with now. */
  profile: () => ModelProfile
  context: Omit<ToolContext, 'signal'>
  clock: Clock
  log: Log
  stats: Stats
  /** To the model: called once for each call, or once for each part where `willContinue` says that others follow. */
  answer: (call: ToolCall, answer: ToolAnswer) => void
  show: (news: CallNews) => void
}

/** What a call came to. */
type Outcome = { state: 'done' | 'failed'; response: Response; scheduling?: Scheduling | undefined }

/** A call under way, and for a moment afterwards. */
type Run = {
  readonly call: ToolCall
  readonly tool: ReadyTool
  readonly since: Ms
  readonly stop: AbortController
  /** Never rejects; undefined where it was cancelled. */
  readonly outcome: Promise<Outcome | undefined>
}

/** Runs the calls of one conversation. Each is answered exactly once, in time, whatever the tool does; a cancelled one never. */
export class Runner implements AsyncDisposable {
  readonly #o: RunnerOptions
  /** By the call's id. */
  readonly #running = new Map<string, Run>()
  /** Calls by what they ask for, as long as another like it would be a repetition. */
  readonly #recent = new Map<string, Run>()
  readonly #alarms = new Set<Alarm>()

  constructor(options: RunnerOptions) {
    this.#o = options
  }

  /** The calls of one message of the model's: all of them at once. */
  call(calls: readonly ToolCall[]): void {
    // Two like calls in one message are meant: the dice are to be thrown twice.
    const earlier = new Map(this.#recent)
    for (const call of calls) this.#begin(call, earlier)
  }

  /** The model does not want these answers any more. Undoing what was done is up to the tool. */
  cancel(ids: readonly string[]): void {
    for (const id of ids) this.#running.get(id)?.stop.abort(new Error('the call was cancelled'))
  }

  /** Stops everything and answers nothing more. */
  async close(): Promise<void> {
    for (const { stop } of this.#running.values()) stop.abort(new Error('the conversation is over'))
    for (const alarm of this.#alarms) alarm.cancel()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #begin(call: ToolCall, earlier: ReadonlyMap<string, Run>): void {
    const { registry, clock, stats } = this.#o
    if (this.#running.has(call.id)) return
    stats.add('tool_calls')
    const tool = registry.get(call.name)
    if (tool === undefined) return this.#refuse(call, `there is no tool named ${call.name.slice(0, 64)}`)
    const asked = `${call.name} ${canonical(call.args)}`
    const first = earlier.get(asked)
    if (first !== undefined && !first.stop.signal.aborted && !tool.repeats)
      return void this.#repeat(call, tool, first)
    const checked = tool.schema.check(call.args)
    if ('problem' in checked) return this.#refuse(call, `the arguments do not fit: ${checked.problem}`, tool)
    if (this.#running.size >= MOST_CALLS)
      return this.#refuse(call, `${MOST_CALLS} calls are under way; wait until one of them is done`, tool)
    const stop = new AbortController()
    const outcome = this.#run(call, tool, checked.args, stop)
    const run: Run = { call, tool, since: clock.now(), stop, outcome }
    this.#running.set(call.id, run)
    this.#recent.set(asked, run)
    this.#after(REPEAT_MS, () => {
      if (this.#recent.get(asked) === run) this.#recent.delete(asked)
    })
    void outcome.then(() => this.#running.delete(call.id))
  }

  /** One call from its first moment to its answer. */
  async #run(
    call: ToolCall,
    tool: ReadyTool,
    args: Record<string, unknown>,
    stop: AbortController,
  ): Promise<Outcome | undefined> {
    const { clock, show, stats, log } = this.#o
    const news = { id: call.id, name: tool.name, line: tool.line(args) }
    const began = clock.now()
    show({ ...news, state: 'started' })
    const outcome = await this.#within(tool, call, args, stop)
    const ms = Math.round(clock.now() - began)
    if (outcome === undefined) {
      stats.add('tool_calls_cancelled')
      log.info('tool cancelled', { tool: tool.name, ms })
      show({ ...news, state: 'cancelled' })
      return undefined
    }
    if (outcome.state === 'failed') stats.add('tool_calls_failed')
    // Not what it was asked nor what it said: that is the conversation of the people in the room.
    log.info('tool called', { tool: tool.name, ms, state: outcome.state, from: tool.from })
    this.#answer(call, tool, outcome.response, outcome.scheduling)
    show({ ...news, state: outcome.state })
    return outcome
  }

  /** The run, its deadline and its cancellation: whichever comes first. What comes after that is let go. */
  async #within(
    tool: ReadyTool,
    call: ToolCall,
    args: Record<string, unknown>,
    stop: AbortController,
  ): Promise<Outcome | undefined> {
    const { context, profile } = this.#o
    const { signal } = stop
    const isBlocking = behaviourOn(profile(), tool) === 'BLOCKING'
    const deadlineMs = isBlocking
      ? Math.min(tool.deadlineMs ?? BLOCKING_MS, MOST_BLOCKING_MS)
      : (tool.deadlineMs ?? NON_BLOCKING_MS)
    const first = Promise.withResolvers<Outcome | undefined>()
    // The deadline is told to the run by the signal too, but is an answer; a cancellation is none.
    const alarm = this.#after(deadlineMs, () => {
      const error = `${tool.name} did not finish within ${deadlineMs / 1000} s`
      first.resolve({ state: 'failed', response: { error } })
      stop.abort(new Error(error))
    })
    signal.addEventListener('abort', () => first.resolve(undefined), { once: true })
    const work = async (): Promise<Outcome> => {
      try {
        const given = await tool.run(args, { ...context, signal })
        return await this.#collect(given, call, tool, signal)
      } catch (thrown) {
        return { state: 'failed', response: failureOf(thrown) }
      }
    }
    // A turn of the loop later, so that a tool which answers at once answers after the other calls of the message have begun.
    void Promise.resolve().then(work).then(first.resolve)
    const outcome = await first.promise
    alarm.cancel()
    return outcome
  }

  /** What a run gave; of one that gives parts, all but the end is answered as it comes where the model takes parts. */
  async #collect(given: unknown, call: ToolCall, tool: ReadyTool, signal: AbortSignal): Promise<Outcome> {
    if (!isAsyncIterable(given)) return this.#done(given)
    const takesParts = behaviourOn(this.#o.profile(), tool) === 'NON_BLOCKING'
    const parts = given[Symbol.asyncIterator]()
    const kept: unknown[] = []
    try {
      for (let count = 0; ; count++) {
        const { done, value } = await parts.next()
        if (signal.aborted) return this.#done(undefined)
        if (done)
          return takesParts || kept.length === 0
            ? this.#end(value, count)
            : this.#done([...kept, ...defined(value)])
        if (count === MOST_PARTS) throw new Error(`it gave more than ${MOST_PARTS} answers`)
        if (!takesParts) kept.push(value instanceof Answer ? value.value : value)
        else {
          const { response, scheduling } = this.#done(value)
          this.#answer(call, tool, response, scheduling, true)
        }
      }
    } finally {
      // Whoever is asked to return while it still works would be waited for: it has the signal for that.
      void parts.return?.(undefined)?.then(undefined, () => {})
    }
  }

  /** The end of parts: what it returned, or the mere fact, about which nothing need be said. */
  #end(value: unknown, count: number): Outcome {
    return value === undefined && count > 0
      ? { ...this.#done('That was all.'), scheduling: 'SILENT' }
      : this.#done(value)
  }

  #done(value: unknown): Outcome {
    const { response, isCut } = responseOf(value instanceof Answer ? value.value : value)
    if (isCut) this.#o.stats.add('tool_results_cut')
    return { state: 'done', response, scheduling: value instanceof Answer ? value.scheduling : undefined }
  }

  /** The model said the same twice: both ids are answered, and where that is possible it speaks once. */
  async #repeat(call: ToolCall, tool: ReadyTool, first: Run): Promise<void> {
    const { stats, log } = this.#o
    stats.add('tool_calls_repeated')
    log.info('tool call repeated', { tool: tool.name })
    const stop = new AbortController()
    this.#running.set(call.id, { ...first, call, stop })
    const outcome = await first.outcome
    this.#running.delete(call.id)
    if (stop.signal.aborted) return
    const response = outcome?.response ?? { error: 'the call was cancelled' }
    this.#answer(call, tool, response, 'SILENT')
  }

  #refuse(call: ToolCall, error: string, tool?: ReadyTool): void {
    const { log, stats, show } = this.#o
    stats.add('tool_calls_failed')
    log.warn('tool not called', { tool: call.name.slice(0, 64), because: tool ? error : 'there is none' })
    this.#o.answer(call, { response: { error } })
    const line = tool?.line({}) ?? `wanted a tool that is not there`
    show({ id: call.id, name: call.name.slice(0, 64), state: 'failed', line })
  }

  #answer(
    call: ToolCall,
    tool: ReadyTool,
    response: Response,
    wanted: Scheduling | undefined,
    willContinue = false,
  ): void {
    const scheduling = schedulingOn(this.#o.profile(), tool, wanted ?? tool.scheduling)
    this.#o.answer(call, {
      response,
      ...(scheduling === undefined ? {} : { scheduling }),
      ...(willContinue ? { willContinue } : {}),
    })
  }

  #after(delay: Ms, then: () => void): Alarm {
    const alarm = this.#o.clock.after(delay, () => {
      this.#alarms.delete(alarm)
      then()
    })
    this.#alarms.add(alarm)
    return {
      cancel: () => {
        this.#alarms.delete(alarm)
        alarm.cancel()
      },
    }
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

const defined = (value: unknown) => (value === undefined ? [] : [value])

/** Arguments in one order, for comparison. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
