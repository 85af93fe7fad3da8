import { beforeEach, describe, expect, it } from 'vitest'
import { Timeline } from '../../../agent/audio/timeline.ts'

let timeline: Timeline

beforeEach(() => {
  timeline = new Timeline()
})

/** `people` talk for `ms`, each on a track that is named as they are, unless it says otherwise. */
function talk(ms: number, ...people: (string | [identity: string, trackId: string])[]): void {
  for (let i = 0; i < ms; i += 10) {
    timeline.pass(10)
    for (const person of people) {
      const [identity, trackId] = typeof person === 'string' ? [person, `TR_${person}`] : person
      timeline.hear({ identity, trackId }, 10)
    }
  }
}

const told = (fromMs: number, toMs: number) =>
  timeline
    .slices(fromMs, toMs)
    .map(({ fromMs, toMs, who }) => `${fromMs}-${toMs} ${who.map(({ identity }) => identity).join('+')}`)

describe('who spoke when', () => {
  it('is told in slices, with overlaps under all names and silence left out', () => {
    talk(500, 'ana')
    talk(300, 'ana', 'ben')
    talk(400, 'ben')
    talk(1_000)
    talk(200, 'cho')
    expect(told(0, timeline.nowMs)).toEqual(['0-500 ana', '500-800 ana+ben', '800-1200 ben', '2200-2400 cho'])
    expect(told(600, 1_000)).toEqual(['600-800 ana+ben', '800-1000 ben'])
  })

  it('takes the pauses within speech as speech', () => {
    talk(300, 'ana')
    talk(200)
    talk(300, 'ana')
    expect(told(0, 1_000)).toEqual(['0-800 ana'])
  })

  it('knows a person on two tracks as one', () => {
    talk(400, 'ana', ['ana', 'TR_screen'])
    expect(timeline.whoSpoke(0, 400)).toEqual([{ identity: 'ana', trackId: 'TR_ana', ms: 400 }])
    expect(told(0, 400)).toEqual(['0-400 ana'])
  })

  it('takes back what turns out to be somebody else’s', () => {
    talk(1_000, 'ana', 'ben')
    timeline.retract('TR_ben', 700)
    expect(told(0, 1_000)).toEqual(['0-700 ana+ben', '700-1000 ana'])
    talk(100, 'ben')
    expect(timeline.whoSpoke(1_000, 1_100)).toEqual([{ identity: 'ben', trackId: 'TR_ben', ms: 100 }])
  })

  it('begins anew on a track that was closed, and keeps what was said on it', () => {
    talk(300, 'ana')
    timeline.close('TR_ana')
    talk(100)
    talk(300, 'ana')
    expect(told(0, 1_000)).toEqual(['0-300 ana', '400-700 ana'])
    expect(timeline.last()?.toMs).toBe(700)
  })

  it('is forgotten after two minutes, however many talk', () => {
    for (let i = 0; i < 400; i++) {
      talk(100, `p${i}`)
      talk(300)
    }
    expect(timeline.between(0, timeline.nowMs).length).toBeLessThan(302)
    expect(timeline.between(0, 30_000)).toEqual([])
  })
})
