import type { Clock } from '../../../../agent/clock.ts'
import type { LiveEvent } from '../../../../agent/live/events.ts'
import { readLiveSettings } from '../../../../agent/live/settings.ts'
import { Supervisor } from '../../../../agent/live/supervisor.ts'
import { Log } from '../../../../agent/log.ts'
import type { Fault } from '../../../../agent/rehearsal/scenario/scenario.ts'
import { type Rehearsal, startRehearsal } from '../../../../agent/rehearsal/server.ts'
import type { Answers } from '../../../../agent/rehearsal/turns/script.ts'
import { Settings } from '../../../../agent/settings.ts'
import { Stats } from '../../../../agent/stats.ts'
import { HEARING_RATE, type Ms } from '../../../../agent/units.ts'
import { type Gate, startGate } from './gate.ts'
import { Watch } from './time.ts'
import { GAP_MS, speakInto, voice, WORD_MS, wordsIn } from './words.ts'

export const STEP_MS: Ms = 20

/** A Live API that answers a sentence with the words it heard in it, and a typed line with the line. */
export function startListener(
  time: Clock,
  { timeScale = 1, sessions = 400 }: { timeScale?: number; sessions?: number } = {},
): Promise<Rehearsal> {
  const sound = voice(800)
  const answers: Answers = prompt => {
    if (prompt.kind === 'result')
      return [{ kind: 'say', text: tokens(JSON.stringify(prompt.responses)), pcm: sound }]
    const heard =
      prompt.kind === 'speech' ? wordsIn(prompt.heard.pcm, prompt.heard.rate).map(word => `w${word}`) : []
    const call = /call (f\d+)/.exec(prompt.typed)?.[1]
    const text = [...heard, tokens(prompt.typed)].filter(word => word !== '').join(',')
    // Nobody can talk over a call that comes before anything is said.
    if (call !== undefined) return [{ kind: 'call', calls: [{ name: 'look_up', args: { call } }] }]
    return [{ kind: 'say', text: text || 'nothing', pcm: sound }]
  }
  return startRehearsal({
    clock: time,
    timeScale,
    answers,
    journal: { entries: 60, sessions, audioBytes: 2 ** 20 },
    behaviour: behaviour => ({ ...behaviour, emptyMessages: false }),
  })
}

/** What is to be found again exactly once: typed lines and answers of tools by their numbers. */
function tokens(text: string): string {
  return [...new Set(text.match(/\b[lr]\d+\b/g) ?? [])].join(',')
}

/** Something that is said, typed or done at its time, ms since the beginning. */
export type Deed = { at: Ms } & (
  | { word: number }
  | { line: string }
  | { fault: Fault }
  /** The network is away for so long. */
  | { outageMs: Ms }
)

/** Some people at a table with one agent, and what becomes of what they say. */
export class Table implements AsyncDisposable {
  readonly name: string
  readonly stats = new Stats()
  readonly supervisor: Supervisor
  readonly #clock: Watch
  readonly #gate: Gate
  readonly #rehearsal: Rehearsal
  readonly #deeds: Deed[]
  readonly #said = new Map<string, number>()
  readonly #speaking = new Map<number, number>()
  readonly unheard: string[] = []
  readonly #born: Ms
  readonly #later: { at: Ms; do: () => void }[] = []
  readonly #expected = new Map<string, number>()

  private constructor(name: string, time: Clock, rehearsal: Rehearsal, gate: Gate, deeds: readonly Deed[]) {
    this.name = name
    this.#gate = gate
    this.#rehearsal = rehearsal
    this.#clock = new Watch(time)
    this.#born = time.now()
    this.#deeds = deeds.toSorted((a, b) => a.at - b.at)
    for (const deed of deeds) {
      if ('word' in deed) this.#expect(`w${deed.word}`)
      if ('line' in deed)
        this.#expect(/call f/.test(deed.line) ? deed.line.replace(/.*call f/, 'r') : deed.line)
    }
    this.supervisor = new Supervisor({
      gemini: { at: 'developer', apiKey: 'key', baseUrl: gate.url },
      settings: {
        ...readLiveSettings(new Settings({}), 'developer', () => undefined),
        instructions: `Table ${name}.`,
      },
      clock: this.#clock,
      log: new Log({}, 'error', () => {}),
      stats: this.stats,
      onEvent: event => this.#hear(event),
      onUp: () => {},
      onDown: () => {},
      onUnheard: line => this.unheard.push(line),
    })
  }

  static async lay(name: string, time: Clock, rehearsal: Rehearsal, deeds: readonly Deed[]): Promise<Table> {
    const table = new Table(name, time, rehearsal, await startGate(rehearsal.url), deeds)
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
    return this.isOver && [...this.#expected].every(([one, count]) => (this.#said.get(one) ?? 0) >= count)
  }

  /** What was answered less often than it was said, and what more often. */
  account(): { lost: string[]; doubled: string[] } {
    const said = (one: string) => this.#said.get(one) ?? 0
    const expected = (one: string) => this.#expected.get(one) ?? 0
    return {
      lost: [...this.#expected.keys()].filter(one => said(one) < expected(one)),
      doubled: [...this.#said.keys()].filter(one => said(one) > expected(one)),
    }
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
    if ('word' in deed) this.#speaking.set(deed.word, 0)
    else if ('line' in deed) this.supervisor.sendText(deed.line)
    else if ('fault' in deed) {
      const session = this.#session()
      if (session !== undefined) this.#rehearsal.strike(session, deed.fault)
    } else {
      this.#gate.isShut = true
      this.#later.push({ at: at + deed.outageMs, do: () => (this.#gate.isShut = false) })
    }
  }

  /** The living session of this table, as the journal calls it. */
  #session(): string | undefined {
    return this.#rehearsal.journal.sessions.findLast(
      ({ summary, entries }) =>
        summary.closed === undefined && JSON.stringify(entries.slice(0, 3)).includes(`Table ${this.name}.`),
    )?.summary.id
  }

  #hear(event: LiveEvent): void {
    if (event.type === 'call') {
      for (const call of event.calls) {
        const at = this.#clock.now() - this.#born + 700
        const answer = `${call.args.call}`.replace('f', 'r')
        this.#later.push({ at, do: () => this.supervisor.sendToolResult(call, { answer }) })
      }
    }
    if (event.type !== 'said') return
    for (const one of event.text.match(/\b[wlr]\d+\b/g) ?? [])
      this.#said.set(one, (this.#said.get(one) ?? 0) + 1)
  }
}

/** A sentence of `count` words from number `first` on, beginning at `at`; gives when it ends. */
export function sentence(at: Ms, first: number, count: number): { deeds: Deed[]; endsAt: Ms } {
  const each = WORD_MS + GAP_MS
  return {
    deeds: Array.from({ length: count }, (_, i) => ({ at: at + i * each, word: first + i })),
    endsAt: at + count * each,
  }
}
