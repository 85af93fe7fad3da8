import type { Room } from 'livekit-client'
import { readAgent } from './roster.ts'
import { readText } from './text-stream.ts'
import type { Link, Transcript } from './transcript.ts'

const TOPIC = 'roundtable.activity'

/** What the agent did besides talking, as one quiet row of the conversation. */
export type Deed = { id: string; text: string; isDone: boolean; links: readonly Link[] }

/** Reads what the agent says that it does; what anybody else says of it is left alone. */
export function readActivity(room: Room, transcript: Transcript): void {
  room.registerTextStreamHandler(TOPIC, (reader, { identity }) => {
    if (identity !== readAgent(room)?.identity) return
    void readText(reader).then(json => {
      const deed = readDeed(json, reader.info.id)
      if (deed !== undefined) transcript.do(deed, reader.info.timestamp)
    })
  })
}

const endings: Record<string, string> = { started: '…', failed: ' (failed)', cancelled: ' (cancelled)' }

/** The row for one message; `id` names it where it has no name itself. Undefined for what is not understood. */
export function readDeed(json: string, id: string): Deed | undefined {
  const { kind, ...given } = record(parse(json))
  const text = (name: string) => (typeof given[name] === 'string' ? given[name] : '')
  switch (kind) {
    case 'tool': {
      const state = text('state')
      const line = `${text('line') || text('name')}${endings[state] ?? ''}`
      return { id: `tool/${text('id') || id}`, text: line, isDone: state !== 'started', links: [] }
    }
    case 'sources': {
      const queries = list(given.queries).filter(one => typeof one === 'string')
      const links = list(given.pages)
        .map(readLink)
        .filter(link => link !== undefined)
      const line = queries.length === 0 ? 'looked it up' : `searched for ${queries.join(', ')}`
      return { id: `sources/${id}`, text: line, isDone: true, links }
    }
    case 'code': {
      // The code and what came of it are two messages; the first is news enough.
      if (text('state') === 'done') return undefined
      const line = text('state') === 'failed' ? 'its code failed' : 'wrote and ran code'
      return { id: `code/${id}`, text: line, isDone: true, links: [] }
    }
    default:
      return undefined
  }
}

/** A page to look at. Anything but http and https, such as a script, is no page. */
function readLink(given: unknown): Link | undefined {
  const { title, url } = record(given)
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined
  const { protocol, hostname } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') return undefined
  return { url, title: typeof title === 'string' && title.trim() !== '' ? title : hostname }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function record(given: unknown): Record<string, unknown> {
  return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {}
}

function list(given: unknown): unknown[] {
  return Array.isArray(given) ? given : []
}
