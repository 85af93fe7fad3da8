import { describe, expect, it } from 'vitest'
import { type Entry, jsonLine, textLine } from '../../../agent/record/transcript.ts'

describe('what an answer rests on', () => {
  const entry: Entry = {
    at: 61_500,
    kind: 'sources',
    queries: ['shade plants'],
    pages: [{ title: 'Ferns\nof Europe', url: 'https://example.org/ferns' }],
  }

  it('is a line for people that cannot look like two', () => {
    expect(textLine(entry)).toBe(
      '[00:01:01] (looked up: shade plants; Ferns of Europe https://example.org/ferns)',
    )
  })

  it('is kept whole for programs', () => {
    expect(JSON.parse(jsonLine(entry, 0))).toEqual({
      at: 61.5,
      time: '1970-01-01T00:01:01.500Z',
      kind: 'sources',
      queries: entry.queries,
      pages: entry.pages,
    })
  })
})
