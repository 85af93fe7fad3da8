import type { Clock } from './clock.ts'
import type { ToolAnswer } from './live/declaration.ts'
import type { ToolCall } from './live/events.ts'
import type { LiveSettings } from './live/settings.ts'
import { fillIn } from './live/words.ts'
import type { Log } from './log.ts'
import type { Stats } from './stats.ts'
import { builtinTools, type Surroundings } from './tools/builtin.ts'
import { Registry } from './tools/registry.ts'
import { type CallNews, Runner } from './tools/runner.ts'
import type { ToolContext } from './tools/tool.ts'
import type { Toolbox } from './tools/toolbox.ts'
import type { Ms } from './units.ts'

/** How long the agent takes to go: what it says last is still to come, and not for ever. */
const GOODBYE_MS: Ms = 1_500
const LONGEST_GOODBYE_MS: Ms = 20_000

export type HandsOptions = {
  clock: Clock
  log: Log
  stats: Stats
  live: LiveSettings
  toolbox: Toolbox
  context: Omit<ToolContext, 'signal'>
  around: Omit<Surroundings, 'people'> & { isSpeaking(): boolean }
  /** To the model. */
  answer(call: ToolCall, answer: ToolAnswer): void
  show(news: CallNews): void
}

/** What the model may do in this room besides talking. */
export class Hands {
  /** What the session is opened with: the room's own names in its words, and every tool declared. */
  readonly settings: LiveSettings
  readonly names: readonly string[]
  readonly #runner: Runner
  readonly #options: HandsOptions

  constructor(options: HandsOptions) {
    const { live, toolbox, context, around } = options
    this.#options = options
    const builtin = builtinTools(
      {
        people: () => context.people().map(({ name }) => name),
        speakers: () => around.speakers(),
        hush: () => around.hush(),
        leave: () => this.#leave(options.clock.now()),
      },
      toolbox.tools,
    )
    const registry = new Registry([...toolbox.tools, ...builtin])
    this.names = registry.names
    this.settings = {
      ...live,
      instructions: this.inWords(live.instructions),
      functions: registry.declarations(live.profile),
    }
    this.#runner = new Runner({
      ...options,
      registry,
      profile: () => this.settings.profile,
      answer: (call, answer) => options.answer(call, answer),
      show: news => options.show(news),
    })
  }

  /** What the model is asked to say first, if anything. */
  get greeting(): string | undefined {
    const { greeting } = this.settings
    return greeting === undefined ? undefined : this.inWords(greeting)
  }

  /** `words` with the room's name and its people filled in. */
  inWords(words: string): string {
    const { room, people } = this.#options.context
    return fillIn(words, { room, people: people().map(({ name }) => name) })
  }

  call(calls: readonly ToolCall[]): void {
    this.#runner.call(calls)
  }

  cancel(ids: readonly string[]): void {
    this.#runner.cancel(ids)
  }

  close(): Promise<void> {
    return this.#runner.close()
  }

  /** Goes as soon as the agent has been silent for a moment. */
  #leave(since: Ms): void {
    const { clock, around } = this.#options
    clock.after(GOODBYE_MS, () => {
      if (around.isSpeaking() && clock.now() - since < LONGEST_GOODBYE_MS) this.#leave(since)
      else around.leave()
    })
  }
}
