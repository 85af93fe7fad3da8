import type { Alarm, Clock } from '../clock.ts'
import type { GeminiConfig } from '../config.ts'
import { asError, LiveError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Stats } from '../stats.ts'
import type { Ms } from '../units.ts'
import { LiveConnection } from './connection.ts'
import type { LiveEvent, ToolCall } from './events.ts'
import type { Letter, ResultManner } from './outbox/letter.ts'
import { type Happening, next, type Phase } from './phase.ts'
import type { Place } from './place.ts'
import { Recall } from './recall.ts'
import type { LiveSettings } from './settings.ts'
import { Uplink } from './uplink.ts'
import { Account, type Usage } from './usage.ts'
import { Watch } from './watch/watch.ts'

export type SupervisorOptions = {
  gemini: GeminiConfig
  settings: LiveSettings
  clock: Clock
  log: Log
  stats: Stats
  onEvent: (event: LiveEvent) => void
  /** A session is open (again). Unless `isResumed` it knows nothing but what the supervisor itself tells it. */
  onUp: (isResumed: boolean) => void
  /** The session is gone; `error` says why in words for people, and another try follows. */
  onDown: (error: LiveError) => void
  /** The model answered twice and nothing of it could be heard; `line` says so to people. */
  onUnheard?: (line: string) => void
  /** The conversation could be taken up from here by anybody who knows this. */
  onPlace?: (place: Place) => void
  /** A turn has been billed; `total` is what the conversation has used so far. */
  onUsage?: (total: Usage) => void
  /** Who is talking, by name, for what is remembered of the conversation. */
  speaker?: () => string
  /** Whether what is being said is for the model: else an empty turn is its good right. */
  isAnswerWanted?: () => boolean
  /** From 0 to 1, by which retries are spread; `Math.random` unless set. */
  random?: () => number
}

/** How often a session is looked after, ms. */
const LOOK_EVERY_MS: Ms = 500
/** Changed settings wait so long for a quiet moment, ms. */
const CHANGE_WITHIN_MS: Ms = 10_000
/** What a model that takes no context in mid-session is to learn with the next typed words; older things go first. */
const MOST_ASIDES = 10

const AGAIN = '[Nothing of your last answer could be heard. Please answer now.]'

/** One conversation with the model that outlives its connections. It performs what `next` and the watch decide and decides nothing itself. */
export class Supervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions
  readonly #uplink: Uplink
  readonly #watch = new Watch()
  readonly #recall = new Recall()
  readonly #account: Account
  #settings: LiveSettings
  #phase: Phase = { at: 'closed' }
  #connection: LiveConnection | undefined
  /** Functions that the service would not have declared. */
  readonly #refused = new Set<string>()
  /** The settings that the connection was opened with. */
  #inUse: LiveSettings | undefined
  #alarm: Alarm | undefined
  #look: Alarm | undefined
  #dials = 0
  #dialling: AbortController | undefined
  /** Resolves when the last connection that was left is gone. */
  #gone: Promise<void> = Promise.resolve()
  #asides: string[] = []
  /** What was written down of what is not part of a turn yet: on another connection it is heard again. */
  #heard: [who: string, words: string][] = []
  /** Calls that came on the present connection, and answers to others that were told to it in words. */
  #calls = new Set<string>()
  #told = new Set<string>()

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#settings = options.settings
    this.#uplink = new Uplink(options.clock, options.stats, letter => {
      if (letter.kind === 'text') this.#recall.add('Somebody typed', letter.text)
    })
    this.#account = new Account(options.settings.model)
  }

  get phase(): Phase {
    return this.#phase
  }

  /** What the conversation has used so far, over all connections. */
  get usage(): Usage {
    return this.#account.total
  }

  /** Where the conversation could be taken up by another process; undefined while it cannot be. */
  get place(): Place | undefined {
    const handle = 'handle' in this.#phase ? this.#phase.handle : undefined
    const lines = this.#recall.export()
    return handle === undefined && lines.length === 0
      ? undefined
      : { handle, model: this.#settings.model, lines }
  }

  /** Opens a session; one that takes the conversation up at `place`, where somebody else has left it. */
  start(place?: Place): void {
    if (this.#phase.at !== 'closed') return
    this.#recall.import(place?.lines ?? [])
    const handle = place?.model === this.#settings.model ? place.handle : undefined
    this.#enter({ at: 'opening', attempt: 0, deaths: 0, handle })
  }

  /** Sends 10 ms of 16 kHz mono PCM16. While no session is open the last 20 s wait for one. Reads `pcm` before it returns. */
  sendAudio(pcm: Int16Array): void {
    this.#post({ kind: 'audio', pcm })
  }

  /** The microphones are off. A session whose turns we mark knows no end of the stream. */
  endAudio(): void {
    if (this.#settings.turns === 'by itself') this.#post({ kind: 'pause' })
  }

  /** A person's turn begins or is complete; left out by sessions that find turns by themselves. */
  markTurn(change: 'begins' | 'ends'): void {
    if (this.#settings.turns !== 'by marks') return
    if (change === 'ends') this.#watch.asked()
    this.#post({ kind: change === 'begins' ? 'activityStart' : 'activityEnd' })
  }

  /** One picture; lost while no session is open, for another follows within a second. */
  sendPicture(jpeg: Uint8Array): void {
    this.#connection?.sendPicture(jpeg)
  }

  /** Typed words for the model to answer; false where too many wait for a session already. */
  sendText(text: string): boolean {
    const asides = this.#asides.splice(0)
    this.#watch.asked()
    return this.#post({ kind: 'text', text: [...asides, text].join('\n') })
  }

  /** Words for the model to know and not to answer; where the model takes none in mid-session, it learns them with the next typed words. */
  addContext(text: string): void {
    if (this.#settings.profile.context === 'clientContent') this.#post({ kind: 'context', text })
    else this.#asides = [...this.#asides, text].slice(-MOST_ASIDES)
  }

  /** The answer of a tool, once: a second one, or one that nobody waits for, is left out. */
  sendToolResult(call: ToolCall, response: Record<string, unknown>, how: ResultManner = {}): void {
    const isFor = this.#watch.calls.answered(call.id, how.willContinue !== true)
    if (isFor !== 'nobody') this.#post({ kind: 'result', call, response, how, inWords: isFor === 'orphaned' })
  }

  /**
   * Goes on with other settings, in a session that takes this one up at a quiet moment, within 10 s. Nothing that is said is lost.
   * Another model knows nothing of the conversation and is told its last lines.
   */
  change(changed: Partial<LiveSettings>): void {
    const settings = { ...this.#settings, ...changed }
    const isOther = settings.model !== this.#settings.model
    this.#settings = settings
    if (isOther) {
      this.#account.use(settings.model)
      this.#happen({ type: 'forget' })
    }
    if (this.#phase.at !== 'live' || this.#inUse === undefined) return
    const differing = differences(this.#inUse, settings)
    if (differing.length === 0) return
    if (this.#connection && this.#takesUpdate(differing)) {
      this.#connection.sendContextUpdate(this.#declarable(settings))
      this.#inUse = settings
    } else this.#happen({ type: 'goAway', withinMs: CHANGE_WITHIN_MS })
  }

  /** Instructions and tools can be changed in the session there is, on some models. */
  #takesUpdate(differing: readonly (keyof LiveSettings)[]): boolean {
    const { profile, on } = this.#settings
    const updatable: readonly string[] = ['instructions', 'language', 'functions', 'hosted']
    return profile.contextUpdate.includes(on) && differing.every(field => updatable.includes(field))
  }

  async close(): Promise<void> {
    this.#happen({ type: 'close' })
    await this.#gone
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #post(letter: Letter): boolean {
    return this.#phase.at === 'closed' ? false : this.#uplink.push(letter)
  }

  #happen(event: Happening): void {
    const before = this.#phase
    const after = next(before, event, this.#options.clock.now(), this.#options.random)
    if (after.at === before.at) this.#phase = after
    else this.#enter(after)
  }

  /** Performs a phase from its beginning. */
  #enter(phase: Phase): void {
    const { clock, log, stats } = this.#options
    this.#phase = phase
    this.#alarm?.cancel()
    switch (phase.at) {
      case 'opening':
        this.#disconnect()
        void this.#open(phase.handle)
        return
      case 'live':
        stats.add('live_sessions')
        this.#options.onUp(phase.handle !== undefined)
        // They may have been changed while this session was being opened.
        if (this.#inUse !== this.#settings) this.#happen({ type: 'goAway', withinMs: CHANGE_WITHIN_MS })
        return
      case 'leaving':
        log.info('live session is to be left', { withinMs: Math.round(phase.by - clock.now()) })
        this.#alarm = clock.after(Math.max(0, phase.by - clock.now()), () => this.#happen({ type: 'switch' }))
        return this.#leaveIfQuiet()
      case 'waiting':
        stats.add('live_losses')
        log.warn('live session lost', {
          error: phase.error,
          retryInMs: Math.round(phase.forMs),
          attempt: phase.attempt,
          isTakenUp: phase.handle !== undefined,
        })
        this.#disconnect()
        this.#alarm = clock.after(phase.forMs, () => this.#happen({ type: 'retry' }))
        return this.#options.onDown(phase.error)
      case 'closed':
        this.#dialling?.abort()
        return this.#disconnect()
    }
  }

  async #open(handle: string | undefined): Promise<void> {
    const dial = ++this.#dials
    const dialling = new AbortController()
    this.#dialling = dialling
    const isMine = () => this.#dials === dial && this.#phase.at === 'opening'
    const { gemini, clock } = this.#options
    // The old socket first: the service refuses a handle whose session still has one.
    await this.#gone
    if (!isMine()) return
    const settings = this.#settings
    const { isTold, asked, opening } = this.#introduction(settings, handle)
    // Before it opens: the first messages come with the word that it is open.
    if (!isTold) this.#recall.unsaved()
    this.#watch.opened(clock.now(), handle !== undefined)
    this.#calls.clear()
    this.#told.clear()
    try {
      const connection = await LiveConnection.open({
        gemini,
        settings: this.#declarable(asked),
        clock,
        handle,
        onEvent: event => {
          if (this.#dials === dial) this.#receive(event)
        },
        onSign: () => this.#watch.sign(clock.now()),
        signal: dialling.signal,
      })
      if (!isMine()) return void connection.close()
      this.#connection = connection
      this.#inUse = settings
      this.#happen({ type: 'opened' })
      // Unless it was left again at once.
      if (this.#connection !== connection) return
      this.#uplink.attach({
        connection,
        typed: settings.profile.typed,
        opening,
        address: letter => this.#address(letter, settings, handle !== undefined),
      })
      this.#lookAfter()
      const error = await connection.ended
      if (this.#connection === connection && error) this.#happen({ type: 'lost', error })
    } catch (thrown) {
      const error =
        thrown instanceof LiveError
          ? thrown
          : new LiveError('server', asError(thrown).message, { cause: thrown })
      if (!isMine()) return
      // One tool that the service will not have is left out; the conversation is not to suffer for it.
      if (error.tool !== undefined && !this.#refused.has(error.tool)) {
        this.#refused.add(error.tool)
        this.#options.stats.add('tools_refused')
        this.#options.log.error('a tool is left out', { error })
        return this.#open(handle)
      }
      this.#happen({ type: 'lost', error })
    }
  }

  #declarable(settings: LiveSettings): LiveSettings {
    return { ...settings, functions: settings.functions.filter(({ name }) => !this.#refused.has(name)) }
  }

  /** How a session learns what it does not know: a new one what the conversation was about, a resumed one what came after its handle. */
  #introduction(settings: LiveSettings, handle: string | undefined) {
    const isResumed = handle !== undefined
    const text = isResumed ? this.#recall.missing() : this.#recall.whole()
    if (text === undefined) return { isTold: isResumed, asked: settings, opening: undefined }
    if (settings.profile.context === 'clientContent')
      return { isTold: isResumed, asked: settings, opening: { kind: 'context', text } as const }
    const asked = isResumed ? settings : { ...settings, instructions: `${settings.instructions}\n\n${text}` }
    return { isTold: isResumed, asked, opening: undefined }
  }

  /**
   * What a letter becomes in this session; undefined where it has no place in it. A tool's answer may come after its connection: the
   * session knows the call if it was resumed and went on meanwhile.
   */
  #address(letter: Letter, settings: LiveSettings, isResumed: boolean): Letter | undefined {
    const { turns } = settings
    if (letter.kind === 'activityStart' || letter.kind === 'activityEnd')
      return turns === 'by marks' ? letter : undefined
    if (letter.kind === 'pause') return turns === 'by itself' ? letter : undefined
    if (letter.kind !== 'result' || this.#calls.has(letter.call.id)) return letter
    if (isResumed && !isAwaited(letter.call, settings) && letter.inWords !== true) return letter
    const { name, args } = letter.call
    const facts = JSON.stringify({ function: name, arguments: args, answer: letter.response })
    // A call that the model made twice by mistake has two answers.
    if (this.#told.has(facts)) return undefined
    this.#told.add(facts)
    const text = `[This is the answer to what you looked up before the connection broke. ${facts}]`
    if (letter.how.scheduling !== 'SILENT') return { kind: 'text', text }
    if (settings.profile.context === 'clientContent') return { kind: 'context', text }
    return void this.addContext(text)
  }

  #receive(event: LiveEvent): void {
    const { clock, stats } = this.#options
    const at = clock.now()
    const { outbox } = this.#uplink
    const wasOpen = outbox.isOpen
    let said = ''
    const wasInterrupted = this.#watch.isInterrupted(at)
    outbox.heardFrom(at)
    if (!this.#watch.received(event, at)) return stats.add('late_events_dropped')
    switch (event.type) {
      case 'handle':
        if (event.consumed !== undefined) outbox.consumedUntil(event.consumed)
        if (event.handle === undefined) return
        outbox.saved()
        this.#recall.saved()
        this.#happen({ type: 'handle', handle: event.handle })
        if (this.place) this.#options.onPlace?.(this.place)
        return this.#leaveIfQuiet()
      case 'goAway':
        return this.#happen({ type: 'goAway', withinMs: event.withinMs })
      case 'usage':
        this.#account.told(event.tokens)
        break
      case 'audio':
        outbox.answered(this.#watch.isHeard)
        break
      case 'call':
        for (const { id } of event.calls) this.#calls.add(id)
        if (!this.#watch.calls.isRepetition) outbox.answered()
        break
      case 'interrupted':
        outbox.interrupted()
        break
      case 'heard':
        outbox.writtenDown()
        this.#heard.push([this.#options.speaker?.() ?? 'Somebody', event.text])
        break
      case 'said':
        said = event.text
        break
      case 'turnComplete':
        outbox.turnEnded(wasInterrupted)
        break
    }
    if (!outbox.isOpen) for (const [who, words] of this.#heard.splice(0)) this.#recall.add(who, words)
    this.#recall.add('', said)
    const isNews = event.type === 'heard' || (wasOpen && !outbox.isOpen)
    if (isNews && (this.#options.isAnswerWanted?.() ?? true)) this.#watch.asked()
    this.#options.onEvent(event)
    if (event.type === 'turnComplete') this.#turnEnded(event.reason)
  }

  #turnEnded(reason: string | undefined): void {
    this.#spend()
    const outcome = this.#watch.turnEnded(reason)
    if (outcome !== 'fine') {
      this.#options.stats.add('turns_unheard')
      this.#options.log.warn('an answer could not be heard', { reason, misses: this.#watch.misses })
    }
    if (outcome === 'again') {
      this.#watch.asked()
      this.#post({ kind: 'text', text: AGAIN })
    }
    if (outcome === 'give up')
      this.#options.onUnheard?.(
        `I have no answer that can be heard${reason === undefined ? '' : ` (Gemini says ${reason})`}. Please ask in another way.`,
      )
    this.#leaveIfQuiet()
  }

  #spend(): void {
    const used = this.#account.turnEnded()
    if (used === undefined) return
    const { stats, log } = this.#options
    stats.add('live_input_tokens', used.inputTokens)
    stats.add('live_output_tokens', used.outputTokens)
    stats.add('live_cost_microdollars', Math.round(used.usd * 1e6))
    log.debug('turn billed', { ...used })
    this.#options.onUsage?.(this.usage)
  }

  /** A session that is to be left is left when nothing is going on in it, and what has gone on lies behind its handle. */
  #leaveIfQuiet(): void {
    if (this.#phase.at !== 'leaving') return
    if (this.#watch.isBusy(this.#options.clock.now()) || this.#watch.isStale || this.#uplink.outbox.isOpen)
      return
    this.#happen({ type: 'switch' })
  }

  #lookAfter(): void {
    this.#look?.cancel()
    this.#look = this.#options.clock.after(LOOK_EVERY_MS, () => {
      if (this.#connection === undefined) return
      this.#lookAfter()
      this.#lookAt(this.#options.clock.now())
    })
  }

  #lookAt(at: Ms): void {
    const unansweredMs = Math.max(this.#uplink.outbox.unansweredMs(at), this.#uplink.blockedMs(at))
    for (const alert of this.#watch.step(at, unansweredMs)) {
      if (alert.do === 'ping') this.#connection?.ping()
      else if (alert.do === 'answer') {
        // A call that the model does not wait for may take its time: its tool has a deadline of its own.
        if (!isAwaited(alert.call, this.#settings)) continue
        this.#options.stats.add('calls_unanswered')
        this.#options.log.error('no tool has answered a call', { tool: alert.call.name })
        this.sendToolResult(alert.call, { error: `${alert.call.name} did not answer in time` })
      } else {
        this.#options.stats.add('live_sessions_mute')
        const error = new LiveError('timeout', `The Live API has gone silent: ${alert.because}.`)
        return this.#happen({ type: 'lost', error })
      }
    }
    this.#leaveIfQuiet()
  }

  #disconnect(): void {
    const connection = this.#connection
    this.#connection = undefined
    this.#look?.cancel()
    this.#uplink.detach()
    this.#heard = []
    if (!connection) return
    this.#spend()
    this.#options.stats.add('pictures_dropped', connection.droppedPictures)
    this.#gone = connection.close()
  }
}

/** Whether the model is silent until this call is answered. */
function isAwaited({ name }: ToolCall, { functions, profile }: LiveSettings): boolean {
  const declared = functions.find(one => one.name === name)?.behavior
  return (declared ?? profile.toolBehaviours[0]) === 'BLOCKING'
}

/** The fields in which a session would be another. What was wished for, and the first words, are not part of it. */
function differences(now: LiveSettings, then: LiveSettings): (keyof LiveSettings)[] {
  const fields = Object.keys(then) as (keyof LiveSettings)[]
  return fields.filter(
    field =>
      field !== 'wish' && field !== 'greeting' && JSON.stringify(now[field]) !== JSON.stringify(then[field]),
  )
}
