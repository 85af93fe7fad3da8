import { describe, expect, test } from 'vitest'
import { type Line, type Source, Transcript, transcriptFile } from '../../web/page/transcript.ts'

function told() {
  const shown: string[] = []
  const dropped: string[] = []
  const transcript = new Transcript(
    ({ name, text, isFinal }) => shown.push(`${name}: ${text}${isFinal ? '' : '…'}`),
    ({ id }) => dropped.push(id),
  )
  const open = (given: Partial<Source>) =>
    transcript.open({
      identity: 'p_ana',
      name: 'Ana',
      isAgent: false,
      segment: 's1',
      isFinal: false,
      isInterrupted: false,
      at: 0,
      ...given,
    })
  const say = (text: string, given: Partial<Source>) => {
    const writing = open(given)
    writing.add(text)
    writing.end()
  }
  const texts = () => transcript.lines.map(({ text }) => text)
  return { transcript, open, say, shown, dropped, texts }
}

describe("a person's words", () => {
  test('come as drafts that replace each other, until one is final', () => {
    const { say, shown, texts } = told()
    say('Where', { isFinal: false })
    say('Where do we', { isFinal: false })
    say('Where do we meet?', { isFinal: true })
    expect(texts()).toEqual(['Where do we meet?'])
    expect(shown.at(-1)).toBe('Ana: Where do we meet?')
  })

  test('are not undone by a draft that arrives after the last word', () => {
    const { say, texts, transcript } = told()
    say('Where do we meet?', { isFinal: true })
    say('Where do', { isFinal: false })
    expect(texts()).toEqual(['Where do we meet?'])
    expect(transcript.lines[0]?.isFinal).toBe(true)
  })

  test('are not mixed with those of a draft that is still arriving', () => {
    const { open, texts } = told()
    const old = open({})
    old.add('Where')
    const newer = open({ isFinal: true })
    newer.add('Where do we meet?')
    old.add(' are')
    newer.end()
    old.end()
    expect(texts()).toEqual(['Where do we meet?'])
  })

  test('under the same segment id are apart for two people', () => {
    const { say, texts } = told()
    say('One', { isFinal: true })
    say('Two', { identity: 'p_ben', name: 'Ben', isFinal: true })
    expect(texts()).toEqual(['One', 'Two'])
  })
})

describe("the agent's words", () => {
  const agent = { identity: 'agent', name: 'Gemini', isAgent: true, segment: 'g1' }

  test('come in pieces, and are final when their stream ends', () => {
    const { open, shown } = told()
    const writing = open({ ...agent, isFinal: false })
    writing.add('At the ')
    writing.add('station.')
    writing.end()
    expect(shown).toEqual(['Gemini: At the …', 'Gemini: At the station.…', 'Gemini: At the station.'])
  })

  test('stay as they are when it leaves in the middle', () => {
    const { open, transcript } = told()
    const writing = open(agent)
    writing.add('I was ab')
    transcript.settle('agent')
    writing.end()
    expect(transcript.lines).toMatchObject([{ text: 'I was ab', isFinal: true }])
  })

  test('say that they were interrupted', () => {
    const { say, transcript } = told()
    say('At the', agent)
    say('At the', { ...agent, isFinal: true, isInterrupted: true })
    expect(transcript.lines).toMatchObject([{ text: 'At the', isInterrupted: true }])
  })
})

test('the oldest line goes when there are more than 5000', () => {
  const { say, dropped, transcript } = told()
  for (let count = 0; count < 5001; count++) say('word', { segment: `s${count}`, isFinal: true })
  expect(dropped).toEqual(['p_ana/s0'])
  expect(transcript.lines.length).toBe(5000)
})

test('the file holds every final line once, with time and name, in one line each', () => {
  const line = (given: Partial<Line>): Line => ({
    id: '1',
    kind: 'said',
    identity: 'p',
    name: 'Ana',
    isAgent: false,
    text: 'Hello',
    isFinal: true,
    isInterrupted: false,
    links: [],
    at: Date.UTC(2026, 0, 2, 3, 4, 5),
    ...given,
  })
  const lines = [
    line({}),
    line({ text: 'two\nlines', kind: 'typed' }),
    line({ text: 'cut', isInterrupted: true }),
    line({ text: 'draft', isFinal: false }),
    line({ text: ' ' }),
  ]
  expect(transcriptFile(lines, 'kitchen')).toBe(`Room kitchen

2026-01-02T03:04:05.000Z  Ana: Hello
2026-01-02T03:04:05.000Z  Ana (typed): two lines
2026-01-02T03:04:05.000Z  Ana: cut (interrupted)
`)
})
