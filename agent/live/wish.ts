import { type TurnCoverage, voices } from './models.ts'

/** What is asked of a session, before anybody has looked at what the model takes. What is left out is as the model does it. */
export type LiveWish = {
  model?: string
  voice?: (typeof voices)[number]
  /** A language tag or name the agent speaks. */
  language?: string
  /** `{room}` and `{people}` stand for the room's name and for those who are in it. */
  instructions?: string
  mediaResolution?: 'LOW' | 'MEDIUM' | 'HIGH'
  /** A level, or a budget in tokens: -1 is up to the model, 0 is none. */
  thinking?: string | number
  temperature?: number
  affective?: boolean
  proactive?: boolean
  /** How easily the model's own detector takes a sound for the beginning, and a pause for the end, of speech. */
  vadStart?: 'LOW' | 'HIGH'
  vadEnd?: 'LOW' | 'HIGH'
  /** Speech shorter than this is none, ms. */
  vadPrefixMs?: number
  /** Silence of this length ends a turn, ms. */
  vadSilenceMs?: number
  turnCoverage?: TurnCoverage
  /** Whether people may talk over an answer. */
  interruption?: boolean
  /** Languages that are spoken, as tags, and words that are unusual: for the transcripts. */
  transcriptLanguages?: string[]
  transcriptVocabulary?: string[]
  transcriptMode?: 'VERBATIM' | 'SMART'
  /** What to greet the first person with, in words for the model. */
  greeting?: string
  googleSearch?: boolean
  codeExecution?: boolean
  urlContext?: boolean
  /** Of the tools that the operator has, those that this room may use; all where it is left out. */
  tools?: string[]
}

export type WishField = keyof LiveWish
/** Tells what is wrong with a field, and what is accepted. */
export type Report = (field: string, what: string) => void

const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 80) ?? 'nothing'

/** How one field is read: undefined where the value cannot be used, and then the words for what can. */
type Reader<T> = { take(value: unknown): T | undefined; accepted: string }

/** One of `values`, whatever its case. */
function choice<const T extends string>(values: readonly T[]): Reader<T> {
  const take = (value: unknown) =>
    values.find(one => typeof value === 'string' && one.toLowerCase() === value.toLowerCase())
  return { take, accepted: `one of ${values.join(', ')}` }
}

function text(most: number): Reader<string> {
  const take = (value: unknown) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= most ? value.trim() : undefined
  return { take, accepted: `a text of up to ${most} characters` }
}

function number(least: number, most: number, isWhole: boolean): Reader<number> {
  const take = (value: unknown) => {
    const read = numberOf(value)
    if (read === undefined || read < least || read > most) return undefined
    return isWhole && !Number.isInteger(read) ? undefined : read
  }
  return { take, accepted: `a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}` }
}

/** The environment knows only strings. */
function numberOf(value: unknown): number | undefined {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined
}

const flag: Reader<boolean> = {
  take(value) {
    const word = String(value).toLowerCase()
    if (['1', 'true', 'yes', 'on'].includes(word)) return true
    return ['0', 'false', 'no', 'off'].includes(word) ? false : undefined
  },
  accepted: 'true or false',
}

function list(most: number, accepted: string, pattern = /\S/): Reader<string[]> {
  const fits = (item: unknown) => typeof item === 'string' && item.length <= 100 && pattern.test(item)
  const take = (value: unknown) =>
    Array.isArray(value) && value.length <= most && value.every(fits) ? (value as string[]) : undefined
  return { take, accepted: `a list of up to ${most} ${accepted}` }
}

/** Which of the two it is, and which levels there are, is the model's: what is wrong with it is said where that is known. */
const thinking: Reader<string | number> = {
  take: value =>
    numberOf(value) ?? (typeof value === 'string' && value.length <= 20 ? value.toUpperCase() : undefined),
  accepted: 'a level or a budget in tokens',
}

const fields = {
  model: text(200),
  voice: choice(voices),
  language: text(64),
  instructions: text(20_000),
  mediaResolution: choice(['LOW', 'MEDIUM', 'HIGH']),
  thinking,
  temperature: number(0, 2, false),
  affective: flag,
  proactive: flag,
  vadStart: choice(['LOW', 'HIGH']),
  vadEnd: choice(['LOW', 'HIGH']),
  vadPrefixMs: number(0, 5_000, true),
  vadSilenceMs: number(0, 10_000, true),
  turnCoverage: choice(['ACTIVITY', 'ALL', 'ACTIVITY_AND_VIDEO']),
  interruption: flag,
  transcriptLanguages: list(10, 'language tags such as de-DE', /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/),
  transcriptVocabulary: list(100, 'words'),
  transcriptMode: choice(['VERBATIM', 'SMART']),
  greeting: text(1_000),
  googleSearch: flag,
  codeExecution: flag,
  urlContext: flag,
  tools: list(100, 'names of tools'),
} satisfies { [F in WishField]: Reader<NonNullable<LiveWish[F]>> }

export const wishFields = Object.keys(fields) as WishField[]

/**
 * Reads values field by field. What cannot be used is reported and left out; the rest stands.
 * @param given strings as they are in the environment, or JSON
 */
export function readWish(given: Readonly<Record<string, unknown>>, report: Report): LiveWish {
  const wish: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue
    const reader: Reader<unknown> | undefined = Object.hasOwn(fields, name)
      ? fields[name as WishField]
      : undefined
    const taken = reader?.take(value)
    if (reader === undefined) report(name.slice(0, 64), `is no setting; there are ${wishFields.join(', ')}`)
    else if (taken === undefined) report(name, `is ${shown(value)}; use ${reader.accepted}`)
    else wish[name] = taken
  }
  return wish
}

/** Whether a text for the instructions is the path of a file that holds them. */
export function isPath(value: string): boolean {
  return /^(\.{0,2}\/|[A-Za-z]:\\|~\/)\S*$/.test(value) || /^\S+\.(md|txt)$/.test(value)
}
