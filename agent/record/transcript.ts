import type { Ms } from '../units.ts'

/** One thing that happened in a conversation. People are named as they were called at that time. */
export type Entry = {
  /** When it began, ms from the beginning of the conversation: the same time as in the sound. */
  at: Ms
} & (
  | { kind: 'said' | 'typed'; identity: string; name: string; text: string }
  /** The agent's own words; `isCut`: somebody interrupted, and not all of them were heard. */
  | { kind: 'answered'; name: string; text: string; isCut: boolean }
  | { kind: 'joined' | 'left'; identity: string; name: string }
  /** What the model searched for, and the pages that its answer rests on. */
  | { kind: 'sources'; queries: readonly string[]; pages: readonly { title: string; url: string }[] }
  /** The sound goes on in another file. */
  | { kind: 'sound'; file: string }
)

/** An entry as one line of JSON, with the wall-clock time beside its own. `began`: when the conversation did, ms since 1970. */
export function jsonLine({ at, ...entry }: Entry, began: Ms): string {
  const time = new Date(began + at).toISOString()
  return JSON.stringify({ at: Math.round(at) / 1000, time, ...entry })
}

/** An entry as a line for people; undefined for what does not concern them. */
export function textLine(entry: Entry): string | undefined {
  const when = `[${clockTime(entry.at)}]`
  switch (entry.kind) {
    case 'said':
      return `${when} ${entry.name}: ${oneLine(entry.text)}`
    case 'typed':
      return `${when} ${entry.name} (typed): ${oneLine(entry.text)}`
    case 'answered':
      return `${when} ${entry.name}: ${oneLine(entry.text)}${entry.isCut ? ' (interrupted)' : ''}`
    case 'joined':
    case 'left':
      return `${when} ${entry.name} ${entry.kind}.`
    case 'sources':
      return `${when} (looked up: ${[...entry.queries, ...entry.pages.map(({ title, url }) => `${title} ${url}`)].map(oneLine).join('; ')})`
    case 'sound':
      return undefined
  }
}

/** Hours, minutes and seconds. */
function clockTime(at: Ms): string {
  const seconds = Math.max(0, Math.floor(at / 1000))
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return parts.map(part => String(part).padStart(2, '0')).join(':')
}

/** What people say cannot look like a line of its own. */
function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
}
