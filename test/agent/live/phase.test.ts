import { describe, expect, it } from 'vitest'
import { LiveError, type LiveErrorKind } from '../../../agent/errors.ts'
import { type Happening, next, type Phase } from '../../../agent/live/phase.ts'

const lost = (kind: LiveErrorKind): Happening => ({ type: 'lost', error: new LiveError(kind, kind) })
const live = (since: number, attempt = 0, handle: string | undefined = 'h', deaths = 0): Phase => ({
  at: 'live',
  since,
  attempt,
  deaths,
  handle,
})
const steady = () => 1

describe('a session that opens', () => {
  it('is live, and keeps the newest place from which it can be taken up', () => {
    let phase = next({ at: 'opening', attempt: 0, deaths: 0, handle: undefined }, { type: 'opened' }, 100)
    phase = next(phase, { type: 'handle', handle: 'one' }, 200)
    phase = next(phase, { type: 'handle', handle: 'two' }, 300)
    expect(phase).toEqual({ at: 'live', since: 100, attempt: 0, deaths: 0, handle: 'two' })
  })

  it('keeps its last place while it says that it cannot be left', () => {
    expect(next(live(0), { type: 'handle', handle: undefined }, 1)).toEqual(live(0))
  })
})

describe('a session that is cut', () => {
  it('after working for long is taken up at once where it was', () => {
    expect(next(live(0), lost('network'), 60_000)).toMatchObject({
      at: 'waiting',
      attempt: 1,
      handle: 'h',
      forMs: 0,
    })
  })

  it('as soon as it opened keeps doubling the wait, to a bound', () => {
    const waits: number[] = []
    let phase: Phase = { at: 'opening', attempt: 0, deaths: 0, handle: undefined }
    for (let i = 0; i < 9; i++) {
      phase = next(phase, { type: 'opened' }, i)
      phase = next(phase, lost('server'), i + 1, steady)
      if (phase.at === 'waiting') waits.push(phase.forMs)
      phase = next(phase, { type: 'retry' }, i + 2)
    }
    expect(waits).toEqual([0, 250, 500, 1000, 1000, 1000, 1000, 1000, 1000])
  })

  it('over and over for two minutes is tried once a minute', () => {
    let phase: Phase = { at: 'opening', attempt: 0, deaths: 0, handle: undefined }
    let total = 0
    let tries = 0
    for (; total < 120_000; tries++) {
      phase = next(phase, lost('network'), total, steady)
      if (phase.at === 'waiting') total += phase.forMs
      phase = next(phase, { type: 'retry' }, total)
    }
    expect(tries).toBeLessThan(25)
    expect(next(phase, lost('network'), total, steady)).toMatchObject({ forMs: 60_000 })
  })

  it('that the server ends again as soon as it is taken up gives the place up as poisoned', () => {
    expect(next(live(0, 1, 'h', 1), lost('server'), 500)).toMatchObject({ at: 'waiting', handle: undefined })
  })

  it('for its age, and again at once when it is resumed, begins anew: its handle leads to a session that is too old', () => {
    const aged: Happening = {
      type: 'lost',
      error: new LiveError('server', 'Connection aborted because the session duration expired', {
        code: 1008,
      }),
    }
    let phase = next(live(0), { type: 'goAway', withinMs: 0 }, 900_000)
    phase = next(phase, { type: 'switch' }, 900_000)
    expect(phase).toMatchObject({ at: 'opening', handle: 'h' })
    for (let tries = 0; tries < 2; tries++) {
      phase = next(next(phase, { type: 'opened' }, 900_100), aged, 900_200, steady)
      phase = next(phase, { type: 'retry' }, 900_300)
    }
    expect(phase).toMatchObject({ at: 'opening', handle: undefined })
  })

  it('by the network again and again keeps its place', () => {
    expect(next(live(0, 3, 'h', 1), lost('network'), 500)).toMatchObject({ at: 'waiting', handle: 'h' })
  })

  it('that is refused at the door many times, and not by the network, gives the place up', () => {
    const opening = (attempt: number): Phase => ({ at: 'opening', attempt, deaths: 0, handle: 'h' })
    expect(next(opening(1), lost('server'), 0)).toMatchObject({ handle: 'h' })
    expect(next(opening(3), lost('server'), 0)).toMatchObject({ handle: undefined })
    expect(next(opening(9), lost('network'), 0)).toMatchObject({ handle: 'h' })
  })

  it('by an invalid argument is resumed once, begun anew the second time, and then left alone for a minute', () => {
    const invalid: Happening = { type: 'lost', error: new LiveError('server', '', { code: 1007 }) }
    let phase = next(live(0), invalid, 60_000, steady)
    expect(phase).toMatchObject({ at: 'waiting', handle: 'h', forMs: 0 })
    const again = (at: number) => {
      phase = next(next(phase, { type: 'retry' }, at), { type: 'opened' }, at)
      phase = next(phase, invalid, at + 100, steady)
    }
    again(60_000)
    expect(phase).toMatchObject({ at: 'waiting', handle: undefined, forMs: 0 })
    again(61_000)
    expect(phase).toMatchObject({ at: 'waiting', forMs: 60_000 })
  })

  it('whose place has expired begins anew', () => {
    const opening: Phase = { at: 'opening', attempt: 1, deaths: 0, handle: 'old' }
    expect(next(opening, lost('handle'), 0)).toMatchObject({ at: 'waiting', handle: undefined })
  })
})

describe('a quota that is used up', () => {
  it('is waited for by itself, however often the network was tried before', () => {
    const opening: Phase = { at: 'opening', attempt: 7, sort: 'passing', deaths: 0, handle: 'h' }
    const waiting = next(opening, lost('quota'), 0, steady)
    expect(waiting).toMatchObject({ at: 'waiting', attempt: 1, handle: 'h', forMs: 5_000 })
    const again = next(next(waiting, { type: 'retry' }, 0), lost('quota'), 0, steady)
    expect(again).toMatchObject({ attempt: 2, forMs: 10_000 })
  })
})

describe('what only a person can mend', () => {
  it.each(['key', 'model', 'setup'] as const)('%s: is tried again a minute later, not at once', kind => {
    const opening: Phase = { at: 'opening', attempt: 0, deaths: 0, handle: undefined }
    expect(next(opening, lost(kind), 0, steady)).toMatchObject({ at: 'waiting', forMs: 60_000 })
  })

  it('is tried less and less often', () => {
    const opening: Phase = { at: 'opening', attempt: 9, deaths: 0, handle: undefined }
    expect(next(opening, lost('key'), 0, steady)).toMatchObject({ forMs: 900_000 })
  })
})

describe('goAway', () => {
  it('leaves time to finish the answer, with a margin before the end', () => {
    expect(next(live(0), { type: 'goAway', withinMs: 50_000 }, 1000)).toEqual({
      at: 'leaving',
      since: 0,
      handle: 'h',
      by: 48_000,
    })
  })

  it('without a time means now', () => {
    expect(next(live(0), { type: 'goAway', withinMs: 0 }, 1000)).toMatchObject({ at: 'leaving', by: 1000 })
  })

  it('is followed by the next session at the same place, also when the server closes first', () => {
    const leaving: Phase = { at: 'leaving', since: 0, handle: 'h', by: 9 }
    const opening: Phase = { at: 'opening', attempt: 0, deaths: 0, handle: 'h' }
    expect(next(leaving, { type: 'switch' }, 5)).toEqual(opening)
    expect(next(leaving, lost('network'), 5)).toEqual(opening)
  })
})

describe('closing', () => {
  it.each<Phase>([
    { at: 'opening', attempt: 3, deaths: 0, handle: 'h' },
    live(0),
    { at: 'leaving', since: 0, handle: 'h', by: 9 },
    {
      at: 'waiting',
      attempt: 1,
      sort: 'passing',
      deaths: 0,
      handle: 'h',
      forMs: 5,
      error: new LiveError('network', ''),
    },
  ])('from $at is for good: nothing that happens later opens it again', phase => {
    let now = next(phase, { type: 'close' }, 0)
    for (const event of [
      { type: 'opened' },
      { type: 'retry' },
      { type: 'switch' },
      lost('network'),
    ] as Happening[])
      now = next(now, event, 1)
    expect(now).toEqual({ at: 'closed' })
  })
})
