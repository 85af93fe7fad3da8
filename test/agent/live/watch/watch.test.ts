import { describe, expect, it } from 'vitest'
import { Audible } from '../../../../agent/live/watch/audible.ts'
import { OpenCalls } from '../../../../agent/live/watch/calls.ts'
import { Peer } from '../../../../agent/live/watch/peer.ts'
import { Silence } from '../../../../agent/live/watch/silence.ts'
import { Tail } from '../../../../agent/live/watch/tail.ts'
import { Watch } from '../../../../agent/live/watch/watch.ts'

const loud = Int16Array.from({ length: 240 }, (_, i) => (i % 2 === 0 ? 4_000 : -4_000))
const faint = Int16Array.from({ length: 240 }, (_, i) => (i % 2 === 0 ? 20 : -20))

describe('a turn that is owed', () => {
  it('and cannot be heard is asked for once more, then the room is told once, until one can be heard', () => {
    const audible = new Audible()
    const turn = (pcm?: Int16Array) => {
      audible.asked()
      if (pcm) audible.sound(pcm)
      return audible.turnEnded(undefined)
    }
    expect([turn(), turn(), turn(), turn(faint)]).toEqual(['again', 'give up', 'fine', 'fine'])
    expect([turn(loud), turn(faint), turn(loud)]).toEqual(['fine', 'again', 'fine'])
    expect(audible.misses).toBe(0)
  })

  it('need not be heard where it calls a function or is talked over', () => {
    const audible = new Audible()
    audible.asked()
    audible.excused()
    expect(audible.turnEnded(undefined)).toBe('fine')
    // The answer is owed all the same.
    expect(audible.turnEnded(undefined)).toBe('again')
  })

  it('and breaks off with its connection says nothing about the next turn', () => {
    const audible = new Audible()
    audible.asked()
    audible.sound(faint)
    audible.excused()
    audible.brokenOff()
    expect(audible.turnEnded(undefined)).toBe('again')
    audible.sound(loud)
    audible.brokenOff()
    // What was asked was heard in part, and the next turn is owed to nobody.
    expect(audible.turnEnded(undefined)).toBe('fine')
    audible.asked()
    expect(audible.turnEnded(undefined)).toBe('give up')
  })

  it('is told from one that nobody asked for, unless the model says that it failed', () => {
    const audible = new Audible()
    expect(audible.turnEnded(undefined)).toBe('fine')
    expect(audible.turnEnded('NEED_MORE_INPUT')).toBe('fine')
    expect(audible.turnEnded('RESPONSE_REJECTED')).toBe('again')
    expect(audible.turnEnded('RESPONSE_REJECTED')).toBe('give up')
  })
})

describe('a function call', () => {
  const call = (id: string) => ({ id, name: 'f', args: {} })

  it('is answered once, and not at all when it was taken back', () => {
    const calls = new OpenCalls()
    calls.called([call('a'), call('b')], 0)
    calls.cancelled(['b'])
    expect([calls.answered('a', true), calls.answered('a', true), calls.answered('b', true)]).toEqual([
      'awaited',
      'nobody',
      'nobody',
    ])
    expect(calls.areOpen).toBe(false)
  })

  it('may be answered in parts', () => {
    const calls = new OpenCalls()
    calls.called([call('a')], 0)
    expect([calls.answered('a', false), calls.answered('a', true), calls.answered('a', true)]).toEqual([
      'awaited',
      'awaited',
      'nobody',
    ])
  })

  it('of a session that is gone holds nothing up, and its answer is told once all the same', () => {
    const calls = new OpenCalls()
    calls.called([call('a'), call('b')], 0)
    calls.orphan()
    expect(calls.areOpen).toBe(false)
    expect(calls.overdue(1e9)).toEqual([])
    calls.cancelled(['b'])
    expect([calls.answered('a', true), calls.answered('a', true), calls.answered('b', true)]).toEqual([
      'orphaned',
      'nobody',
      'nobody',
    ])
  })

  it('of many sessions that are gone: the oldest are forgotten', () => {
    const calls = new OpenCalls()
    for (let i = 0; i < 150; i++) {
      calls.called([call(`${i}`)], 0)
      calls.orphan()
    }
    expect([calls.answered('49', true), calls.answered('50', true)]).toEqual(['nobody', 'orphaned'])
  })

  it('that comes again at once is a slip, and later it is meant', () => {
    const calls = new OpenCalls()
    const isSlip = (at: number, ...asked: ReturnType<typeof call>[]) => {
      calls.called(asked, at)
      return calls.isRepetition
    }
    expect([
      isSlip(0, call('a')),
      isSlip(1_900, call('b')),
      isSlip(3_000, call('c'), call('d')),
      isSlip(3_100, call('e')),
      isSlip(5_200, call('f')),
    ]).toEqual([false, true, false, false, false])
  })

  it('that everybody forgot is due after a minute', () => {
    const calls = new OpenCalls()
    calls.called([call('a')], 1_000)
    expect(calls.overdue(60_999)).toEqual([])
    expect(calls.overdue(61_000)).toEqual([call('a')])
  })
})

describe('a server', () => {
  it('that meets speech with nothing is left after ten seconds, and less and less soon where that does not help', () => {
    const silence = new Silence()
    expect([silence.step(9_999), silence.step(10_000), silence.step(19_999), silence.step(20_000)]).toEqual([
      false,
      true,
      false,
      true,
    ])
    silence.heard()
    expect(silence.step(10_000)).toBe(true)
  })

  it('that sends nothing is asked for a sign, and is given more than a minute to give it', () => {
    const peer = new Peer(0)
    const asked = Array.from({ length: 150 }, (_, i) => ({ at: i * 500, says: peer.step(i * 500) }))
    expect(asked.filter(({ says }) => says === 'ask').map(({ at }) => at)).toEqual([20_000, 40_000, 60_000])
    expect(asked.some(({ says }) => says === 'dead')).toBe(false)
    expect(peer.step(75_000)).toBe('dead')
  })

  it('whose pongs are 30 s late is alive', () => {
    const peer = new Peer(0)
    for (let at = 0; at < 600_000; at += 500) {
      if (at % 50_000 === 0) peer.sign(at)
      expect(peer.step(at)).not.toBe('dead')
    }
  })
})

describe('sound and words that come after an interruption', () => {
  const audio = { type: 'audio', pcm: loud } as const

  it('are not heard up to the end of that turn, and the next turn is', () => {
    const tail = new Tail()
    expect(tail.passes(audio, 0)).toBe(true)
    expect(tail.passes({ type: 'interrupted' }, 10)).toBe(true)
    expect(tail.passes(audio, 20)).toBe(false)
    expect(tail.passes({ type: 'said', text: 'late' }, 20)).toBe(false)
    expect(tail.passes({ type: 'turnComplete' }, 30)).toBe(true)
    expect(tail.passes(audio, 40)).toBe(true)
  })

  it('are heard again after a second where the end of the turn never comes', () => {
    const tail = new Tail()
    tail.passes({ type: 'interrupted' }, 0)
    expect(tail.passes(audio, 999)).toBe(false)
    expect(tail.passes(audio, 1_000)).toBe(true)
  })
})

describe('a watched conversation', () => {
  it('lets late sound of a finished answer through, and a stray pair change nothing', () => {
    const watch = new Watch()
    watch.opened(0, false)
    watch.received({ type: 'generated' }, 100)
    expect(watch.received({ type: 'audio', pcm: loud }, 110)).toBe(true)
    watch.received({ type: 'turnComplete' }, 120)
    expect(watch.turnEnded(undefined)).toBe('fine')
    watch.received({ type: 'interrupted' }, 200)
    watch.received({ type: 'turnComplete' }, 200)
    expect(watch.turnEnded(undefined)).toBe('fine')
    expect(watch.isBusy(200)).toBe(false)
    expect(watch.received({ type: 'audio', pcm: loud }, 300)).toBe(true)
  })

  it('is busy from the words it has heard to the end of the answer, and for an open call', () => {
    const watch = new Watch()
    watch.opened(0, false)
    watch.received({ type: 'heard', text: 'hi' }, 0)
    expect([watch.isBusy(100), watch.isBusy(6_000)]).toEqual([true, false])
    watch.received({ type: 'audio', pcm: loud }, 7_000)
    expect(watch.isBusy(60_000)).toBe(true)
    watch.received({ type: 'turnComplete' }, 60_000)
    watch.turnEnded(undefined)
    expect([watch.isBusy(60_000), watch.isStale]).toEqual([false, true])
    watch.received({ type: 'call', calls: [{ id: 'a', name: 'f', args: {} }] }, 60_000)
    expect(watch.isBusy(60_000)).toBe(true)
  })

  it('of a session that begins anew waits for no calls of the old one', () => {
    const watch = new Watch()
    watch.received({ type: 'call', calls: [{ id: 'a', name: 'f', args: {} }] }, 0)
    watch.opened(0, true)
    expect(watch.calls.areOpen).toBe(true)
    watch.opened(0, false)
    expect(watch.calls.areOpen).toBe(false)
  })
})
