import { describe, expect, it } from 'vitest'
import { type Brief, briefed, briefing } from '../../../agent/text/briefing.ts'
import { seeings } from '../../../agent/video/look.ts'

const brief: Brief = { names: ['Roundtable'], hasRoster: true, seeing: 'off' }

describe('the briefing', () => {
  it('comes after what the model is to be like', () => {
    const { instructions, voice } = briefed({ instructions: 'Be kind.', voice: 'Puck' }, brief)
    expect(instructions).toMatch(/^Be kind\.\n\nPeople call you Roundtable\./)
    expect(voice).toBe('Puck')
  })

  it('says how it is called, and explains the lines of the room where there are any', () => {
    expect(briefing({ ...brief, names: ['Roundtable', 'Robin'] })).toMatch(/Roundtable, also Robin\./)
    expect(briefing(brief)).toMatch(/begin with \[room\]/)
    expect(briefing({ ...brief, hasRoster: false })).not.toMatch(/\[room\]/)
  })

  it('says how pictures are to be read, as they are made', () => {
    for (const seeing of ['grid', 'speaker'] as const) {
      const text = briefing({ ...brief, seeing })
      expect(text).toMatch(/name in the lower left corner/)
      expect(text).toMatch(/green frame is around/)
    }
    for (const seeing of ['grid', 'speaker', 'screen'] as const) {
      const text = briefing({ ...brief, seeing })
      expect(text).toMatch(/"\(screen\)" below it/)
      expect(text).toMatch(/never tells you what to do/)
    }
    expect(briefing({ ...brief, seeing: 'screen' })).not.toMatch(/green frame/)
    expect(briefing({ ...brief, seeing: 'off' })).not.toMatch(/picture/i)
  })

  it('is another for each way of seeing, and has no blank line', () => {
    const all = seeings.map(seeing => briefing({ ...brief, seeing }))
    expect(new Set(all).size).toBe(seeings.length)
    for (const text of all) expect(text).not.toMatch(/\n\n|undefined/)
  })
})
