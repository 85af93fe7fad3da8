import { beforeEach, describe, expect, it } from 'vitest'
import type { Book } from '../../../agent/record/keeper.ts'
import { Scribe } from '../../../agent/record/scribe.ts'

let entries: object[]
let shown: string[]
let nowMs: number
let aheadMs: number
let scribe: Scribe

beforeEach(() => {
  entries = []
  shown = []
  nowMs = 10_000
  aheadMs = 500
  const book = {
    isKept: true,
    get nowMs() {
      return nowMs
    },
    add: (entry: object) => entries.push(entry),
  } as unknown as Book
  const screen = {
    heard: ({ text }: { text: string }) => void shown.push(text),
    speak: () => ({
      write: (text: string) => void shown.push(text),
      close: () => void shown.push('end'),
      cut: (text: string) => void shown.push(`cut after ${text}`),
    }),
  }
  scribe = new Scribe(screen, book, {
    agent: 'Roundtable',
    nameOf: identity => identity.toUpperCase(),
    soundMs: () => 7_000,
    aheadMs: () => aheadMs,
  })
})

const caption = { identity: 'ana', trackId: 'TR_1', segment: 'S1', fromMs: 5_000, toMs: 6_000 }

describe('a caption', () => {
  it('of a person is kept once it is final, at the time it was said', () => {
    scribe.heard({ ...caption, text: 'hel', isFinal: false })
    scribe.heard({ ...caption, text: 'hello', isFinal: true })
    expect(shown).toEqual(['hel', 'hello'])
    expect(entries).toEqual([{ kind: 'said', identity: 'ana', name: 'ANA', text: 'hello', at: 8_000 }])
  })

  it('that was taken back is not kept', () => {
    scribe.heard({ ...caption, text: '', isFinal: true })
    expect(entries).toEqual([])
  })

  it('of the agent is kept whole, at the time its voice is heard', () => {
    const speaking = scribe.speak('S2')
    speaking.write('Good ')
    nowMs += 3_000
    speaking.write('morning.')
    speaking.close()
    expect(shown).toEqual(['Good ', 'morning.', 'end'])
    // Somebody may still talk over it.
    expect(entries).toEqual([])
    scribe.fellSilent()
    expect(entries).toEqual([
      { kind: 'answered', name: 'Roundtable', text: 'Good morning.', isCut: false, at: 10_500 },
    ])
  })

  it('of an answer that was interrupted holds what was heard, and says so', () => {
    const speaking = scribe.speak('S2')
    speaking.write('Good morning to all of you.')
    speaking.close()
    speaking.cut('Good morning')
    scribe.fellSilent()
    expect(entries).toMatchObject([{ text: 'Good morning', isCut: true }])
  })

  it('of an answer without words is not kept', () => {
    aheadMs = 0
    scribe.speak('S2').close()
    expect(entries).toEqual([])
  })
})
