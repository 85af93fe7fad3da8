import type { Alarm } from '../clock.ts'
import { asError } from '../errors.ts'
import { type Ms, SPEECH_RATE } from '../units.ts'
import { Conversation } from './conversation.ts'
import type { SessionRecord } from './journal/journal.ts'
import { noteFault, readFrame } from './journal/notes.ts'
import type { Line } from './line.ts'
import { Moments } from './moments.ts'
import { type Entry, type Origin, originOf, type Plan, planOf } from './opening.ts'
import type { Behaviour } from './profiles.ts'
import type { Coming } from './scenario/director.ts'
import { Faults, strike, type Victim } from './scenario/faults.ts'
import type { Fault } from './scenario/scenario.ts'
import type { Stage } from './stage.ts'
import type { ClientMessage } from './wire/client-message.ts'
import { invalidArgument, Refusal } from './wire/refusal.ts'
import type { FunctionCall, ServerMessage } from './wire/server-message.ts'
import type { Setup } from './wire/setup.ts'

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
  readonly #entry: Entry
  readonly #line: Line
  readonly #record: SessionRecord
  readonly #faults: Faults
  readonly #moments: Moments
  #state: State
  #behaviour: Behaviour | undefined
  #messages = 0
  #isMute = false
  #lastCalls: readonly FunctionCall[] = []

  constructor(stage: Stage, entry: Entry, line: Line, record: SessionRecord) {
    this.#stage = stage
    this.#entry = entry
    this.#line = line
    this.#record = record
    // Whoever says nothing is not kept.
    const late = stage.clock.after(SETUP_MS, () =>
      this.end(new Refusal(1011, 'Deadline expired before operation could complete.')),
    )
    this.#state = { at: 'connected', alarm: late }
    this.#faults = new Faults(stage.clock, entry.playing, this, fault => noteFault(fault, record))
    this.#moments = new Moments(moment => this.#faults.passed(moment))
  }

  /** How late a ping is answered. */
  get pongDelayMs(): Ms {
    return this.#behaviour?.pongDelayMs ?? 0
  }

  /** Takes one text or binary frame. Whatever it holds, the worst that happens is the end of this session. */
  receive(frame: Buffer): void {
    this.#guard(() => this.#take(readFrame(frame, this.#record)))
  }

  /** Does what a message asks for; what goes wrong in it ends the session. */
  #guard(act: () => void): void {
    if (this.#state.at === 'closed') return
    try {
      act()
    } catch (error) {
      if (!(error instanceof Refusal))
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
    this.#record.summary.closed ??= { code: 1006, reason: '', by: 'server' }
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

  forget(): void {
    this.#stage.handles.forget(this)
  }

  stall(ms: Ms): void {
    this.#line.stall(ms)
  }

  hold(ms: Ms): void {
    this.#line.hold(ms)
  }

  repeatCall(): void {
    if (this.#state.at !== 'open') return
    const functionCalls = this.#lastCalls.map(call => ({ ...call, id: `${call.id}-again` }))
    this.#send({ toolCall: { functionCalls } })
  }

  /** Does a fault by hand. */
  strike(fault: Fault): void {
    noteFault(fault, this.#record)
    strike(fault, this)
  }

  /** Has these faults come, as the client was let in with them. */
  suffer(coming: readonly Coming[]): void {
    this.#faults.come(coming)
  }

  #release(): void {
    this.#faults.close()
    if (this.#state.at === 'open') this.#state.conversation.close()
    if (this.#state.at === 'opening' || this.#state.at === 'connected') this.#state.alarm.cancel()
    this.#state = { at: 'closed' }
  }

  #take(message: ClientMessage): void {
    this.#messages++
    this.#faults.passed('MESSAGE')
    if (this.#hasEnded()) return
    const { pass } = this.#entry
    if (pass.kind === 'token' && !this.#stage.tokens.isValid(pass.token))
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
    const { refusal, ...plan } = planOf(asked, this.#entry, this.#stage)
    const { model, behaviour } = plan
    this.#record.summary.model = model.id
    this.#behaviour = behaviour
    if (refusal !== undefined) {
      if (behaviour.refuses === 'close') throw refusal
      this.#state = { at: 'mute' }
      return
    }
    const origin = originOf(plan, this.#entry.pass, this.#stage)
    if (origin.isResumed) this.#record.event('resumed', { lines: origin.saved.memory.lines.length })
    if (behaviour.setupDelayMs === 0) return this.#open(plan, origin)
    const open = () => this.#guard(() => this.#open(plan, origin))
    const alarm = this.#stage.clock.after(behaviour.setupDelayMs, open)
    this.#state = { at: 'opening', alarm, waiting: [] }
  }

  #open(plan: Plan, { saved, isPoisoned }: Origin): void {
    const { address, playing } = this.#entry
    const waiting = this.#state.at === 'opening' ? this.#state.waiting : []
    const conversation = new Conversation({
      ...plan,
      stage: this.#stage,
      playing,
      record: this.#record,
      api: address.api,
      saved,
      send: (message, pcm) => this.#send(message, pcm),
      end: refusal => this.end(refusal),
      began: moment => this.#moments.began(moment),
      giveHandle: () =>
        this.#stage.handles.give(this, plan.model.id, saved, this.#behaviour?.handleLifetimeMs),
      consumed: () => this.#messages,
    })
    this.#state = { at: 'open', conversation }
    if (isPoisoned)
      this.#stage.clock.after(POISON_MS, () => this.end(new Refusal(1011, 'Internal error encountered.')))
    this.#send({ setupComplete: address.api === 'vertex' ? { sessionId: this.#record.summary.id } : {} })
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
    if (message.toolCall !== undefined) this.#lastCalls = message.toolCall.functionCalls
    this.#moments.sent(message, pcm !== undefined)
  }
}
