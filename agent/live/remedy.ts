import { LiveError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Stats } from '../stats.ts'
import type { Ms } from '../units.ts'
import { isAwaited } from './address.ts'
import type { Post } from './post.ts'
import type { LiveSettings } from './settings.ts'
import type { Alert, Watch } from './watch/watch.ts'

const AGAIN = '[Nothing of your last answer could be heard. Please answer now.]'

export type RemedyOptions = {
  watch: Watch
  post: Post
  log: Log
  stats: Stats
  settings: () => LiveSettings
  /** Asks the peer for a sign of life. */
  ping: () => void
  /** The session is to be left. */
  lost: (error: LiveError) => void
  /** The model answered twice and nothing of it could be heard; `line` says so to people. */
  onUnheard: (line: string) => void
}

/** What is done about a session that may have gone wrong. The watch finds it out; nothing is decided here. */
export class Remedy {
  readonly #options: RemedyOptions

  constructor(options: RemedyOptions) {
    this.#options = options
  }

  /** A turn is over: one that came to nothing is asked for once more, then people are told. */
  turnEnded(reason: string | undefined): void {
    const { watch, post, log, stats, onUnheard } = this.#options
    const outcome = watch.turnEnded(reason)
    if (outcome !== 'fine') {
      stats.add('turns_unheard')
      log.warn('an answer could not be heard', { reason, misses: watch.misses })
    }
    if (outcome === 'again') post.prompt(AGAIN)
    if (outcome === 'give up')
      onUnheard(
        `I have no answer that can be heard${reason === undefined ? '' : ` (Gemini says ${reason})`}. Please ask in another way.`,
      )
  }

  /**
   * Does what the watch asks for; false where the session was left.
   * @param unansweredMs for how long what was said whole has met no message
   */
  look(at: Ms, unansweredMs: Ms): boolean {
    return this.#options.watch.step(at, unansweredMs).every(alert => this.#heed(alert))
  }

  #heed(alert: Alert): boolean {
    const { post, log, stats, settings, ping, lost } = this.#options
    if (alert.do === 'ping') ping()
    // A call that the model does not wait for may take its time: its tool has a deadline of its own.
    else if (alert.do === 'answer' && isAwaited(alert.call, settings())) {
      stats.add('calls_unanswered')
      log.error('no tool has answered a call', { tool: alert.call.name })
      post.result(alert.call, { error: `${alert.call.name} did not answer in time` }, {})
    } else if (alert.do === 'leave') {
      stats.add('live_sessions_mute')
      lost(new LiveError('timeout', `The Live API has gone silent: ${alert.because}.`))
      return false
    }
    return true
  }
}
