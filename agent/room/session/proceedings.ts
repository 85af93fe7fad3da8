import type { AgentSession } from '@livekit/protocol'
import type { Clock } from '../../clock.ts'
import type { Activity } from '../../text/activity.ts'
import type { Person } from '../people.ts'
import type { AgentState } from '../state.ts'
import type { SpokenCaption } from '../text.ts'
import { type Item, MOST_ITEM_CHARACTERS, Record } from './record.ts'
import { agentStates, chatItem, functionCall, functionOutput, type SessionEvent, userState } from './wire.ts'

export type ToolNews = Extract<Activity, { kind: 'tool' }>

export type Followers = {
  /** Something happened. */
  event(what: SessionEvent): void
  /** The agent, or a tool of it, has added something to the record. */
  answer(item: Item): void
  /** The agent has said all that it says in this turn. */
  said(): void
  /** The model has counted its tokens again. */
  used(): void
}

/** What goes on in a conversation, in the words of LiveKit's remote session: as it stands, and as it happens. */
export class Proceedings {
  readonly #clock: Clock
  readonly #newId: () => string
  readonly #followers: Followers
  readonly #record = new Record()
  #state: AgentState = 'initializing'
  #isTalking = false
  #tokens = 0
  #spoken: { text: string; isInterrupted: boolean } | undefined

  constructor(clock: Clock, newId: () => string, followers: Followers) {
    this.#clock = clock
    this.#newId = newId
    this.#followers = followers
  }

  get items(): readonly Item[] {
    return this.#record.items
  }

  /** Where agent and people are. */
  get now(): { agentState: AgentSession.AgentState; userState: AgentSession.UserState } {
    return { agentState: agentStates[this.#state], userState: userState(this.#isTalking) }
  }

  /** Tokens that the model has counted for its session so far. */
  get tokens(): number {
    return this.#tokens
  }

  /** What the agent does. */
  state(state: AgentState): void {
    if (state === this.#state) return
    const value = { oldState: agentStates[this.#state], newState: agentStates[state] }
    this.#state = state
    this.#followers.event({ case: 'agentStateChanged', value })
  }

  /** Whether anybody talks. */
  talking(isTalking: boolean): void {
    if (isTalking === this.#isTalking) return
    const value = { oldState: userState(this.#isTalking), newState: userState(isTalking) }
    this.#isTalking = isTalking
    this.#followers.event({ case: 'userStateChanged', value })
  }

  /** What a person was heard to say so far; the final text goes on record, unless it was taken back and is empty. */
  heard(by: Person, text: string, isFinal: boolean): void {
    this.#followers.event({ case: 'userInputTranscribed', value: { transcript: text, isFinal } })
    if (isFinal && text !== '') this.#say(by, text)
  }

  typed(by: Person, text: string): void {
    this.#say(by, text)
  }

  /** What the agent says, in pieces; it goes on record when it is closed. */
  speak(): SpokenCaption {
    const spoken = { text: '', isInterrupted: false }
    this.#spoken = spoken
    return {
      write: text => {
        if (spoken.text.length < MOST_ITEM_CHARACTERS) spoken.text += text
      },
      close: () => {
        if (this.#spoken === spoken) this.#spoken = undefined
        if (spoken.text !== '') this.#say('agent', spoken.text, spoken.isInterrupted)
        this.#followers.said()
      },
    }
  }

  /** The agent was talked over. */
  interrupted(): void {
    if (this.#spoken !== undefined) this.#spoken.isInterrupted = true
  }

  /**
   * A tool begins or is done. People are told what it is for in words; what it was asked and what it gave may be the operator's
   * business, and stays here.
   */
  tool({ id, name, state, line }: ToolNews): void {
    const at = this.#clock.wall()
    const call = { kind: 'call', id, name, args: JSON.stringify({ line }), at } as const
    const functionCalls = [functionCall(call)]
    if (state === 'started') {
      this.#answer(call)
      return this.#followers.event({ case: 'functionToolsStarted', value: { functionCalls } })
    }
    const output = { kind: 'output', id, name, output: state, isError: state !== 'done', at } as const
    this.#answer(output)
    const functionCallOutputs = [functionOutput(output)]
    this.#followers.event({ case: 'functionToolsExecuted', value: { functionCalls, functionCallOutputs } })
  }

  used(tokens: number): void {
    if (tokens === this.#tokens) return
    this.#tokens = tokens
    this.#followers.used()
  }

  /** Something that people should know has gone wrong. */
  failed(message: string): void {
    this.#followers.event({ case: 'error', value: { message } })
  }

  #say(by: Person | 'agent', text: string, isInterrupted = false): void {
    const item: Item = {
      kind: 'message',
      id: this.#newId(),
      by: by === 'agent' ? by : { identity: by.identity, name: by.name },
      text: text.slice(0, MOST_ITEM_CHARACTERS),
      isInterrupted,
      at: this.#clock.wall(),
    }
    if (by === 'agent') this.#answer(item)
    else this.#record.add(item)
    this.#followers.event({ case: 'conversationItemAdded', value: { item: chatItem(item) } })
  }

  #answer(item: Item): void {
    this.#record.add(item)
    this.#followers.answer(item)
  }
}
