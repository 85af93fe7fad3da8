import type { ToolCall } from './events.ts'
import type { Letter, ResultManner } from './outbox/letter.ts'
import type { LiveSettings } from './settings.ts'
import type { Uplink } from './uplink.ts'
import type { Watch } from './watch/watch.ts'

/** What a model that takes no context in mid-session is to learn with the next typed words; older things go first. */
const MOST_ASIDES = 10

export type PostOptions = {
  uplink: Uplink
  watch: Watch
  /** Those of the session there is, or that is wanted. */
  settings: () => LiveSettings
  /** The conversation is over, or has not begun: nothing is taken. */
  isClosed: () => boolean
}

/** Everything that is said, typed, marked or looked up for the model becomes a letter here, or none where its session takes none. */
export class Post {
  readonly #options: PostOptions
  #asides: string[] = []

  constructor(options: PostOptions) {
    this.#options = options
  }

  /** 10 ms of 16 kHz mono PCM16. */
  audio(pcm: Int16Array): void {
    this.#post({ kind: 'audio', pcm })
  }

  /** The microphones are off. A session whose turns we mark knows no end of the stream. */
  pause(): void {
    if (this.#options.settings().turns === 'by itself') this.#post({ kind: 'pause' })
  }

  /** A turn begins or is complete, for a session that does not find turns by itself. */
  mark(change: 'begins' | 'ends'): void {
    if (this.#options.settings().turns !== 'by marks') return
    if (change === 'ends') this.#options.watch.asked()
    this.#post({ kind: change === 'begins' ? 'activityStart' : 'activityEnd' })
  }

  /** Words to be answered; false where too many wait already. */
  text(text: string): boolean {
    return this.prompt([...this.#asides.splice(0), text].join('\n'))
  }

  /** Words of our own to be answered, as they are. */
  prompt(text: string): boolean {
    this.#options.watch.asked()
    return this.#post({ kind: 'text', text })
  }

  /** Words to be known: now, or with the next that are to be answered. */
  context(text: string): void {
    if (this.#options.settings().profile.context === 'clientContent') this.#post({ kind: 'context', text })
    else this.#asides = [...this.#asides, text].slice(-MOST_ASIDES)
  }

  /** The answer of a tool; none where nobody waits for it. */
  result(call: ToolCall, response: Record<string, unknown>, how: ResultManner): void {
    const isFor = this.#options.watch.calls.answered(call.id, how.willContinue !== true)
    if (isFor !== 'nobody') this.#post({ kind: 'result', call, response, how, inWords: isFor === 'orphaned' })
  }

  #post(letter: Letter): boolean {
    return this.#options.isClosed() ? false : this.#options.uplink.push(letter)
  }
}
