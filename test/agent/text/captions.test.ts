import { beforeEach, describe, expect, it } from 'vitest'
import { Captions } from '../../../agent/text/captions.ts'
import { FakeClock } from '../../fakes/clock.ts'

let clock: FakeClock
let captions: Captions
let shown: string[]

beforeEach(() => {
  clock = new FakeClock()
  shown = []
  let ids = 0
  captions = new Captions(
    {
      heard: (person, segment, text, isFinal) =>
        shown.push(`${person} ${segment}: ${text}${isFinal ? ' .' : ''}`),
      speak: segment => ({
        write: text => shown.push(`agent ${segment}+ ${text}`),
        close: () => shown.push(`agent ${segment} end`),
      }),
    },
    clock,
    () => `S${++ids}`,
  )
})

describe('what a person says', () => {
  it('grows in one segment, whole each time, and is final when the agent has answered', () => {
    captions.heard('ana', ' Hello')
    captions.heard('ana', ' there')
    captions.endTurn()
    expect(shown).toEqual(['ana S1: Hello', 'ana S1: Hello there', 'ana S1: Hello there .'])
  })

  it('is final when nothing more comes for a while', () => {
    captions.heard('ana', 'Hello')
    clock.pass(2_000)
    captions.heard('ana', 'Again')
    expect(shown).toEqual(['ana S1: Hello', 'ana S1: Hello .', 'ana S2: Again'])
  })

  it('ends where somebody else begins', () => {
    captions.heard('ana', 'Hello')
    captions.heard('ben', 'Hi')
    expect(shown).toEqual(['ana S1: Hello', 'ana S1: Hello .', 'ben S2: Hi'])
  })

  it('of blanks alone is not shown', () => {
    captions.heard('ana', '  ')
    captions.endTurn()
    expect(shown).toEqual([])
  })

  it('without end is cut into segments', () => {
    for (let i = 0; i < 50; i++) captions.heard('ana', 'x'.repeat(100))
    expect(Math.max(...shown.map(line => line.length))).toBeLessThan(2_200)
  })
})

describe('what the agent says', () => {
  it('is one stream of pieces for each turn', () => {
    captions.said('Good')
    captions.said(' day')
    captions.endTurn()
    captions.said('Next')
    captions.endTurn()
    captions.endTurn()
    expect(shown).toEqual([
      'agent S1+ Good',
      'agent S1+  day',
      'agent S1 end',
      'agent S2+ Next',
      'agent S2 end',
    ])
  })
})
