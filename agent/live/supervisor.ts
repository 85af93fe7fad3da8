import type { Alarm, Clock } from '../clock.ts'
import type { GeminiConfig } from '../config.ts'
import type { LiveError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Stats } from '../stats.ts'
import type { Ms } from '../units.ts'
import { Bill } from './bill.ts'
import type { LiveEvent, ToolCall } from './events.ts'
import { Intake } from './intake.ts'
import { Link } from './link.ts'
import type { ResultManner } from './outbox/letter.ts'
import { type Happening, next, type Phase } from './phase.ts'
import type { Place } from './place.ts'
import { Post } from './post.ts'
import { Recall } from './recall.ts'
import { Remedy } from './remedy.ts'
import { Session } from './session.ts'
import type { LiveSettings } from './settings.ts'
import { Uplink } from './uplink.ts'
import type { Usage } from './usage.ts'
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

/** Changed settings wait so long for a quiet moment, ms. */
const CHANGE_WITHIN_MS: Ms = 10_000

/** One conversation with the model that outlives its connections. It performs what `next` and the watch decide and decides nothing itself. */
export class Supervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions
  readonly #link: Link
  readonly #uplink: Uplink
  readonly #watch = new Watch()
  readonly #recall = new Recall()
  readonly #intake: Intake
  readonly #bill: Bill
  readonly #post: Post
  readonly #remedy: Remedy
  readonly #session: Session
  #settings: LiveSettings
  #phase: Phase = { at: 'closed' }
  #alarm: Alarm | undefined

  constructor(options: SupervisorOptions) {
    const { gemini, settings, clock, log, stats } = options
    this.#options = options
    this.#settings = settings
    this.#uplink = new Uplink(clock, stats, letter => {
      if (letter.kind === 'text') this.#recall.add('Somebody typed', letter.text)
    })
    this.#intake = new Intake({
      watch: this.#watch,
      outbox: this.#uplink.outbox,
      recall: this.#recall,
      speaker: options.speaker ?? (() => 'Somebody'),
      isAnswerWanted: options.isAnswerWanted ?? (() => true),
    })
    this.#post = new Post({
      uplink: this.#uplink,
      watch: this.#watch,
      settings: () => this.#settings,
      isClosed: () => this.#phase.at === 'closed',
    })
    this.#remedy = new Remedy({
      watch: this.#watch,
      post: this.#post,
      log,
      stats,
      settings: () => this.#settings,
      ping: () => this.#link.connection?.ping(),
      lost: error => this.#happen({ type: 'lost', error }),
      onUnheard: line => options.onUnheard?.(line),
    })
    this.#bill = new Bill(settings.model, log, stats, total => options.onUsage?.(total))
    this.#link = new Link({
      gemini,
      clock,
      onEvent: event => this.#receive(event),
      onSign: () => this.#watch.sign(clock.now()),
      onLook: () => this.#look(clock.now()),
      onToolRefused: error => {
        stats.add('tools_refused')
        log.error('a tool is left out', { error })
      },
    })
    this.#session = new Session({
      link: this.#link,
      uplink: this.#uplink,
      watch: this.#watch,
      recall: this.#recall,
      clock,
      stats,
      settings: () => this.#settings,
      learn: text => this.addContext(text),
      onOpened: () => this.#happen({ type: 'opened' }),
      onLost: error => this.#happen({ type: 'lost', error }),
    })
  }

  get phase(): Phase {
    return this.#phase
  }

  /** What the conversation has used so far, over all connections. */
  get usage(): Usage {
    return this.#bill.total
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
    this.#post.audio(pcm)
  }

  /** The microphones are off. */
  endAudio(): void {
    this.#post.pause()
  }

  /** A person's turn begins or is complete; left out by sessions that find turns by themselves. */
  markTurn(change: 'begins' | 'ends'): void {
    this.#post.mark(change)
  }

  /** One picture; lost while no session is open, for another follows within a second. */
  sendPicture(jpeg: Uint8Array): void {
    this.#link.connection?.sendPicture(jpeg)
  }

  /** Typed words for the model to answer; false where too many wait for a session already. */
  sendText(text: string): boolean {
    return this.#post.text(text)
  }

  /** Words for the model to know and not to answer; where the model takes none in mid-session, it learns them with the next typed words. */
  addContext(text: string): void {
    this.#post.context(text)
  }

  /** The answer of a tool, once: a second one, or one that nobody waits for, is left out. */
  sendToolResult(call: ToolCall, response: Record<string, unknown>, how: ResultManner = {}): void {
    this.#post.result(call, response, how)
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
      this.#bill.use(settings.model)
      this.#happen({ type: 'forget' })
    }
    if (this.#phase.at === 'live' && !this.#session.takesChange())
      this.#happen({ type: 'goAway', withinMs: CHANGE_WITHIN_MS })
  }

  async close(): Promise<void> {
    this.#happen({ type: 'close' })
    await this.#link.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
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
        void this.#session.open(phase.handle)
        return
      case 'live':
        stats.add('live_sessions')
        this.#options.onUp(phase.handle !== undefined)
        // They may have been changed while this session was being opened.
        if (!this.#session.isAsWanted) this.#happen({ type: 'goAway', withinMs: CHANGE_WITHIN_MS })
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
        return this.#disconnect()
    }
  }

  #receive(event: LiveEvent): void {
    if (!this.#intake.receive(event, this.#options.clock.now()))
      return this.#options.stats.add('late_events_dropped')
    switch (event.type) {
      case 'handle':
        if (event.handle === undefined) return
        this.#happen({ type: 'handle', handle: event.handle })
        if (this.place) this.#options.onPlace?.(this.place)
        return this.#leaveIfQuiet()
      case 'goAway':
        return this.#happen({ type: 'goAway', withinMs: event.withinMs })
      case 'usage':
        this.#bill.told(event.tokens)
        break
      case 'call':
        this.#session.called(event.calls)
        break
    }
    this.#options.onEvent(event)
    if (event.type !== 'turnComplete') return
    this.#bill.turnEnded()
    this.#remedy.turnEnded(event.reason)
    this.#leaveIfQuiet()
  }

  /** A session that is to be left is left when nothing is going on in it, and what has gone on lies behind its handle. */
  #leaveIfQuiet(): void {
    if (this.#phase.at !== 'leaving') return
    if (this.#watch.isBusy(this.#options.clock.now()) || this.#watch.isStale || this.#uplink.outbox.isOpen)
      return
    this.#happen({ type: 'switch' })
  }

  #look(at: Ms): void {
    const unansweredMs = Math.max(this.#uplink.outbox.unansweredMs(at), this.#uplink.blockedMs(at))
    if (this.#remedy.look(at, unansweredMs)) this.#leaveIfQuiet()
  }

  #disconnect(): void {
    if (this.#session.leave()) this.#bill.turnEnded()
  }
}
