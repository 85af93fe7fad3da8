import type { Alarm, Clock } from '../clock.ts'
import type { GeminiConfig } from '../config.ts'
import { asError, LiveError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Stats } from '../stats.ts'
import type { Ms } from '../units.ts'
import { LiveConnection } from './connection.ts'
import type { LiveEvent, ToolCall } from './events.ts'
import { type Happening, next, type Phase } from './phase.ts'
import type { LiveSettings } from './settings.ts'

export type SupervisorOptions = {
  gemini: GeminiConfig
  settings: LiveSettings
  clock: Clock
  log: Log
  stats: Stats
  onEvent: (event: LiveEvent) => void
  /** A session is open (again). */
  onUp: () => void
  /** The session is gone; `error` says why in words for people, and another try follows. */
  onDown: (error: LiveError) => void
}

/** How many typed lines wait for a session; the oldest are dropped beyond it. */
const MOST_LINES = 20
/** A change of settings waits this long for the answer under way, ms. */
const CHANGE_WITHIN_MS: Ms = 5_000

/** One conversation with the model that outlives its connections. It performs what `next` decides and decides nothing itself. */
export class Supervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions
  #phase: Phase = { at: 'closed' }
  #connection: LiveConnection | undefined
  #alarm: Alarm | undefined
  #isAnswering = false
  #settings: LiveSettings
  /** What the session under way was opened with. */
  #opened: LiveSettings | undefined
  /** Typed lines that came while no session was open, in order. */
  readonly #lines: string[] = []

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#settings = options.settings
  }

  get phase(): Phase {
    return this.#phase
  }

  start(): void {
    if (this.#phase.at === 'closed') this.#enter({ at: 'opening', attempt: 0, handle: undefined })
  }

  /** Sends 10 ms of 16 kHz mono PCM16; lost and counted while no session is open. */
  sendAudio(pcm: Int16Array): void {
    if (this.#connection) this.#connection.sendAudio(pcm)
    else this.#options.stats.add('audio_frames_unsent')
  }

  endAudio(): void {
    this.#connection?.endAudio()
  }

  /** A person's turn begins or is complete. Left out while the session is not one that takes marks. */
  markTurn(change: 'begins' | 'ends'): void {
    if (this.#opened?.turns === 'by marks') this.#connection?.markTurn(change)
  }

  /** Goes on in a session with other settings, once the answer under way has ended; the conversation is taken along. */
  change(settings: Partial<LiveSettings>): void {
    this.#settings = { ...this.#settings, ...settings }
    this.#happen({ type: 'goAway', withinMs: CHANGE_WITHIN_MS })
  }

  sendPicture(jpeg: Uint8Array): void {
    this.#connection?.sendPicture(jpeg)
  }

  /** Typed words for the model; while no session is open they wait for one. */
  sendText(text: string): void {
    if (this.#connection) this.#connection.sendText(text, this.#settings.profile.typed)
    else if (this.#lines.push(text) > MOST_LINES) this.#lines.shift()
  }

  sendToolResult(call: ToolCall, response: Record<string, unknown>): void {
    this.#connection?.sendToolResult(call, response)
  }

  async close(): Promise<void> {
    this.#happen({ type: 'close' })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #happen(event: Happening): void {
    const { clock } = this.#options
    const before = this.#phase
    const after = next(before, event, clock.now())
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
        // The old socket first: the service refuses a handle whose session still has one.
        this.#disconnect()
        void this.#open(phase.handle)
        return
      case 'live':
        stats.add('live_sessions')
        for (const line of this.#lines.splice(0)) this.sendText(line)
        return this.#options.onUp()
      case 'leaving':
        log.info('live session is asked to leave', { inMs: Math.round(phase.by - clock.now()) })
        if (!this.#isAnswering) return this.#happen({ type: 'switch' })
        this.#alarm = clock.after(Math.max(0, phase.by - clock.now()), () => this.#happen({ type: 'switch' }))
        return
      case 'waiting':
        stats.add('live_losses')
        log.warn('live session lost', {
          error: phase.error,
          retryInMs: Math.round(phase.forMs),
          attempt: phase.attempt,
        })
        this.#disconnect()
        this.#alarm = clock.after(phase.forMs, () => this.#happen({ type: 'retry' }))
        return this.#options.onDown(phase.error)
      case 'closed':
        return this.#disconnect()
    }
  }

  async #open(handle: string | undefined): Promise<void> {
    const { gemini, clock } = this.#options
    const settings = this.#settings
    const mine = this.#phase
    try {
      const connection = await LiveConnection.open({
        gemini,
        settings,
        clock,
        handle,
        onEvent: event => this.#receive(event),
      })
      if (this.#phase.at !== 'opening') return connection.close()
      this.#connection = connection
      this.#opened = settings
      this.#happen({ type: 'opened' })
      if (settings !== this.#settings) this.change({})
      const error = await connection.ended
      if (this.#connection === connection && error) {
        this.#connection = undefined
        this.#happen({ type: 'lost', error })
      }
    } catch (thrown) {
      const error =
        thrown instanceof LiveError
          ? thrown
          : new LiveError('server', asError(thrown).message, { cause: thrown })
      if (this.#phase === mine || this.#phase.at === 'opening') this.#happen({ type: 'lost', error })
    }
  }

  #receive(event: LiveEvent): void {
    if (event.type === 'handle') return this.#happen({ type: 'handle', handle: event.handle })
    if (event.type === 'goAway') return this.#happen({ type: 'goAway', withinMs: event.withinMs })
    if (event.type === 'audio') this.#isAnswering = true
    this.#options.onEvent(event)
    if (event.type === 'turnComplete') {
      this.#isAnswering = false
      if (this.#phase.at === 'leaving') this.#happen({ type: 'switch' })
    }
  }

  #disconnect(): void {
    const connection = this.#connection
    this.#connection = undefined
    this.#isAnswering = false
    if (!connection) return
    const { pictures, audio } = connection.dropped
    this.#options.stats.add('pictures_dropped', pictures)
    this.#options.stats.add('audio_frames_dropped', audio)
    connection.close()
  }
}
