import { handsFor, soloSettings } from '../ask/hands.ts'
import { Playout } from '../audio/playout.ts'
import type { Clock } from '../clock.ts'
import type { GeminiConfig } from '../config.ts'
import type { LiveError } from '../errors.ts'
import type { LiveEvent } from '../live/events.ts'
import { isPassing } from '../live/refusal.ts'
import type { LiveSettings } from '../live/settings.ts'
import { Supervisor } from '../live/supervisor.ts'
import type { Log } from '../log.ts'
import { Stats } from '../stats.ts'
import type { Runner } from '../tools/runner.ts'
import type { Toolbox } from '../tools/toolbox.ts'
import type { Script } from './script.ts'
import type { SoundError } from './sound-error.ts'
import type { Speaker } from './speaker.ts'

export type TalkOptions = {
  gemini: GeminiConfig
  settings: LiveSettings
  clock: Clock
  log: Log
  toolbox: Toolbox
  speaker: Speaker
  script: Script
  /** Gets all of the voice, also what was not heard. */
  record: (pcm: Int16Array) => void
}

/** One person and the model by voice, in one session that outlives its connections. Typed lines are answered too. */
export class Talk implements AsyncDisposable {
  /** Resolves when it cannot go on, with why; never rejects. */
  readonly failed: Promise<LiveError | SoundError>
  readonly #options: TalkOptions
  readonly #live: Supervisor
  readonly #hands: Runner
  readonly #playout: Playout
  readonly #failed = Promise.withResolvers<LiveError | SoundError>()

  constructor(options: TalkOptions) {
    this.#options = options
    const { gemini, settings, clock, log, toolbox, speaker, script } = options
    const stats = new Stats()
    this.failed = this.#failed.promise
    this.#playout = new Playout(speaker, { began: () => {}, ended: () => {} })
    this.#hands = handsFor({
      toolbox,
      settings,
      clock,
      log,
      stats,
      answer: (call, { response, ...how }) => this.#live.sendToolResult(call, response, how),
      show: news => script.tool(news),
    })
    this.#live = new Supervisor({
      gemini,
      settings: soloSettings(settings, toolbox),
      clock,
      log,
      stats,
      onEvent: event => this.#act(event),
      onUp: () => script.up(),
      onDown: error => {
        script.down(error)
        // What only another setting can mend is not tried again while somebody waits.
        if (!isPassing(error.kind)) this.#failed.resolve(error)
      },
    })
    void speaker.ended.then(error => error && this.#failed.resolve(error))
  }

  start(): void {
    this.#live.start()
  }

  /** 16 kHz mono PCM16 of the person's voice, as it comes. */
  hear(pcm: Int16Array): void {
    this.#live.sendAudio(pcm)
  }

  /** A typed line; it ends the answer under way. */
  type(line: string): void {
    this.#playout.flush()
    this.#live.sendText(line)
  }

  async close(): Promise<void> {
    this.#playout.flush()
    await this.#hands.close()
    await this.#live.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #act(event: LiveEvent): void {
    const { script, record } = this.#options
    if (event.type === 'audio') {
      record(event.pcm)
      this.#playout.push(event.pcm)
    } else if (event.type === 'interrupted') this.#playout.flush()
    else if (event.type === 'call') this.#hands.call(event.calls)
    else if (event.type === 'cancel') this.#hands.cancel(event.ids)
    script.event(event)
  }
}
