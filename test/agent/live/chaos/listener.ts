import type { Clock } from '../../../../agent/clock.ts'
import type { Fault } from '../../../../agent/rehearsal/scenario/scenario.ts'
import { type Rehearsal, startRehearsal } from '../../../../agent/rehearsal/server.ts'
import type { Answer, Item, Prompt, Scene } from '../../../../agent/rehearsal/turns/script.ts'
import type { Ms } from '../../../../agent/units.ts'
import { voice, wordsIn } from './words.ts'

/** How an answer comes to nothing, or nearly. */
export type Spoil =
  | 'empty'
  | 'rejected'
  | 'text alone'
  | 'nearly silent'
  /** Most of its sound comes after `generationComplete`. */
  | 'late'
  | 'without end'

/** What a table is told by its listener. */
export type Diner = {
  /** How the next answer to it is to be spoiled; undefined where it is not. */
  spoil(): Spoil | undefined
  /** Whether people have heard this said. */
  hasHeard(one: string): boolean
}

const ANSWER_MS: Ms = 800
/** Of full scale: -70 dBFS. */
const NEARLY_SILENT = 0.002

/**
 * A Live API that answers a sentence with the words it heard in it, a typed line with the line, and the answer of a tool with its
 * number. What was in an answer that nobody could hear it says with the next, as a model does that is asked once more.
 */
export class Listener implements AsyncDisposable {
  readonly #diners = new Map<string, Diner>()
  /**
   * What was answered in vain, by session; and by table, where that turn has come to its end there: then a session that goes on from
   * before it is told what was said.
   */
  readonly #inVain = new Map<string, Set<string>>()
  readonly #owed = new Map<string, Set<string>>()
  /** What each session has said: a model does not repeat itself while it remembers. */
  readonly #said = new Map<string, Set<string>>()
  readonly #sound = voice(ANSWER_MS)
  #rehearsal: Rehearsal | undefined

  private constructor() {}

  static async start(
    time: Clock,
    { timeScale = 1, sessions = 400 }: { timeScale?: number; sessions?: number } = {},
  ): Promise<Listener> {
    const listener = new Listener()
    listener.#rehearsal = await startRehearsal({
      clock: time,
      timeScale,
      answers: (prompt, scene) => listener.#answer(prompt, scene),
      journal: { entries: 1_000, sessions, audioBytes: 2 ** 20 },
      behaviour: behaviour => ({ ...behaviour, emptyMessages: false }),
    })
    return listener
  }

  get url(): string {
    return this.#rehearsal!.url
  }

  /** From now on sessions with `instructionsOf(name)` are those of this table. */
  serve(name: string, diner: Diner): void {
    this.#diners.set(name, diner)
  }

  /** A turn has come to its end at this table. */
  turnEnded(name: string): void {
    const session = this.#session(name)
    if (session === undefined) return
    for (const one of setIn(this.#inVain, session)) setIn(this.#owed, name).add(one)
  }

  /** What was answered to this table in vain, and not said since. */
  owes(name: string): ReadonlySet<string> {
    return setIn(this.#owed, name)
  }

  /** Does `fault` to the living session of a table, where there is one. */
  strike(name: string, fault: Fault): void {
    const session = this.#session(name)
    if (session !== undefined) this.#rehearsal!.strike(session, fault)
  }

  static instructions(name: string): string {
    return `Table ${name}.`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rehearsal!.close()
  }

  #session(name: string): string | undefined {
    return this.#rehearsal!.journal.sessions.findLast(
      ({ summary, entries }) =>
        summary.closed === undefined &&
        JSON.stringify(entries.slice(0, 3)).includes(Listener.instructions(name)),
    )?.summary.id
  }

  #answer(prompt: Prompt, { memory, session }: Scene): Answer | readonly Item[] {
    const call = prompt.kind === 'result' ? undefined : /call (f\d+)/.exec(prompt.typed)?.[1]
    // Nobody can talk over a call that comes before anything is said.
    if (call !== undefined) return [{ kind: 'call', calls: [{ name: 'look_up', args: { call } }] }]
    const name = /Table (.*)\./.exec(memory.instruction)?.[1] ?? ''
    const diner = this.#diners.get(name)
    const inVain = setIn(this.#inVain, session)
    const said = setIn(this.#said, session)
    for (const set of [inVain, setIn(this.#owed, name)])
      for (const one of set) if (diner?.hasHeard(one)) set.delete(one)
    const heard = heardIn(prompt)
    const owed = new Set([...inVain, ...setIn(this.#owed, name)])
    // What comes twice is said twice: it is looked for.
    const words = [...[...owed].filter(one => !said.has(one) && !heard.includes(one)), ...heard]
    const spoil = diner?.spoil()
    const isVain = spoil !== undefined && spoil !== 'late' && spoil !== 'without end'
    for (const one of words) (isVain ? inVain : said).add(one)
    return this.#speak(words.join(',') || 'nothing', spoil)
  }

  #speak(text: string, spoil: Spoil | undefined): Answer | readonly Item[] {
    const say: Item = { kind: 'say', text, pcm: this.#sound }
    switch (spoil) {
      case undefined:
        return [say]
      case 'empty':
        return []
      case 'rejected':
        return { items: [], reason: 'RESPONSE_REJECTED' }
      case 'text alone':
        return [{ kind: 'write', text }]
      case 'nearly silent':
        return [{ ...say, gain: NEARLY_SILENT }]
      case 'late':
        return [
          { ...say, pcm: this.#sound.subarray(0, this.#sound.length / 4) },
          { kind: 'done' },
          { kind: 'wait', ms: 200 },
          { ...say, text: '' },
        ]
      case 'without end':
        return { items: [say], end: 'never' }
    }
  }
}

function setIn(sets: Map<string, Set<string>>, key: string): Set<string> {
  const set = sets.get(key) ?? new Set()
  sets.set(key, set)
  return set
}

function heardIn(prompt: Prompt): string[] {
  if (prompt.kind === 'result') return tokens(JSON.stringify(prompt.responses))
  const heard =
    prompt.kind === 'speech' ? wordsIn(prompt.heard.pcm, prompt.heard.rate).map(word => `w${word}`) : []
  return [...heard, ...tokens(prompt.typed)]
}

/** What is to be found again exactly once: typed lines and answers of tools by their numbers. */
function tokens(text: string): string[] {
  return text.match(/\b[lr]\d+\b/g) ?? []
}
