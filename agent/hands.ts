import type { Clock } from './clock.ts'
import { RequestError } from './errors.ts'
import type { Tunable } from './job.ts'
import type { ToolAnswer } from './live/declaration.ts'
import type { ToolCall } from './live/events.ts'
import type { LiveSettings } from './live/settings.ts'
import { Tuning } from './live/tuning.ts'
import type { WishField } from './live/wish.ts'
import type { Log } from './log.ts'
import { type Caller, type GuestTool, GuestTools } from './room/guest-tools.ts'
import type { Person } from './room/people.ts'
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
  /** What the instructions end with, whatever else they are. */
  briefed(settings: LiveSettings): LiveSettings
  toolbox: Toolbox
  /** By which people's pages are called; undefined: they may bring no tools. */
  pages: Caller | undefined
  /** What of the settings people may change. */
  peopleMaySet: readonly WishField[]
  context: Omit<ToolContext, 'signal'>
  around: Omit<Surroundings, 'people'> & { isSpeaking(): boolean }
  /** To the model. */
  answer(call: ToolCall, answer: ToolAnswer): void
  show(news: CallNews): void
  /** The session is to go on with other settings or tools. */
  changed(settings: LiveSettings): void
}

/** What the model may do in this room besides talking, and what it is asked to be: both may change while it talks. */
export class Hands {
  readonly #registry: Registry
  readonly #runner: Runner
  readonly #tuning: Tuning
  readonly #guestTools: GuestTools | undefined
  readonly #options: HandsOptions

  constructor(options: HandsOptions) {
    const { clock, live, toolbox, context, around, pages } = options
    this.#options = options
    const { tools: wanted } = live.wish
    const tools = toolbox.tools.filter(({ name }) => wanted?.includes(name) ?? true)
    const builtin = builtinTools(
      {
        people: () => context.people().map(({ name }) => name),
        speakers: () => around.speakers(),
        hush: () => around.hush(),
        leave: () => this.#leave(clock.now()),
      },
      tools,
    )
    this.#registry = new Registry([...tools, ...builtin])
    this.#tuning = new Tuning(
      live,
      () => ({ room: context.room, people: context.people().map(({ name }) => name) }),
      profile => this.#registry.declarations(profile),
    )
    this.#runner = new Runner({
      ...options,
      registry: this.#registry,
      profile: () => this.#tuning.profile,
      answer: (call, answer) => options.answer(call, answer),
      show: news => options.show(news),
    })
    this.#guestTools =
      pages && new GuestTools(this.#registry, pages, clock, () => options.changed(this.settings))
  }

  /** What a session is opened with now: the room's own names in its words, and every tool declared. */
  get settings(): LiveSettings {
    return this.#options.briefed(this.#tuning.settings)
  }

  get names(): readonly string[] {
    return this.#registry.names
  }

  /** What the model is asked to say first, if anything. */
  get greeting(): string | undefined {
    return this.#tuning.settings.greeting
  }

  /** The settings, for the operator, who may change them all. */
  get tunable(): Tunable {
    return {
      read: () => this.#tuning.read(),
      change: changes => {
        this.#change('the operator', changes)
        return this.#tuning.read()
      },
    }
  }

  /** What people may ask for. */
  get controls() {
    const { peopleMaySet, log } = this.#options
    return {
      settings: ({ identity }: Person, changes: Readonly<Record<string, unknown>>): object => {
        if (Object.keys(changes).length > 0) this.#change(identity, changes, peopleMaySet)
        return this.#tuning.read(peopleMaySet)
      },
      tools: (person: Person, tools: readonly GuestTool[]): object => {
        if (this.#guestTools === undefined)
          throw new RequestError('not now', 'This agent takes no tools of pages.')
        log.info('tools of a page', { by: person.identity, count: tools.length })
        return this.#guestTools.declare(person, tools)
      },
    }
  }

  /** Somebody has left the room, and their page with them. */
  left(identity: string): void {
    this.#guestTools?.left(identity)
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

  #change(by: string, changes: Readonly<Record<string, unknown>>, may?: readonly WishField[]): void {
    const { log, changed } = this.#options
    this.#tuning.change(changes, may)
    log.info('settings changed', { by, fields: Object.keys(changes) })
    changed(this.settings)
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
