import { describe, expect, it } from 'vitest'
import { LiveError } from '../../../agent/errors.ts'
import { ChatLimit, lineFor } from '../../../agent/text/chat.ts'
import { Notices } from '../../../agent/text/notices.ts'
import { FakeClock } from '../../fakes/clock.ts'

describe('typed lines', () => {
  it('pass as fast as people type', () => {
    const limit = new ChatLimit()
    const accepted = Array.from({ length: 100 }, (_, i) => limit.accepts('ana', i * 3_000))
    expect(accepted.every(Boolean)).toBe(true)
  })

  it('of one who floods are held back, and those of others are not', () => {
    const limit = new ChatLimit()
    const flood = Array.from({ length: 1_000 }, (_, i) => limit.accepts('eve', i)).filter(Boolean)
    expect(flood.length).toBeLessThanOrEqual(11)
    expect(limit.accepts('ana', 1_000)).toBe(true)
    expect(limit.accepts('eve', 60_000)).toBe(true)
  })

  it('carry their name where there are several to tell apart', () => {
    expect(lineFor('Ana', 'hello', 1)).toBe('hello')
    expect(lineFor('Ana', 'hello', 2)).toBe('Ana: hello')
  })
})

describe('word of an outage', () => {
  const passing = new LiveError('network', 'It cannot be reached.')

  it('is not given for one that is over in a moment', () => {
    const clock = new FakeClock()
    const said: string[] = []
    const notices = new Notices(clock, line => said.push(line))
    notices.down(passing)
    clock.pass(1_000)
    notices.up()
    clock.pass(60_000)
    expect(said).toEqual([])
  })

  it('is given once for a longer one, however often it is tried, and its end too', () => {
    const clock = new FakeClock()
    const said: string[] = []
    const notices = new Notices(clock, line => said.push(line))
    for (let i = 0; i < 5; i++) {
      notices.down(passing)
      clock.pass(5_000)
    }
    notices.up()
    expect(said).toEqual(['I cannot answer for now. It cannot be reached. I keep trying.', 'I am back.'])
  })

  it('is given at once when only a person can mend it', () => {
    const clock = new FakeClock()
    const said: string[] = []
    new Notices(clock, line => said.push(line)).down(new LiveError('key', 'Set GEMINI_API_KEY.'))
    clock.pass(0)
    expect(said[0]).toContain('GEMINI_API_KEY')
  })
})
