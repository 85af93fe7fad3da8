import { describe, expect, it } from 'vitest'
import { RoomError, type RoomErrorKind } from '../../../agent/errors.ts'
import { FIRM_MS, first, type Happening, next, type Phase, RECONNECT } from '../../../agent/worker/phase.ts'

const as = { worker: 'AW_1', server: '1.13.5', node: 'ND_1' }
const lost = (kind: RoomErrorKind, now = 0): Happening => ({
  saw: 'lost',
  why: new RoomError(kind, kind),
  now,
})
const longest = () => 1

/** What comes of `happenings`, one after the other. */
const come = (...happenings: Happening[]): Phase =>
  happenings.reduce((phase, happening) => next(phase, happening, longest), first)

const registered = (now: number): Happening[] => [{ saw: 'open' }, { saw: 'registered', as, now }]

describe('a worker that is let in', () => {
  it('is registered once the server has said so', () => {
    expect(come({ saw: 'open' })).toMatchObject({ at: 'registering' })
    expect(come(...registered(5))).toEqual({ at: 'registered', attempt: 1, since: 5, as })
  })

  it('does not take an answer for a registration before it has asked', () => {
    expect(come({ saw: 'registered', as, now: 0 })).toBe(first)
  })
})

describe('a worker whose server goes away', () => {
  it('waits a moment and connects again', () => {
    const waiting = come(...registered(0), lost('lost', FIRM_MS))
    expect(waiting).toMatchObject({ at: 'waiting', attempt: 1, for: RECONNECT.firstMs, hasServed: true })
    expect(next(waiting, { saw: 'elapsed' })).toEqual({ at: 'connecting', attempt: 2, hasServed: true })
  })

  it('waits longer each time the server does not answer, up to a bound', () => {
    let phase: Phase = first
    const waits: number[] = []
    for (let tries = 0; tries < 8; tries++) {
      phase = next(phase, lost('unreachable'), longest)
      if (phase.at === 'waiting') waits.push(phase.for)
      phase = next(phase, { saw: 'elapsed' })
    }
    expect(waits).toEqual([300, 600, 1200, 2400, 4800, 5000, 5000, 5000])
  })

  it('goes on lengthening the wait where the server lets it in and hangs up at once', () => {
    const twice = come(
      ...registered(0),
      lost('lost', 10),
      { saw: 'elapsed' },
      ...registered(500),
      lost('lost', 510),
    )
    expect(twice).toMatchObject({ at: 'waiting', attempt: 2, for: 600 })
  })

  it('begins with a short wait again after it has stood firm', () => {
    const firm = come(lost('lost'), { saw: 'elapsed' }, ...registered(0), lost('lost', FIRM_MS))
    expect(firm).toMatchObject({ at: 'waiting', attempt: 1 })
  })

  it('is not confused by the end of a socket that it has already given up', () => {
    const waiting = come(lost('lost'))
    expect(next(waiting, lost('lost'))).toBe(waiting)
  })
})

describe('a worker that is refused', () => {
  it.each<[RoomErrorKind, boolean, Phase['at']]>([
    ['unauthorized', false, 'closed'],
    ['clock', false, 'closed'],
    ['unreachable', false, 'waiting'],
    ['refused', false, 'waiting'],
    ['unauthorized', true, 'waiting'],
    ['clock', true, 'waiting'],
  ])('for %s, having served before: %s, is %s', (kind, hasServed, at) => {
    const now = next({ at: 'connecting', attempt: 1, hasServed }, lost(kind))
    expect(now.at).toBe(at)
  })
})

it('a closed worker stays closed', () => {
  const closed = come({ saw: 'close' })
  expect(next(closed, { saw: 'open' })).toBe(closed)
  expect(next(closed, lost('lost'))).toBe(closed)
})
