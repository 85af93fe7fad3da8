import type { LiveServerMessage } from '@google/genai'
import { describe, expect, it } from 'vitest'
import { eventsOf } from '../../../agent/live/events.ts'
import { activityOf } from '../../../agent/text/activity.ts'

const shown = (serverContent: object) =>
  eventsOf({ serverContent } as LiveServerMessage).map(event => activityOf(event))

describe('what Google does by itself', () => {
  it('is shown as what was searched for, and the pages that an answer rests on', () => {
    const groundingMetadata = {
      webSearchQueries: ['weather Oslo'],
      groundingChunks: [
        { web: { title: 'yr.no', uri: 'https://yr.no/oslo' } },
        { web: { title: 'a trap', uri: 'javascript:alert(1)' } },
      ],
      searchEntryPoint: { renderedContent: '<script>' },
    }
    expect(shown({ groundingMetadata })).toEqual([
      { kind: 'sources', queries: ['weather Oslo'], pages: [{ title: 'yr.no', url: 'https://yr.no/oslo' }] },
    ])
  })

  it('is shown as the pages that were read', () => {
    const urlContextMetadata = { urlMetadata: [{ retrievedUrl: 'https://example.org/a' }] }
    expect(shown({ urlContextMetadata })).toEqual([
      { kind: 'sources', queries: [], pages: [{ title: '', url: 'https://example.org/a' }] },
    ])
  })

  it('is shown as code and what came of it', () => {
    const parts = [
      { executableCode: { language: 'PYTHON', code: 'print(2 + 2)' } },
      { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '4\n' } },
      { codeExecutionResult: { outcome: 'OUTCOME_FAILED', output: 'NameError' } },
    ]
    expect(shown({ modelTurn: { parts } })).toEqual([
      { kind: 'code', language: 'python', code: 'print(2 + 2)' },
      { kind: 'code', state: 'done', output: '4\n' },
      { kind: 'code', state: 'failed', output: 'NameError' },
    ])
  })

  it('is bounded, however much of it there is', () => {
    const groundingMetadata = {
      webSearchQueries: Array.from({ length: 50 }, () => 'q'.repeat(1_000)),
      groundingChunks: Array.from({ length: 50 }, (_, i) => ({
        web: { title: 't'.repeat(1_000), uri: `https://example.org/${i}` },
      })),
    }
    const parts = [{ executableCode: { code: 'x'.repeat(100_000) } }]
    expect(JSON.stringify(shown({ groundingMetadata, modelTurn: { parts } })).length).toBeLessThan(10_000)
  })

  it('is nothing where nothing was searched for', () => {
    expect(shown({ groundingMetadata: {} })).toEqual([])
  })
})
