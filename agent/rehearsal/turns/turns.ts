import { type Clock, sleep } from '../../clock.ts'
import { asError } from '../../errors.ts'
import type { ModelProfile } from '../../live/models.ts'
import type { Log } from '../../log.ts'
import type { Behaviour } from '../profiles.ts'
import type { Voice } from '../voice/voice.ts'
import type { FunctionResponse } from '../wire/client-message.ts'
import { exhausted, Refusal } from '../wire/refusal.ts'
import type { InteractionStatus, ServerContent, ServerMessage } from '../wire/server-message.ts'
import type { FunctionDeclaration } from '../wire/setup.ts'
import type { Calls } from './calls.ts'
import {
  type Floor,
  type FloorEffect,
  type FloorEvent,
  MOST_WAITING_PROMPTS,
  next,
  openFloor,
} from './floor.ts'
import type { Answer, Item, Prompt } from './script.ts'
import { type Delivery, type Outlet, Speaker, type Spoken } from './speaker.ts'

/** A prompt on its way to its answer, with what is to be sent with the first of it. */
type Ask = { prompt: Prompt; beside?: ServerContent | undefined }

export type TurnsWith = {
  clock: Clock
  voice: Voice
  log: Log
  behaviour: Behaviour
  model: ModelProfile
  delivery: Delivery
  random: () => number
  calls: Calls
  declaration(name: string): FunctionDeclaration | undefined
  answer(prompt: Prompt): Answer
  /** The answer has begun: the usage so far, to open the turn with. */
  opened(): Record<string, unknown>
  /** The turn is over: what it used. */
  closed(spoken: Spoken, wasInterrupted: boolean): Record<string, unknown>
  send(message: ServerMessage, pcm?: Int16Array): void
  end(refusal: Refusal): void
}

type Speaking = { speaker: Speaker; answer: Answer; stop: AbortController; hasDone: boolean; later: Item[] }

/** Whose turn it is, and the answers: one after the other, cut off when somebody speaks, with the calls they make. */
export class Turns {
  readonly #with: TurnsWith
  #floor: Floor<Ask> = openFloor()
  #speaking: Speaking | undefined
  readonly #closing = new AbortController()

  constructor(turns: TurnsWith) {
    this.#with = turns
  }

  /** An answer is under way, or waits for a function. */
  get isBusy(): boolean {
    return this.#floor.phase.at !== 'listening' || this.#with.calls.areOpen
  }

  get isIdle(): boolean {
    return this.#floor.phase.at === 'listening'
  }

  /** The user began to speak. */
  activity(interrupts: boolean): void {
    this.#step({ kind: 'activity', interrupts })
  }

  /** @throws Refusal 1011 where too many wait. */
  prompt(prompt: Prompt, interrupts: boolean, beside?: ServerContent): void {
    if (this.#floor.waiting.length >= MOST_WAITING_PROMPTS) throw exhausted()
    this.#step({ kind: 'prompt', prompt: { prompt, beside }, interrupts })
  }

  /** Falls silent: nothing is sent any more. */
  close(): void {
    this.#closing.abort(new Error('The session is closed'))
    this.#speaking?.stop.abort(new Error('The session is closed'))
    this.#speaking = undefined
  }

  #step(event: FloorEvent<Ask>): void {
    const { floor, effects } = next(this.#floor, event)
    this.#floor = floor
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: FloorEffect<Ask>): void {
    switch (effect.kind) {
      case 'interrupt':
        this.#interrupt()
        break
      case 'complete':
        this.#complete()
        break
      case 'answer':
        this.#answer(effect.prompt)
    }
  }

  #interrupt(): void {
    this.#speaking?.stop.abort(new Error('Interrupted'))
    const ids = this.#with.calls.cancel()
    if (ids.length > 0) this.#with.send({ toolCallCancellation: { ids } })
    this.#with.send({ serverContent: { interrupted: true } })
    this.#endTurn(true, [])
  }

  #complete(): void {
    const later = this.#speaking?.later ?? []
    this.#endTurn(false, later)
    // In the extended-thinking flow the call comes when its filler has been heard; the rest follows its answer.
    const at = later.findIndex(isCall)
    const call = later[at]
    if (call === undefined || !isCall(call)) return
    const rest = later.slice(at + 1)
    const after = (responses: FunctionResponse[]) => [...(call.after?.(responses) ?? []), ...rest]
    const waitMs = later.slice(0, at).reduce((sum, item) => sum + (item.kind === 'wait' ? item.ms : 0), 0)
    if (waitMs === 0) return void this.#call({ ...call, after })
    const { signal } = this.#closing
    sleep(this.#with.clock, waitMs, signal).then(
      () => void this.#call({ ...call, after }),
      () => {},
    )
  }

  #answer({ prompt, beside }: Ask): void {
    const { clock, voice, delivery, behaviour, model, random } = this.#with
    const answer = this.#with.answer(prompt)
    const stop = new AbortController()
    const outlet: Outlet = {
      send: (message, pcm) => this.#with.send(message, pcm),
      call: item => this.#call(item),
      done: () => this.#done(speaking),
    }
    const speaker = new Speaker(clock, voice, delivery, outlet, random, beside)
    const { now, later } = model.hasInteractionStatus ? split(answer.items) : { now: answer.items, later: [] }
    const speaking: Speaking = { speaker, answer, stop, hasDone: false, later }
    this.#speaking = speaking
    const usageMetadata = this.#with.opened()
    if (behaviour.usageFirst) this.#with.send({ usageMetadata })
    void this.#run(speaking, now)
  }

  async #run(speaking: Speaking, items: readonly Item[]): Promise<void> {
    const { speaker, answer, stop } = speaking
    try {
      await speaker.speak(items, stop.signal)
      if (stop.signal.aborted || answer.end === 'never') return
      // A turn without content ends without a word of generation.
      if (answer.items.length > 0) this.#done(speaking)
      this.#step({ kind: 'generated' })
      const alarm = this.#with.clock.after(speaker.unheardMs, () => this.#step({ kind: 'played' }))
      stop.signal.addEventListener('abort', () => alarm.cancel(), { once: true })
    } catch (error) {
      if (stop.signal.aborted) return
      this.#with.log.error('answer failed', { error: asError(error) })
      this.#with.end(new Refusal(1011, 'Internal error encountered.'))
    }
  }

  #done(speaking: Speaking): void {
    if (speaking.hasDone) return
    speaking.hasDone = true
    if (this.#with.model.kind !== 'translate')
      this.#with.send({ serverContent: { generationComplete: true } })
  }

  #endTurn(wasInterrupted: boolean, later: readonly Item[]): void {
    const speaking = this.#speaking
    this.#speaking = undefined
    const usageMetadata = this.#with.closed(
      speaking?.speaker.spoken ?? { text: '', sentMs: 0 },
      wasInterrupted,
    )
    // Translation is one stream without turns.
    if (this.#with.model.kind === 'translate') return
    const serverContent: ServerContent = { turnComplete: true }
    const reason = speaking?.answer.reason
    if (reason !== undefined) serverContent.turnCompleteReason = reason
    const message: ServerMessage = { serverContent, usageMetadata }
    if (this.#with.model.hasInteractionStatus) {
      const isOpen = later.length > 0 || this.#with.calls.areOpen
      const status: InteractionStatus = isOpen ? 'IN_PROGRESS' : 'IDLE'
      if (this.#with.behaviour.interactionStatus === 'content') serverContent.interactionStatus = status
      else message.interactionStatus = status
    }
    this.#with.send(message)
  }

  /** Sends the calls of one message; what waits for them here, waits for all. */
  async #call(item: Extract<Item, { kind: 'call' }>): Promise<FunctionResponse[] | undefined> {
    const { calls, behaviour } = this.#with
    const ids = item.calls.map(({ id }) => id ?? calls.newId())
    const isBlocking = item.calls.some(({ name }) => this.#isBlocking(name))
    const answers = isBlocking ? calls.block(item.calls, ids) : undefined
    if (!isBlocking) calls.leave(item.calls, ids, item.after)
    const shown = item.calls.map(({ name, args }, i) => ({
      ...(behaviour.callIds ? { id: ids[i]! } : {}),
      name,
      args,
    }))
    this.#with.send({ toolCall: { functionCalls: shown } })
    return answers
  }

  #isBlocking(name: string): boolean {
    const { model, declaration } = this.#with
    const asked = declaration(name)?.behavior
    const behaviour = asked === undefined || asked === 'UNSPECIFIED' ? model.toolBehaviours[0] : asked
    return behaviour !== 'NON_BLOCKING'
  }
}

const isCall = (item: Item) => item.kind === 'call'

/** What is said before the first call, and the rest: the pauses before the call belong to it. */
function split(items: readonly Item[]): { now: readonly Item[]; later: Item[] } {
  let from = items.findIndex(isCall)
  if (from < 0) return { now: items, later: [] }
  while (items[from - 1]?.kind === 'wait') from--
  return { now: items.slice(0, from), later: items.slice(from) }
}
