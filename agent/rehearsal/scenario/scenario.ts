import { models } from '../../live/models.ts'
import type { Ms } from '../../units.ts'
import { behaviourOf } from '../profiles.ts'
import * as f from '../wire/fields.ts'
import { Refusal } from '../wire/refusal.ts'
import type { ServerMessage } from '../wire/server-message.ts'

/** What is to happen, in a file: see agent/rehearsal/README.md. Every session plays it from the beginning, but for what names a session. */
export type Scenario = {
  name?: string
  /** Every chance follows from it; 1 unless set. */
  seed?: number
  /** Ages, caps and lifetimes of handles pass this many times as fast. */
  timeScale?: number
  /** Nothing is ever answered. */
  silent?: boolean
  /** Switches of the profile, by their names in `Behaviour`; `pacing` and `life` may be given in part. */
  behaviour?: Record<string, unknown>
  turns?: TurnScript[]
  faults?: FaultScript[]
}

/** What is heard and answered in one turn. The first unused one that fits is taken; without one the turn is honest. */
export type TurnScript = {
  /** What prompts it; anything unless set. */
  on?: 'SPEECH' | 'TYPED' | 'RESULT'
  /** A regular expression, any case, that typed words must match. */
  matches?: string
  /** Only in this session, counted from 1 since the scenario was loaded. */
  session?: number
  /** Taken again and again. */
  repeat?: boolean
  /** The transcript of what was said. */
  hears?: HeardScript[]
  /** The answer: nothing at all where it is empty, the honest one where it is unset. */
  does?: ItemScript[]
  /** `NEVER`: the turn does not end. */
  end?: 'COMPLETE' | 'NEVER'
  /** The turn's `turnCompleteReason`. */
  reason?: string
}

export type HeardScript = {
  text?: string
  /** The `speakerLabel`. */
  speaker?: string
  /** When it comes, ms after the end of the speech; at once unless set. */
  afterMs?: Ms
  languageCode?: string
  startOffset?: string
  endOffset?: string
  words?: unknown
}

/** One step, named by its one key. */
export type ItemScript = {
  say?: string
  /** With `say`, times as loud. */
  gain?: number
  /** A text part. */
  write?: string
  /** A text part that is a thought. */
  thought?: string
  play?: { toneHz?: number; ms?: Ms; base64?: Buffer }
  /** Plays back what was heard. */
  echo?: boolean
  waitMs?: Ms
  call?: { name?: string; args?: Record<string, unknown>; id?: string }[]
  /** With `call`: the steps after its answers. Without it they are spoken. */
  after?: ItemScript[]
  send?: Record<string, unknown>
  /** `generationComplete` comes here; what follows is late. */
  done?: boolean
}

export const moments = [
  'UPGRADE',
  'SETUP',
  'OPEN',
  'MESSAGE',
  'ACTIVITY',
  'TURN',
  'SOUND',
  'CALL',
  'DONE',
  'TURN_END',
] as const
/**
 * When a fault strikes: at the upgrade, when setup came, after setupComplete, at a client's message, when speech began, when an answer
 * begins, when its first sound left, when a call left, at generationComplete, at turnComplete.
 */
export type Moment = (typeof moments)[number]

export type FaultScript = Fault & {
  at?: Moment
  /** The how manieth such moment of the session, from 1; every one where it is 0. 1 unless set. */
  nth?: number
  /** ms after the moment. */
  afterMs?: Ms
  /** Only in this session, from 1; in every session unless set. */
  session?: number
  /** How likely it is, from 0 to 1. */
  chance?: number
}

export const faultKinds = [
  'REFUSE',
  'CLOSE',
  'CUT',
  'MUTE',
  'RAW',
  'HUGE',
  'GO_AWAY',
  'POISON',
  'STALL',
  'SEND',
  'REPEAT_CALL',
] as const

/** Something that goes wrong. */
export type Fault = {
  fault?: (typeof faultKinds)[number]
  /** REFUSE: the HTTP status of the upgrade; 403 unless set. */
  status?: number
  /** CLOSE: the code, 1011 unless set, and the reason. */
  code?: number
  reason?: string
  /** RAW: a frame as it is, such as broken JSON. */
  text?: string
  /** HUGE: the size of a message, 2 MiB unless set. */
  bytes?: number
  /** GO_AWAY: how long the session still lives. STALL: for how long nothing is read. */
  ms?: Ms
  /** SEND: any message. */
  message?: Record<string, unknown>
}

const item: f.Read<ItemScript> = f.message({
  say: f.text,
  gain: f.float,
  write: f.text,
  thought: f.text,
  play: f.message({ toneHz: f.float, ms: f.float, base64: f.bytes }),
  echo: f.bool,
  waitMs: f.float,
  call: f.list(f.message({ name: f.text, args: f.struct, id: f.text })),
  after: f.list(f.later((): f.Read<ItemScript> => item)),
  send: f.struct,
  done: f.bool,
})

const heard = f.message({
  text: f.text,
  speaker: f.text,
  afterMs: f.float,
  languageCode: f.text,
  startOffset: f.text,
  endOffset: f.text,
  words: f.anything,
})

/** A lone text stands for `{ "text": ... }`. */
const heardOrText: f.Read<HeardScript> = (value, at) =>
  typeof value === 'string' ? { text: value } : heard(value, at)

const pattern: f.Read<string> = (value, at) => {
  const source = f.text(value, at)
  try {
    new RegExp(source)
  } catch {
    throw f.invalidValue(at, 'a regular expression', source)
  }
  return source
}

const faultFields = {
  fault: f.choice(...faultKinds),
  status: f.whole,
  code: f.whole,
  reason: f.text,
  text: f.text,
  bytes: f.whole,
  ms: f.float,
  message: f.struct,
}

const faultScript = f.message({
  ...faultFields,
  at: f.choice(...moments),
  nth: f.whole,
  afterMs: f.float,
  session: f.whole,
  chance: f.float,
})

const scenario = f.message({
  name: f.text,
  seed: f.whole,
  timeScale: f.float,
  silent: f.bool,
  behaviour: f.struct,
  turns: f.list(
    f.message({
      on: f.choice('SPEECH', 'TYPED', 'RESULT'),
      matches: pattern,
      session: f.whole,
      repeat: f.bool,
      hears: f.list(heardOrText),
      does: f.list(item),
      end: f.choice('COMPLETE', 'NEVER'),
      reason: f.text,
    }),
  ),
  faults: f.list(faultScript),
})

const oneFault = f.message(faultFields)

/** A scenario as it stands in a file. @throws Error that says what is wrong, and where. */
export function readScenario(value: unknown): Scenario {
  return plainly(() => {
    const read = scenario(value, '')
    if (read.timeScale !== undefined && read.timeScale <= 0)
      throw f.invalidValue('time_scale', 'above 0', read.timeScale)
    checkSwitches(read.behaviour ?? {}, behaviourOf(models[0]!, 'developer'), 'behaviour')
    return read
  })
}

/** Every name must be a switch, and its value of the kind that the switch holds. */
function checkSwitches(given: Record<string, unknown>, known: Record<string, unknown>, at: string): void {
  for (const [name, value] of Object.entries(given)) {
    const usual = known[name]
    if (usual === undefined) throw f.unknownName(name, at)
    if (typeof value !== typeof usual) throw f.invalidValue(`${at}.${name}`, `a ${typeof usual}`, value)
    if (typeof usual === 'object')
      checkSwitches(value as Record<string, unknown>, usual as Record<string, unknown>, `${at}.${name}`)
  }
}

/** One fault, as it is asked for by hand. @throws Error that says what is wrong, and where. */
export function readFault(value: unknown): Fault {
  return plainly(() => oneFault(value, ''))
}

function plainly<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    // What closes a session is here a mistake in a file.
    throw error instanceof Refusal
      ? new Error(error.message.replace(/^Invalid JSON payload received\. /, ''))
      : error
  }
}

/** Any message of a script: written by hand, and sent as it stands. */
export const asMessage = (message: Record<string, unknown>) => message as ServerMessage
