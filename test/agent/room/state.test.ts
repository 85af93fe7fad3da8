import { describe, expect, it } from 'vitest'
import { readConfig } from '../../../agent/config.ts'
import { Log } from '../../../agent/log.ts'
import type { Manners } from '../../../agent/manners/manners.ts'
import { firstSign, StateSign } from '../../../agent/room/state.ts'
import { FakeClock } from '../../fakes/clock.ts'

function first(manners: Manners, at?: 'rehearsal') {
  const { gemini } = readConfig(at === undefined ? { GEMINI_API_KEY: 'key' } : {})
  return firstSign({ gemini, manners: { first: manners, aliases: [], hasRoster: true } }, false)
}

const log = new Log({}, 'error', () => {})

function post(sent: Record<string, string>[]) {
  return { setAttributes: async (attributes: Record<string, string>) => void sent.push(attributes) }
}

const settled = () => new Promise<void>(resolve => setImmediate(resolve))

describe('the sign', () => {
  it('tells the room only what has changed, in the names of the contract', async () => {
    const sent: Record<string, string>[] = []
    const sign = new StateSign(post(sent), new FakeClock(), log, first('addressed', 'rehearsal'))
    sign.show({ state: 'listening' })
    await settled()
    sign.show({ state: 'listening', deafened: 'ana', talkers: ['ana', 'ben'], choice: 'holding-back' })
    await settled()
    sign.show({ deafened: '' })
    await settled()
    expect(sent).toEqual([
      {
        'lk.agent.state': 'listening',
        'roundtable.hearing': '[]',
        'roundtable.manners': 'addressed',
        'roundtable.talkers': '[]',
        'roundtable.model': 'reconnecting',
        'roundtable.rehearsal': 'true',
      },
      {
        'roundtable.deafened': 'ana',
        'roundtable.talkers': '["ana","ben"]',
        'roundtable.choice': 'holding-back',
      },
      { 'roundtable.deafened': '' },
    ])
  })

  it('shows who is heard at most four times a second, the newest in the end, and holds nothing else up', async () => {
    const sent: Record<string, string>[] = []
    const clock = new FakeClock()
    const sign = new StateSign(post(sent), clock, log, first('open'))
    sign.show({ state: 'listening' })
    await settled()
    for (let i = 1; i <= 100; i++) {
      clock.pass(10)
      sign.show({ hearing: [`p${i}`] })
      if (i === 50) sign.show({ state: 'thinking' })
      await settled()
    }
    clock.pass(250)
    await settled()
    const shown = sent.flatMap(attributes => attributes['roundtable.hearing'] ?? [])
    expect(shown.length).toBeLessThanOrEqual(6)
    expect(shown.at(-1)).toBe('["p100"]')
    expect(sent.some(attributes => attributes['lk.agent.state'] === 'thinking')).toBe(true)
    sign.close()
    expect(clock.pending).toBe(0)
  })

  it('skips what was overtaken while an update was under way', async () => {
    const sent: Record<string, string>[] = []
    let let_through = () => {}
    const slow = {
      setAttributes: (attributes: Record<string, string>) => {
        sent.push(attributes)
        return new Promise<void>(resolve => (let_through = resolve))
      },
    }
    const sign = new StateSign(slow, new FakeClock(), log, first('open'))
    sign.show({ floor: 'a' })
    sign.show({ floor: 'b' })
    sign.show({ floor: 'c' })
    let_through()
    await settled()
    expect(sent.map(({ floor }) => floor)).toEqual(['a', 'c'])
  })

  it('is put up again, whole, when the connection was lost meanwhile', async () => {
    const sent: Record<string, string>[] = []
    let isDown = false
    const flaky = {
      setAttributes: async (attributes: Record<string, string>) => {
        if (isDown) throw new Error('not connected')
        sent.push(attributes)
      },
    }
    const sign = new StateSign(flaky, new FakeClock(), log, first('open'))
    isDown = true
    sign.show({ state: 'listening', floor: 'ana' })
    await settled()
    isDown = false
    sign.repeat()
    await settled()
    expect(sent.at(-1)).toMatchObject({
      'lk.agent.state': 'listening',
      floor: 'ana',
      'roundtable.manners': 'open',
    })
  })
})
