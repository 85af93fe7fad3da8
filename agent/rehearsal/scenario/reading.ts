import { models } from '../../live/models.ts'
import { behaviourOf, switchWords } from '../profiles.ts'
import * as f from '../wire/fields.ts'
import { Refusal } from '../wire/refusal.ts'
import {
  type Fault,
  type FaultScript,
  faultKinds,
  type HeardScript,
  type ItemScript,
  moments,
  type Scenario,
  type Switches,
} from './scenario.ts'

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
  duringMs: f.float,
  languageCode: f.text,
  startOffset: f.text,
  endOffset: f.text,
  words: f.list(f.message({ word: f.text, startOffset: f.text, endOffset: f.text })),
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

/** One session, or a list of them. */
const which: f.Read<number[]> = f.list(f.whole)

/** Every name must be a switch, and its value of the kind that the switch holds. */
const switches: f.Read<Switches> = (value, at) => {
  const given = f.struct(value, at)
  checkSwitches(given, behaviourOf(models[0]!, 'developer'), at)
  return given
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

const scripted = f.message({
  ...faultFields,
  at: f.choice(...moments),
  nth: f.whole,
  afterMs: f.float,
  spreadMs: f.float,
  session: which,
  chance: f.float,
})
/** A fault without its name or its moment would never strike, and nobody would know why. */
const faultScript: f.Read<FaultScript> = (value, at) => {
  const read = scripted(value, at)
  if (read.fault === undefined) throw f.invalidValue(`${at}.fault`, faultKinds.join(' or '), null)
  if (read.at === undefined) throw f.invalidValue(`${at}.at`, moments.join(' or '), null)
  if (read.fault === 'REFUSE' && read.at !== 'UPGRADE') throw f.invalidValue(`${at}.at`, 'UPGRADE', read.at)
  return read
}

const scenario = f.message({
  name: f.text,
  seed: f.whole,
  timeScale: f.float,
  silent: f.bool,
  behaviour: switches,
  sessions: f.list(f.message({ session: which, behaviour: switches })),
  tokenVersions: f.list(f.text),
  turns: f.list(
    f.message({
      on: f.choice('SPEECH', 'TYPED', 'RESULT'),
      matches: pattern,
      session: which,
      repeat: f.bool,
      hears: f.list(heardOrText),
      does: f.list(item),
      end: f.choice('COMPLETE', 'NEVER'),
      reason: f.text,
    }),
  ),
  faults: f.list(faultScript),
})

const anyFault = f.message(faultFields)
const oneFault: f.Read<Fault> = (value, at) => {
  const read = anyFault(value, at)
  if (read.fault === undefined)
    throw f.invalidValue(at === '' ? 'fault' : `${at}.fault`, faultKinds.join(' or '), null)
  return read
}

/** A scenario as it stands in a file. @throws Error that says what is wrong, and where. */
export function readScenario(value: unknown): Scenario {
  return plainly(() => {
    const read = scenario(value, '')
    if (read.timeScale !== undefined && read.timeScale <= 0)
      throw f.invalidValue('time_scale', 'above 0', read.timeScale)
    return read
  })
}

/** What a switch holds, as it is said. */
const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
}

function checkSwitches(given: Record<string, unknown>, known: Record<string, unknown>, at: string): void {
  for (const [name, value] of Object.entries(given)) {
    const usual = Object.hasOwn(known, name) ? known[name] : undefined
    if (usual === undefined) throw f.unknownName(name, at)
    const words = (switchWords as Record<string, readonly unknown[]>)[name]
    if (typeof value !== typeof usual || value === null)
      throw f.invalidValue(`${at}.${name}`, kinds[typeof usual] ?? '', value)
    if (words !== undefined && !words.includes(value))
      throw f.invalidValue(`${at}.${name}`, words.join(' or '), value)
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
