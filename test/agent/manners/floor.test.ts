import { describe, expect, it } from 'vitest'
import { TalkFloor } from '../../../agent/manners/floor.ts'

describe('people who press to talk', () => {
  it('are heard one at a time, in the order in which they pressed', () => {
    const floor = new TalkFloor()
    expect(floor.press('ana')).toEqual({ to: 'opened', by: 'ana' })
    expect(floor.press('ben')).toEqual({ to: 'none' })
    expect(floor.press('cho')).toEqual({ to: 'none' })
    expect(floor.talkers).toEqual(['ana', 'ben', 'cho'])
    expect(floor.release('ana')).toEqual({ to: 'passed', by: 'ben' })
    expect(floor.release('ben')).toEqual({ to: 'passed', by: 'cho' })
    expect(floor.release('cho')).toEqual({ to: 'closed', by: 'cho' })
    expect(floor.holder).toBeUndefined()
  })

  it('lose nothing by letting go while they wait, or by pressing twice', () => {
    const floor = new TalkFloor()
    floor.press('ana')
    floor.press('ben')
    floor.press('ben')
    expect(floor.release('ben')).toEqual({ to: 'none' })
    expect(floor.press('ana')).toEqual({ to: 'none' })
    expect(floor.talkers).toEqual(['ana'])
    expect(floor.release('nobody')).toEqual({ to: 'none' })
  })

  it('are a bounded number', () => {
    const floor = new TalkFloor()
    for (let i = 0; i < 1_000; i++) floor.press(`p${i}`)
    expect(floor.talkers.length).toBeLessThan(60)
  })
})
