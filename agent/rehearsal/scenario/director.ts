import { type Ms, SPEECH_RATE } from '../../units.ts'
import type { Heard } from '../hearing/ear.ts'
import type { HeardLine } from '../hearing/transcripts.ts'
import { echoOf } from '../honest/echo.ts'
import { sayResults } from '../honest/tools.ts'
import { honestTranscript } from '../honest/words.ts'
import type { Behaviour } from '../profiles.ts'
import { seeded } from '../turns/pacing.ts'
import type { Answer, Item, Prompt } from '../turns/script.ts'
import { samplesOf } from '../voice/sound.ts'
import type { FunctionResponse } from '../wire/client-message.ts'
import {
  asMessage,
  type Fault,
  type FaultScript,
  type HeardScript,
  type ItemScript,
  type Moment,
  type Scenario,
  type Switches,
  type TurnScript,
  type Which,
} from './scenario.ts'

/** A fault, and how long after its moment it strikes. */
export type Coming = { fault: Fault; afterMs: Ms }

/** Plays a scenario over the sessions of a server. */
export class Director {
  readonly scenario: Scenario
  #sessions = 0

  constructor(scenario: Scenario) {
    this.scenario = scenario
  }

  /** The scenario as the next session plays it. */
  open(): Playing {
    return new Playing(this.scenario, ++this.#sessions)
  }
}

/** A scenario as one session plays it: which of its turns are used, which moments have been. */
export class Playing {
  /** What chances in the session's answers follow from; undefined where the scenario says nothing. */
  readonly seed: number | undefined
  readonly #switches: readonly Switches[]
  readonly #turns: TurnScript[]
  readonly #faults: readonly FaultScript[]
  readonly #random: () => number
  readonly #passed = new Map<Moment, number>()
  /** Turns whose words were heard and whose answers are still to be given. */
  readonly #heard: (TurnScript | undefined)[] = []
  /** The turn of the speech that is going on. */
  #hearing: TurnScript | undefined

  constructor({ behaviour = {}, sessions = [], turns = [], faults = [], seed }: Scenario, session: number) {
    const isHere = ({ session: which }: { session?: Which }) =>
      which === undefined || [which].flat().includes(session)
    this.seed = seed
    this.#switches = [behaviour, ...sessions.filter(isHere).map(one => one.behaviour ?? {})]
    this.#turns = turns.filter(isHere)
    this.#faults = faults.filter(isHere)
    this.#random = seeded((seed ?? 1) * 1_000 + session)
  }

  /** `base` with the switches of the scenario; pacing and life may be given in part. */
  adjust(base: Behaviour): Behaviour {
    let behaviour = base
    for (const switches of this.#switches) behaviour = turned(behaviour, switches)
    return behaviour
  }

  /** The faults that strike at this moment, each with its delay. */
  at(moment: Moment): Coming[] {
    const nth = (this.#passed.get(moment) ?? 0) + 1
    this.#passed.set(moment, nth)
    return this.#faults
      .filter(fault => fault.at === moment && (fault.nth === 0 || (fault.nth ?? 1) === nth))
      .filter(({ chance = 1 }) => this.#random() < chance)
      .map(fault => ({ fault, afterMs: (fault.afterMs ?? 0) + (fault.spreadMs ?? 0) * this.#random() }))
  }

  /** Somebody begins to speak: the words that come while they do, each so long after this. */
  begins(): HeardLine[] {
    this.#hearing = this.#take('SPEECH', '')
    return (this.#hearing?.hears ?? []).filter(isDuring).map(lineOf)
  }

  /** The transcript of speech that just ended, without what came while it went on. */
  hears(heard: Heard): HeardLine[] {
    const script = this.#hearing
    this.#heard.push(script)
    const lines = script?.hears ?? [{ text: honestTranscript(heard.speechMs) }]
    return lines.filter(line => !isDuring(line)).map(lineOf)
  }

  /** The scripted answer; undefined for the honest one. */
  answer(prompt: Prompt): Answer | undefined {
    const script =
      prompt.kind === 'speech'
        ? this.#heard.shift()
        : this.#take(
            prompt.kind === 'typed' ? 'TYPED' : 'RESULT',
            prompt.kind === 'typed' ? prompt.typed : '',
          )
    if (script?.does === undefined) return undefined
    return {
      items: itemsOf(script.does, prompt),
      ...(script.end === 'NEVER' ? { end: 'never' } : {}),
      ...(script.reason === undefined ? {} : { reason: script.reason }),
    }
  }

  #take(kind: 'SPEECH' | 'TYPED' | 'RESULT', typed: string): TurnScript | undefined {
    const index = this.#turns.findIndex(({ on, matches }) => {
      // The answers to a call are the business of the turn that called, unless a turn is there for them.
      if (on === undefined && kind === 'RESULT') return false
      return (on ?? kind) === kind && (matches === undefined || new RegExp(matches, 'i').test(typed))
    })
    const script = this.#turns[index]
    if (script !== undefined && script.repeat !== true) this.#turns.splice(index, 1)
    return script
  }
}

function turned(base: Behaviour, { pacing, life, ...switches }: Switches): Behaviour {
  return {
    ...base,
    ...(switches as Partial<Behaviour>),
    pacing: { ...base.pacing, ...(pacing as Partial<Behaviour['pacing']>) },
    life: { ...base.life, ...(life as Partial<Behaviour['life']>) },
  }
}

const isDuring = ({ duringMs }: HeardScript) => duringMs !== undefined

function lineOf({ text = '', speaker, afterMs, duringMs, ...facts }: HeardScript): HeardLine {
  return {
    text,
    afterMs: duringMs ?? afterMs ?? 0,
    ...facts,
    ...(speaker === undefined ? {} : { speakerLabel: speaker }),
  }
}

function itemsOf(scripts: readonly ItemScript[], prompt: Prompt): Item[] {
  return scripts.flatMap(script => itemOf(script, prompt))
}

function itemOf(script: ItemScript, prompt: Prompt): Item[] {
  const { say, gain = 1, write, thought, play, echo, waitMs, call, after, send, done } = script
  if (say !== undefined) return [{ kind: 'say', text: say, gain }]
  if (write !== undefined) return [{ kind: 'write', text: write }]
  if (thought !== undefined) return [{ kind: 'write', text: thought, thought: true }]
  if (play !== undefined) return [{ kind: 'say', text: '', pcm: soundOf(play), gain }]
  if (echo === true) return prompt.kind === 'speech' ? [echoOf(prompt.heard)] : []
  if (waitMs !== undefined) return [{ kind: 'wait', ms: waitMs }]
  if (call !== undefined) return [callOf(call, after, prompt)]
  if (send !== undefined) return [{ kind: 'send', message: asMessage(send) }]
  return done === true ? [{ kind: 'done' }] : []
}

function callOf(
  call: NonNullable<ItemScript['call']>,
  after: ItemScript[] | undefined,
  prompt: Prompt,
): Item {
  const calls = call.map(({ name = '', args = {}, id }) => ({
    name,
    args,
    ...(id === undefined ? {} : { id }),
  }))
  const goOn = after === undefined ? sayResults : (_: FunctionResponse[]) => itemsOf(after, prompt)
  return { kind: 'call', calls, after: goOn }
}

function soundOf({ toneHz = 440, ms = 1_000, base64 }: NonNullable<ItemScript['play']>): Int16Array {
  if (base64 !== undefined) return samplesOf(base64)
  const length = Math.round((Math.min(ms, 600_000) * SPEECH_RATE) / 1000)
  return Int16Array.from({ length }, (_, i) =>
    Math.round(8_000 * Math.sin((2 * Math.PI * toneHz * i) / SPEECH_RATE)),
  )
}
