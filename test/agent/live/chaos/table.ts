import { levelOf } from '../../../../agent/audio/pcm.ts'
import { type Clock, sleep } from '../../../../agent/clock.ts'
import type { LiveEvent } from '../../../../agent/live/events.ts'
import { readLiveSettings } from '../../../../agent/live/settings.ts'
import { Supervisor } from '../../../../agent/live/supervisor.ts'
import { Log } from '../../../../agent/log.ts'
import type { Fault } from '../../../../agent/rehearsal/scenario/scenario.ts'
import { seeded } from '../../../../agent/rehearsal/turns/pacing.ts'
import { Settings } from '../../../../agent/settings.ts'
import { Stats } from '../../../../agent/stats.ts'
import { Registry } from '../../../../agent/tools/registry.ts'
import { Runner } from '../../../../agent/tools/runner.ts'
import { readyTool, type Tool } from '../../../../agent/tools/tool.ts'
import { HEARING_RATE, type Ms } from '../../../../agent/units.ts'
import { type Gate, type Manner, startGate } from './gate.ts'
import { Listener, type Spoil } from './listener.ts'
import { Watch } from './time.ts'
import { GAP_MS, speakInto, WORD_MS } from './words.ts'

export const STEP_MS: Ms = 20

/** Something that is said, typed or done at its time, ms since the beginning. */
export type Deed = { at: Ms } & (
  | { word: number }
  | { line: string }
  | { fault: Fault }
  /** For so long nobody comes through: they are torn down, or met in another way. */
  | { outageMs: Ms; manner?: Manner }
  /** So many of the next answers are spoiled; one unless set. */
  | { spoil: Spoil; times?: number }
  /** The next function call comes again so much later, under another id. */
  | { repeatAfterMs: Ms }
)

/** Of full scale: what is quieter people cannot hear, dBFS. */
const AUDIBLE_DB = -55
const LOOK_UP_MS: Ms = 700
/** So much sound waits for a session, and no more: of an outage beyond that the oldest is lost, by a stated bound, and counted. */
const KEPT_MS: Ms = 20_000

/** Some people at a table with one agent, and what becomes of what they say. */
export class Table implements AsyncDisposable {
  readonly name: string
  readonly stats = new Stats()
  readonly supervisor: Supervisor
  readonly #clock: Watch
  readonly #gate: Gate
  readonly #listener: Listener
  readonly #runner: Runner
  readonly #deeds: Deed[]
  readonly #spoils: Spoil[] = []
  #repeatAfterMs: Ms | undefined
  /** What is said in a turn of which nothing could be heard yet. */
  #unheardWords: string[] = []
  #isAudible = false
  readonly #said = new Map<string, number>()
  readonly #speaking = new Map<number, number>()
  readonly unheard: string[] = []
  /** When each word was said, and those that no session came for while they were kept. */
  readonly #saidAt = new Map<string, Ms>()
  readonly #agedOut = new Set<string>()
  readonly #born: Ms
  readonly #later: { at: Ms; do: () => void }[] = []
  readonly #expected = new Map<string, number>()

  private constructor(name: string, time: Clock, listener: Listener, gate: Gate, deeds: readonly Deed[]) {
    this.name = name
    this.#gate = gate
    this.#listener = listener
    listener.serve(name, { spoil: () => this.#spoils.shift(), hasHeard: one => this.#said.has(one) })
    this.#clock = new Watch(time)
    this.#born = time.now()
    this.#deeds = deeds.toSorted((a, b) => a.at - b.at)
    for (const deed of deeds) {
      if ('word' in deed) this.#expect(`w${deed.word}`)
      if ('line' in deed)
        this.#expect(/call f/.test(deed.line) ? deed.line.replace(/.*call f/, 'r') : deed.line)
    }
    const log = new Log({}, 'error', () => {})
    const registry = new Registry([readyTool(this.#lookUp(), 'chaos')])
    const settings = readLiveSettings(new Settings({}), 'developer', () => undefined)
    this.supervisor = new Supervisor({
      gemini: { at: 'developer', apiKey: 'key', baseUrl: gate.url },
      settings: {
        ...settings,
        instructions: Listener.instructions(name),
        functions: registry.declarations(settings.profile),
      },
      clock: this.#clock,
      log,
      stats: this.stats,
      random: seeded(seedOf(name)),
      onEvent: event => this.#hear(event),
      onUp: () => this.#up(),
      onDown: () => this.#endTurn(),
      onUnheard: line => this.unheard.push(line),
    })
    this.#runner = new Runner({
      registry,
      profile: () => settings.profile,
      context: { room: name, people: () => [], asker: () => '' },
      clock: this.#clock,
      log,
      stats: this.stats,
      answer: (call, { response, ...how }) => this.supervisor.sendToolResult(call, response, how),
      show: () => {},
    })
  }

  static async lay(name: string, time: Clock, listener: Listener, deeds: readonly Deed[]): Promise<Table> {
    const table = new Table(name, time, listener, await startGate(listener.url), deeds)
    table.supervisor.start()
    return table
  }

  /** The next `ms` of everybody at the table. */
  step(ms = STEP_MS): void {
    const at = this.#clock.now() - this.#born
    for (const later of this.#later.filter(one => one.at <= at)) {
      this.#later.splice(this.#later.indexOf(later), 1)
      later.do()
    }
    while (this.#deeds[0] !== undefined && this.#deeds[0].at <= at) this.#do(this.#deeds.shift()!, at)
    const pcm = new Int16Array((HEARING_RATE * ms) / 1000)
    for (const [word, from] of this.#speaking) {
      speakInto(pcm, word, from, HEARING_RATE)
      const to = from + pcm.length
      if (to >= (HEARING_RATE * WORD_MS) / 1000) this.#speaking.delete(word)
      else this.#speaking.set(word, to)
    }
    this.supervisor.sendAudio(pcm)
  }

  /** Everything has been said and done, and a session is open: whatever is to come of it may take a while yet. */
  get isOver(): boolean {
    return this.#deeds.length === 0 && this.#later.length === 0 && this.supervisor.phase.at === 'live'
  }

  get isAnswered(): boolean {
    return this.isOver && this.#lost().length === 0
  }

  /** What was answered less often than it was said, and what more often. */
  account(): { lost: string[]; doubled: string[] } {
    return {
      lost: this.#lost(),
      doubled: [...this.#said]
        .filter(([one, times]) => times > (this.#expected.get(one) ?? 0))
        .map(([one]) => one),
    }
  }

  /**
   * A model that refuses twice in a row is not asked a third time: people are told instead. Nor is anything kept for more than its time:
   * where two outages make one of more than 20 s, the words at its beginning are lost for good.
   */
  #lost(): string[] {
    const refused = this.unheard.length > 0 ? this.#listener.owes(this.name) : new Set()
    return [...this.#expected]
      .filter(
        ([one, times]) => (this.#said.get(one) ?? 0) < times && !refused.has(one) && !this.#agedOut.has(one),
      )
      .map(([one]) => one)
  }

  /** Sockets and alarms in use. */
  get holds(): { sockets: number; alarms: number } {
    return { sockets: this.#gate.open, alarms: this.#clock.pending }
  }

  /** Whether somebody is talking, or will within `ms`, or something is to be done. */
  isBusyWithin(ms: Ms): boolean {
    const until = this.#clock.now() - this.#born + ms
    const [next] = this.#deeds
    return this.#speaking.size > 0 || this.#later.length > 0 || (next !== undefined && next.at <= until)
  }

  /** Closes everything; gives what is left over, which is nothing. */
  async close(step: () => Promise<void>): Promise<{ sockets: number; alarms: number }> {
    await this.#runner.close()
    const closing = this.supervisor.close()
    for (let i = 0; i < 60; i++) await step()
    await closing
    const left = this.holds
    await this.#gate[Symbol.asyncDispose]()
    return left
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gate[Symbol.asyncDispose]()
  }

  #expect(one: string): void {
    this.#expected.set(one, (this.#expected.get(one) ?? 0) + 1)
  }

  #do(deed: Deed, at: Ms): void {
    if ('word' in deed) {
      this.#speaking.set(deed.word, 0)
      this.#saidAt.set(`w${deed.word}`, at)
    } else if ('line' in deed) this.supervisor.sendText(deed.line)
    else if ('fault' in deed) this.#listener.strike(this.name, deed.fault)
    else if ('spoil' in deed) for (let i = deed.times ?? 1; i > 0; i--) this.#spoils.push(deed.spoil)
    else if ('repeatAfterMs' in deed) this.#repeatAfterMs = deed.repeatAfterMs
    else {
      this.#gate.manner = deed.manner ?? 'shut'
      this.#later.push({ at: at + deed.outageMs, do: () => (this.#gate.manner = 'open') })
    }
  }

  #lookUp(): Tool {
    return {
      name: 'look_up',
      description: 'Looks something up.',
      parameters: { type: 'object', properties: { call: { type: 'string' } } },
      run: async ({ call }, { signal }) => {
        await sleep(this.#clock, LOOK_UP_MS, signal)
        return { answer: `${call}`.replace('f', 'r') }
      },
    }
  }

  #hear(event: LiveEvent): void {
    switch (event.type) {
      case 'call':
        this.#runner.call(event.calls)
        if (this.#repeatAfterMs === undefined) return
        this.#later.push({
          at: this.#clock.now() - this.#born + this.#repeatAfterMs,
          do: () => this.#listener.strike(this.name, { fault: 'REPEAT_CALL' }),
        })
        this.#repeatAfterMs = undefined
        return
      case 'cancel':
        return this.#runner.cancel(event.ids)
      case 'audio':
        this.#isAudible ||= levelOf(event.pcm) > AUDIBLE_DB
        return this.#count()
      case 'said':
        this.#unheardWords.push(...(event.text.match(/\b[wlr]\d+\b/g) ?? []))
        return this.#count()
      case 'turnComplete':
        this.#listener.turnEnded(this.name)
        return this.#endTurn()
      case 'interrupted':
        return this.#endTurn()
    }
  }

  /** The words of a turn are heard with its first sound. */
  #count(): void {
    if (!this.#isAudible) return
    for (const one of this.#unheardWords.splice(0)) this.#said.set(one, (this.#said.get(one) ?? 0) + 1)
  }

  #up(): void {
    this.#endTurn()
    const at = this.#clock.now() - this.#born
    const isLost = this.stats.get('audio_dropped_ms') > 0
    for (const [word, saidAt] of this.#saidAt) {
      if (isLost && !this.#said.has(word) && at - saidAt > KEPT_MS) this.#agedOut.add(word)
      this.#saidAt.delete(word)
    }
  }

  #endTurn(): void {
    this.#isAudible = false
    this.#unheardWords = []
  }
}

/** A number that follows from a name. */
function seedOf(name: string): number {
  return [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7)
}

/** A sentence of `count` words from number `first` on, beginning at `at`; gives when it ends. */
export function sentence(at: Ms, first: number, count: number): { deeds: Deed[]; endsAt: Ms } {
  const each = WORD_MS + GAP_MS
  return {
    deeds: Array.from({ length: count }, (_, i) => ({ at: at + i * each, word: first + i })),
    endsAt: at + count * each,
  }
}
