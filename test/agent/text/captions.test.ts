import { beforeEach, describe, expect, it } from 'vitest'
import { Timeline } from '../../../agent/audio/timeline.ts'
import { Captions } from '../../../agent/text/captions.ts'
import { FakeClock } from '../../fakes/clock.ts'

let clock: FakeClock
let captions: Captions
let timeline: Timeline
let shown: string[]

beforeEach(() => {
  clock = new FakeClock()
  timeline = new Timeline()
  shown = []
  let ids = 0
  captions = new Captions(
    {
      heard: ({ identity, trackId, segment, text, isFinal }) =>
        shown.push(`${identity}${trackId && `@${trackId}`} ${segment}: ${text}${isFinal ? ' .' : ''}`),
      speak: segment => ({
        write: text => shown.push(`agent ${segment}+ ${text}`),
        close: () => shown.push(`agent ${segment} end`),
        cut: text => shown.push(`agent ${segment} cut: ${text}`),
      }),
    },
    clock,
    {
      get nowMs() {
        return timeline.nowMs
      },
      slices: (fromMs, toMs) => timeline.slices(fromMs, toMs),
      somebody: () => 'somebody',
    },
    () => `S${++ids}`,
  )
})

/** `people` talk for `ms`, or nobody does. */
function talk(ms: number, ...people: string[]): void {
  for (let i = 0; i < ms; i += 10) {
    timeline.pass(10)
    for (const identity of people) timeline.hear({ identity, trackId: identity[0]!.toUpperCase() }, 10)
  }
  clock.pass(ms)
}

describe('what a person says', () => {
  it('grows in one segment, whole each time, and is final when the agent has answered', () => {
    talk(1_000, 'ana')
    captions.heard(' Hello')
    captions.heard(' there')
    captions.endTurn()
    expect(shown).toEqual(['ana@A S1: Hello', 'ana@A S1: Hello there', 'ana@A S1: Hello there .'])
  })

  it('is final when nothing more comes for a while', () => {
    talk(1_000, 'ana')
    captions.heard('Hello')
    talk(2_000)
    talk(1_000, 'ana')
    captions.heard('Again')
    expect(shown).toEqual(['ana@A S1: Hello', 'ana@A S1: Hello .', 'ana@A S2: Again'])
  })

  it('goes to somebody else where they go on, in pieces as they come', () => {
    talk(1_000, 'ana')
    captions.heard('Shall we go')
    talk(300)
    captions.heard(' now?')
    talk(1_300, 'ben')
    captions.heard(' No, I would')
    talk(300, 'ben')
    captions.heard(' rather stay.')
    talk(500)
    captions.endTurn()
    expect(shown.at(-2)).toBe('ana@A S1: Shall we go now? .')
    expect(shown.at(-1)).toBe('ben@B S2: No, I would rather stay. .')
  })

  it('at the same time as another is shown under both names', () => {
    talk(2_000, 'ana', 'ben')
    talk(500)
    captions.heard('yes no I think so')
    captions.endTurn()
    expect(shown.slice(-2)).toEqual(['ana@A S1: yes no I think so .', 'ben@B S2: yes no I think so .'])
  })

  it('is one caption where they go on after another has stopped', () => {
    talk(1_500, 'ana', 'ben')
    talk(1_000, 'ana')
    talk(500)
    captions.heard('yes no I think so and that is what I will do')
    captions.endTurn()
    expect(shown.at(-2)).toBe('ana@A S1: yes no I think so and that is what I will do .')
    expect(shown.at(-1)).toMatch(/^ben@B S2: yes no I think so.* \.$/)
    expect(shown.at(-1)!.length).toBeLessThan(shown.at(-2)!.length)
  })

  it('is put right, and a caption that was nobody’s is taken back, when more is known', () => {
    talk(2_000, 'ana')
    talk(200)
    talk(600, 'ben')
    captions.heard('Shall we meet on Thursday, or at the')
    expect(shown.map(line => line.split(' ')[0])).toEqual(['ana@A', 'ben@B'])
    talk(100)
    captions.heard(' end of the week? No.')
    captions.endTurn()
    expect(shown.slice(-2)).toEqual([
      'ana@A S1: Shall we meet on Thursday, or at the end of the week? .',
      'ben@B S2: No. .',
    ])
  })

  it('is not taken for speech that was written down before', () => {
    talk(2_000, 'ana')
    talk(500)
    captions.heard('Shall we meet on Thursday, then?')
    captions.endTurn()
    talk(3_000)
    talk(1_000, 'ben')
    talk(500)
    captions.heard('I am away that day, and so is Cho.')
    captions.endTurn()
    expect(shown.at(-1)).toBe('ben@B S2: I am away that day, and so is Cho. .')
  })

  it('is not taken for speech that was never sent', () => {
    talk(2_000, 'ana')
    captions.skip(2_000)
    talk(500)
    talk(1_000, 'ben')
    captions.heard('I am away')
    expect(shown).toEqual(['ben@B S1: I am away'])
  })

  it('before anybody was heard is put down to whoever it may be', () => {
    captions.heard('Hello')
    expect(shown).toEqual(['somebody S1: Hello'])
  })

  it('of blanks alone is not shown', () => {
    captions.heard('  ')
    captions.endTurn()
    expect(shown).toEqual([])
  })

  it('without end is cut into segments', () => {
    talk(1_000, 'ana')
    for (let i = 0; i < 50; i++) captions.heard(` ${'x'.repeat(99)}`)
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

describe('an answer that is talked over', () => {
  const tell = (...words: string[]) => {
    for (const word of words) {
      captions.voiced(500)
      captions.said(word)
    }
  }

  it('shows the words that were heard, and no more', () => {
    tell('One', ' two', ' three', ' four')
    captions.cut(1_000)
    expect(shown.at(-1)).toBe('agent S1 cut: One two')
    // And is forgotten.
    captions.cut(5_000)
    expect(shown.filter(line => /cut/.test(line))).toHaveLength(1)
  })

  it('after its turn has ended is cut all the same, while it is still being heard', () => {
    tell('One', ' two')
    captions.endTurn()
    captions.cut(500)
    expect(shown.slice(-2)).toEqual(['agent S1 end', 'agent S1 cut: One'])
  })

  it('and was heard whole stays as it is', () => {
    tell('One', ' two')
    captions.endTurn()
    captions.fellSilent()
    tell('Three')
    captions.cut(0)
    expect(shown.slice(-2)).toEqual(['agent S2+ Three', 'agent S2 end'])
  })

  it('takes the answer behind it along, of which nothing was heard', () => {
    tell('One', ' two')
    captions.endTurn()
    tell('Three')
    captions.cut(1_000)
    expect(shown.slice(-2)).toEqual(['agent S2 cut: ', 'agent S1 cut: One'])
  })
})
