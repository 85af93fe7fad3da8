import type { LiveEvent } from '../live/events.ts'

/** What the agent does besides talking, as people are shown it: a JSON object each. All of it is bounded, and none of it is markup. */
export type Activity =
  /** One call of a tool: the same id and line in each state. */
  | {
      kind: 'tool'
      id: string
      name: string
      state: 'started' | 'done' | 'failed' | 'cancelled'
      line: string
    }
  /** What the model searched for, and the pages that its answer rests on. */
  | { kind: 'sources'; queries: string[]; pages: { title: string; url: string }[] }
  /** Code that the model wrote and ran; then, with `state`, what came of it. */
  | { kind: 'code'; language: string; code: string }
  | { kind: 'code'; state: 'done' | 'failed'; output: string }

const MOST_QUERIES = 5
const MOST_PAGES = 10
const MOST_TITLE = 200
const MOST_URL = 2_000
const MOST_CODE = 4_000

export function sourcesShown(
  queries: readonly string[],
  pages: readonly { title: string; url: string }[],
): Activity {
  return {
    kind: 'sources',
    queries: queries.slice(0, MOST_QUERIES).map(query => query.slice(0, MOST_TITLE)),
    pages: pages
      .filter(({ url }) => url.length <= MOST_URL)
      .slice(0, MOST_PAGES)
      .map(({ title, url }) => ({ title: title.slice(0, MOST_TITLE), url })),
  }
}

export function codeShown(language: string, code: string): Activity {
  return { kind: 'code', language: language.slice(0, 20), code: code.slice(0, MOST_CODE) }
}

export function outcomeShown(isOk: boolean, output: string): Activity {
  return { kind: 'code', state: isOk ? 'done' : 'failed', output: output.slice(0, MOST_CODE) }
}

/** What the model itself does, as it is told; undefined for all else. */
export function activityOf(event: LiveEvent): Activity | undefined {
  switch (event.type) {
    case 'sources':
      return sourcesShown(event.queries, event.pages)
    case 'code':
      return codeShown(event.language, event.code)
    case 'codeResult':
      return outcomeShown(event.isOk, event.output)
    default:
      return undefined
  }
}
