import { describe, expect, test } from 'vitest'
import { readDeed } from '../../web/page/activity.ts'
import { type Line, Transcript, transcriptFile } from '../../web/page/transcript.ts'

const deed = (message: object) => readDeed(JSON.stringify(message), 'm1')
const tool = { kind: 'tool', id: 't1', name: 'weather', line: 'looked up weather' }

describe('a row of what the agent did', () => {
  test.each([
    ['started', 'looked up weather…', false],
    ['done', 'looked up weather', true],
    ['failed', 'looked up weather (failed)', true],
    ['cancelled', 'looked up weather (cancelled)', true],
  ])('says of a tool that it %s', (state, text, isDone) => {
    expect(deed({ ...tool, state })).toEqual({ id: 'tool/t1', text, isDone, links: [] })
  })

  test('leads to the pages that an answer rests on, and to nothing else', () => {
    const pages = [
      { title: 'Ferns', url: 'https://example.org/ferns' },
      { title: ' ', url: 'http://example.com/a' },
      { title: 'x', url: 'javascript:alert(1)' },
      { title: 'x', url: 'data:text/html,x' },
      { title: 'x', url: 'not one' },
      { title: 'x' },
      null,
    ]
    expect(deed({ kind: 'sources', queries: ['shade plants', 7], pages })).toEqual({
      id: 'sources/m1',
      text: 'searched for shade plants',
      isDone: true,
      links: [
        { title: 'Ferns', url: 'https://example.org/ferns' },
        { title: 'example.com', url: 'http://example.com/a' },
      ],
    })
  })

  test('tells of code once, and again only when it failed', () => {
    expect(deed({ kind: 'code', language: 'python', code: '1 + 1' })?.text).toBe('wrote and ran code')
    expect(deed({ kind: 'code', state: 'done', output: '2' })).toBeUndefined()
    expect(deed({ kind: 'code', state: 'failed', output: 'no' })?.text).toBe('its code failed')
  })

  test.each(['', '7', 'null', '[]', '{"kind":"other"}', '{'])('is none for %j', json => {
    expect(readDeed(json, 'm1')).toBeUndefined()
  })
})

test('news of one tool change its row, and it is no part of what was said', () => {
  const seen: string[] = []
  const transcript = new Transcript(
    ({ text }: Line) => seen.push(text),
    () => {},
  )
  for (const state of ['started', 'done']) transcript.do(deed({ ...tool, state })!, 0)
  expect(seen).toEqual(['looked up weather…', 'looked up weather'])
  expect(transcript.lines).toHaveLength(1)
  expect(transcriptFile(transcript.lines, 'kitchen')).toBe('Room kitchen\n\n')
})
