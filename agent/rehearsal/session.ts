import type { Alarm } from '../clock.ts'
import { asError } from '../errors.ts'
import type { ModelProfile } from '../live/models.ts'
import { type Ms, SPEECH_RATE } from '../units.ts'
import { Conversation } from './conversation.ts'
import type { Address } from './door/address.ts'
import type { Pass } from './door/door.ts'
import { constrain } from './door/tokens.ts'
import type { SessionRecord } from './journal/journal.ts'
import type { Saved } from './life/handles.ts'
import { Memory } from './life/memory.ts'
import { type Behaviour, behaviourOf, livingProfile } from './profiles.ts'
import { refusalOf, unknownModel } from './rules.ts'
import type { Playing } from './scenario/director.ts'
import { Faults, strike, type Victim } from './scenario/faults.ts'
import type { Fault } from './scenario/scenario.ts'
import type { Line, Stage } from './stage.ts'
import { Calls } from './turns/calls.ts'
import { textOf } from './turns/content.ts'
import { type ClientMessage, parseClientMessage } from './wire/client-message.ts'
import { invalidArgument, Refusal } from './wire/refusal.ts'
import type { FunctionCall, ServerMessage } from './wire/server-message.ts'
import type { Setup } from './wire/setup.ts'

/** How a client came in. */
export type Entry = { address: Address; pass: Pass; playing: Playing }

/** Messages taken between setup and setupComplete. */
const MOST_WAITING = 1_000

/** A connection that sends no setup is ended after this, ms. */
const SETUP_MS = 60_000

/** A session resumed from a poisoned handle lives so long, ms. */
const POISON_MS = 300

type State =
  | { at: 'connected'; alarm: Alarm }
  /** What comes meanwhile waits. */
  | { at: 'opening'; alarm: Alarm; waiting: ClientMessage[] }
  | { at: 'open'; conversation: Conversation }
  | { at: 'mute' }
  | { at: 'closed' }

/** One connection from its upgrade to its end: setup first, then a dialogue. */
export class Session implements Victim {
  readonly #stage: Stage
  readonly #address: Address
  readonly #pass: Pass
  readonly #line: Line
  readonly #record: SessionRecord
  readonly #playing: Playing
  readonly #faults: Faults
  #state: State
  #behaviour: Behaviour | undefined
  #messages = 0
  #isMute = false
  /** The sound of the answer under way has begun to leave. */
  #isSounding = false
  #lastCalls: readonly FunctionCall[] = []

  constructor(stage: Stage, entry: Entry, line: Line, record: SessionRecord) {
    const { address, pass, playing } = entry
    this.#stage = stage
    this.#playing = playing
    // Whoever says nothing is not kept.
    const late = stage.clock.after(SETUP_MS, () =>
      this.end(new Refusal(1011, 'Deadline expired before operation could complete.')),
    )
    this.#state = { at: 'connected', alarm: late }
    this.#faults = new Faults(stage.clock, playing, this, fault => record.event('fault', { ...fault }))
    this.#address = address
    this.#pass = pass
    this.#line = line
    this.#record = record
  }

  /** How late a ping is answered. */
  get pongDelayMs(): Ms {
    return this.#behaviour?.pongDelayMs ?? 0
  }

  /** Takes one frame. Whatever it holds, the worst that happens is the end of this session. */
  receive(frame: string): void {
    if (this.#state.at === 'closed') return
    try {
      this.#take(parseClientMessage(frame))
    } catch (error) {
      // Nesting deep enough to exhaust the stack is the client's doing.
      if (!(error instanceof Refusal || error instanceof RangeError))
        this.#stage.log.error('message failed', { session: this.#record.summary.id, error: asError(error) })
      this.end(error instanceof Refusal ? error : invalidArgument())
    }
  }

  /** Ends the session from this side. */
  end({ code, reason }: Refusal): void {
    if (this.#state.at === 'closed') return
    this.#record.summary.closed = { code, reason, by: 'server' }
    this.#release()
    this.#line.close(code, reason)
  }

  /** The socket is gone. */
  closed(code: number, reason: string): void {
    this.#record.summary.closed ??= { code, reason, by: 'client' }
    this.#record.event('closed', { ...this.#record.summary.closed })
    this.#release()
    // Only now may its handles be used: resuming beside a living socket is refused.
    this.#stage.handles.release(this)
  }

  /** Tears the connection down without a word. */
  cut(): void {
    this.#release()
    this.#line.cut()
  }

  /** From now on nothing is sent. */
  mute(): void {
    this.#isMute = true
  }

  raw(text: string): void {
    this.#record.message('out', text)
    this.#line.raw(text)
  }

  send(message: ServerMessage): void {
    this.#send(message)
  }

  /** Says `goAway`, and ends so long after. */
  goAway(timeLeft: Ms): void {
    if (this.#state.at === 'open') this.#state.conversation.goAway(timeLeft)
  }

  poison(): void {
    this.#stage.handles.poison(this)
  }

  stall(ms: Ms): void {
    this.#line.stall(ms)
  }

  repeatCall(): void {
    if (this.#state.at !== 'open') return
    const functionCalls = this.#lastCalls.map(call => ({ ...call, id: `${call.id}-again` }))
    this.#send({ toolCall: { functionCalls } })
  }

  /** Does a fault by hand. */
  strike(fault: Fault): void {
    this.#record.event('fault', { ...fault })
    strike(fault, this)
  }

  #release(): void {
    this.#faults.close()
    if (this.#state.at === 'open') this.#state.conversation.close()
    if (this.#state.at === 'opening' || this.#state.at === 'connected') this.#state.alarm.cancel()
    this.#state = { at: 'closed' }
  }

  #take(message: ClientMessage): void {
    this.#messages++
    this.#note(message)
    this.#faults.passed('MESSAGE')
    if (this.#hasEnded()) return
    const { tokens } = this.#stage
    if (this.#pass.kind === 'token' && !tokens.isValid(this.#pass.token))
      throw new Refusal(1008, 'Ephemeral token expired.')
    if (this.#state.at === 'mute') return
    if (this.#state.at === 'open') this.#state.conversation.receive(message)
    else if (this.#state.at === 'opening' && this.#state.waiting.length < MOST_WAITING)
      this.#state.waiting.push(message)
    else if (this.#state.at === 'connected' && message.kind === 'setup') {
      this.#state.alarm.cancel()
      this.#setUp(message.setup)
    } else throw invalidArgument()
  }

  /** A method, because a fault may have ended the session between two lines. */
  #hasEnded(): boolean {
    return this.#state.at === 'closed'
  }

  #setUp(asked: Setup): void {
    this.#faults.passed('SETUP')
    if (this.#hasEnded()) return
    const { api, version } = this.#address
    const setup = this.#pass.kind === 'token' ? constrain(asked, this.#pass.token.lock) : asked
    const name = setup.model ?? ''
    const model = livingProfile(name, api)
    if (model === undefined) throw unknownModel(name, api, version)
    this.#record.summary.model = model.id
    const behaviour = this.#stage.adjust(behaviourOf(model, api), model)
    this.#behaviour = behaviour
    const refusal = refusalOf({ setup, model, api, version, behaviour })
    if (refusal !== undefined) {
      if (behaviour.refuses === 'close') throw refusal
      this.#state = { at: 'mute' }
      return
    }
    const saved = this.#recall(setup, model, behaviour)
    const open = () => this.#open(setup, model, behaviour, saved)
    if (behaviour.setupDelayMs === 0) open()
    else {
      const alarm = this.#stage.clock.after(behaviour.setupDelayMs, open)
      this.#state = { at: 'opening', alarm, waiting: [] }
    }
  }

  /** The session that a handle leads back to, or a new one. */
  #recall(setup: Setup, model: ModelProfile, behaviour: Behaviour): Saved {
    const handle = setup.sessionResumption?.handle ?? ''
    if (this.#pass.kind === 'token') this.#stage.tokens.spend(this.#pass.token, handle !== '')
    const instruction = textOf([setup.systemInstruction ?? {}])
    if (handle === '')
      return { memory: new Memory(instruction, this.#stage.lifeClock.now()), calls: new Calls() }
    const { memory, calls, isPoisoned } = this.#stage.handles.take(
      handle,
      model.id,
      behaviour.handleLifetimeMs,
    )
    if (isPoisoned)
      this.#stage.clock.after(POISON_MS, () => this.end(new Refusal(1011, 'Internal error encountered.')))
    if (!behaviour.resumeKeepsInstruction) memory.instruct(instruction)
    this.#record.event('resumed', { lines: memory.lines.length })
    return { memory, calls }
  }

  #open(setup: Setup, model: ModelProfile, behaviour: Behaviour, saved: Saved): void {
    const { api } = this.#address
    const waiting = this.#state.at === 'opening' ? this.#state.waiting : []
    const conversation = new Conversation({
      stage: this.#stage,
      playing: this.#playing,
      record: this.#record,
      setup,
      model,
      behaviour,
      api,
      saved,
      send: (message, pcm) => this.#send(message, pcm),
      end: refusal => this.end(refusal),
      passed: moment => {
        if (moment === 'TURN') this.#isSounding = false
        this.#faults.passed(moment)
      },
      giveHandle: () => this.#stage.handles.give(this, model.id, saved),
      consumed: () => this.#messages,
    })
    this.#state = { at: 'open', conversation }
    this.#send({ setupComplete: api === 'vertex' ? { sessionId: this.#record.summary.id } : {} })
    for (const message of waiting) if (!this.#hasEnded()) conversation.receive(message)
  }

  #send(message: ServerMessage, pcm?: Int16Array): void {
    if (this.#state.at === 'closed' || this.#isMute) return
    if (pcm !== undefined) this.#record.sound('out', pcm, SPEECH_RATE)
    // Sound with nothing beside it is most of what goes out, and is kept as sound.
    if (pcm !== undefined && Object.keys(message.serverContent ?? {}).length === 1)
      this.#record.audioMessage('out', pcm.byteLength)
    else this.#record.message('out', message)
    this.#line.send(message, this.#behaviour?.textFrames ?? false)
    const { toolCall, setupComplete, serverContent: { generationComplete, turnComplete } = {} } = message
    if (toolCall !== undefined) this.#lastCalls = toolCall.functionCalls
    if (setupComplete !== undefined) this.#faults.passed('OPEN')
    if (pcm !== undefined && !this.#isSounding) {
      this.#isSounding = true
      this.#faults.passed('SOUND')
    }
    if (toolCall !== undefined) this.#faults.passed('CALL')
    if (generationComplete === true) this.#faults.passed('DONE')
    if (turnComplete === true) this.#faults.passed('TURN_END')
  }

  #note(message: ClientMessage): void {
    const input = message.kind === 'realtimeInput' ? message.realtimeInput : {}
    const isBareAudio = input.audio !== undefined && Object.keys(input).length === 1
    if (isBareAudio) this.#record.audioMessage('in', input.audio?.data?.length ?? 0)
    else this.#record.message('in', shown(message))
  }
}

function shown(message: ClientMessage): unknown {
  if (message.kind === 'toolResponse')
    return { toolResponse: { functionResponses: message.functionResponses } }
  const { kind: _, ...member } = message
  return member
}
