import { describe, expect, test } from 'vitest'
import {
  type Circumstances,
  HOLD_MS,
  type Look,
  look,
  MOST_SEATS,
  type Seeing,
} from '../../../agent/video/look.ts'

const camera = (identity: string) => ({ id: `${identity}'s camera`, identity, source: 'camera' as const })
const screen = (identity: string) => ({ id: `${identity}'s screen`, identity, source: 'screen' as const })
const [ana, bo, cy] = [camera('ana'), camera('bo'), camera('cy')]
const seen = (at: Look | undefined) => at?.ids
const at = (lanes: { id: string }[], since = 0): Look => ({ ids: lanes.map(({ id }) => id), since })
const when = (seeing: Seeing, rest: Partial<Circumstances> = {}): Circumstances => ({
  seeing,
  now: 0,
  talking: [],
  pinned: undefined,
  ...rest,
})

describe('with nothing to see', () => {
  test.each(['grid', 'speaker', 'screen', 'off'] as const)('nothing is looked at: %s', seeing => {
    expect(look([], undefined, when(seeing, { talking: ['ana'] }))).toBeUndefined()
    expect(look([], at([ana]), when(seeing, { talking: ['ana'] }))).toBeUndefined()
  })

  test('nor is a room that is not to be seen', () => {
    expect(look([ana, screen('bo')], undefined, when('off', { pinned: 'ana' }))).toBeUndefined()
    expect(look([ana], at([ana]), when('screen', { pinned: 'ana' }))).toBeUndefined()
  })
})

describe('a grid', () => {
  test('shows everybody, in the order in which they came, whoever talks', () => {
    const all = [ana, bo, cy].map(({ id }) => id)
    expect(seen(look([ana, bo, cy], undefined, when('grid')))).toEqual(all)
    expect(seen(look([ana, bo, cy], at([ana, bo, cy]), when('grid', { talking: ['cy'] })))).toEqual(all)
  })

  test('is the same look for as long as the same people are in it', () => {
    const before = at([ana, bo], 7)
    expect(look([ana, bo], before, when('grid', { now: 99 }))).toBe(before)
    expect(look([ana, bo, cy], before, when('grid', { now: 99 }))).toEqual(at([ana, bo, cy], 99))
  })

  const crowd = Array.from({ length: MOST_SEATS + 8 }, (_, i) => camera(`p${i}`))

  test('of more people than there are seats has whoever talks in it, and leaves the others where they are', () => {
    let now: Look | undefined
    for (const { id, identity } of crowd) {
      const next = look(crowd, now, when('grid', { talking: [identity] }))!
      expect(next.ids).toHaveLength(MOST_SEATS)
      expect(new Set(next.ids).size).toBe(MOST_SEATS)
      expect(next.ids).toContain(id)
      const moved = next.ids.filter((one, seat) => now !== undefined && now.ids[seat] !== one)
      expect(moved.length).toBeLessThanOrEqual(1)
      now = next
    }
    expect(look(crowd, now, when('grid'))).toBe(now)
  })

  test('of more talkers than seats is full of talkers', () => {
    const talking = crowd.map(({ identity }) => identity).reverse()
    const ids = seen(look(crowd, undefined, when('grid', { talking })))!
    expect(ids).toHaveLength(MOST_SEATS)
  })

  test('gives the seat of somebody who has gone to another', () => {
    const before = look(crowd, undefined, when('grid'))
    const rest = crowd.slice(1)
    const ids = seen(look(rest, before, when('grid')))!
    expect(ids).toHaveLength(MOST_SEATS)
    expect(ids).not.toContain(crowd[0]!.id)
  })
})

describe('one camera at a time', () => {
  test('the first is looked at while nobody has spoken', () => {
    expect(seen(look([ana, bo], undefined, when('speaker')))).toEqual([ana.id])
  })

  test('whoever speaks is looked at', () => {
    expect(seen(look([ana, bo], undefined, when('speaker', { talking: ['bo', 'ana'] })))).toEqual([bo.id])
  })

  test('the next speaker takes over when the look has been held long enough, not before', () => {
    const before = at([ana], 1000)
    const talking = ['bo']
    expect(look([ana, bo], before, when('speaker', { now: 1000 + HOLD_MS - 1, talking }))).toBe(before)
    expect(look([ana, bo], before, when('speaker', { now: 1000 + HOLD_MS, talking }))).toEqual(
      at([bo], 1000 + HOLD_MS),
    )
  })

  test('two who speak in turns every second are not cut every second', () => {
    let now: Look | undefined
    let cuts = 0
    for (let second = 0; second < 40; second++) {
      const talking = [second % 2 ? 'bo' : 'ana']
      const next = look([ana, bo], now, when('speaker', { now: second * 1000, talking }))
      if (next !== now) cuts++
      now = next
    }
    expect(cuts).toBeLessThanOrEqual(1 + 40_000 / HOLD_MS)
    expect(cuts).toBeGreaterThan(2)
  })

  test('the last speaker stays in view when nobody speaks, or somebody without a camera', () => {
    expect(seen(look([ana, bo], at([bo]), when('speaker', { now: 60_000 })))).toEqual([bo.id])
    const talking = ['dan']
    expect(seen(look([ana, bo], at([bo]), when('speaker', { now: 60_000, talking })))).toEqual([bo.id])
  })

  test('a camera that goes off is left at once', () => {
    expect(seen(look([ana, cy], at([bo]), when('speaker', { now: 1, talking: ['cy'] })))).toEqual([cy.id])
    expect(seen(look([ana, cy], at([bo]), when('speaker', { now: 1 })))).toEqual([ana.id])
  })
})

describe.each(['grid', 'speaker', 'screen'] as const)('a shared screen, seeing %s', seeing => {
  test('comes before every camera, at once, whoever speaks or is pinned', () => {
    const lanes = [ana, bo, screen('bo')]
    const next = look(lanes, at([ana], 5), when(seeing, { now: 6, talking: ['ana'], pinned: 'ana' }))
    expect(next).toEqual(at([screen('bo')], 6))
  })

  test('that was shared last is the one', () => {
    const lanes = [screen('ana'), ana, screen('bo')]
    expect(seen(look(lanes, at([screen('ana')]), when(seeing)))).toEqual([screen('bo').id])
  })

  test('of the pinned person comes before a later one', () => {
    const lanes = [screen('ana'), ana, screen('bo')]
    expect(seen(look(lanes, undefined, when(seeing, { pinned: 'ana' })))).toEqual([screen('ana').id])
  })

  test('that ends is left at once', () => {
    const next = look([ana], at([screen('bo')], 5), when(seeing, { now: 6 }))
    expect(seen(next)).toEqual(seeing === 'screen' ? undefined : [ana.id])
  })
})

describe.each(['grid', 'speaker'] as const)('a pinned person, seeing %s', seeing => {
  test('fills the picture, at once, whoever speaks', () => {
    const before = at([ana], 0)
    const next = look([ana, bo, cy], before, when(seeing, { now: 1, talking: ['ana'], pinned: 'cy' }))
    expect(next).toEqual(at([cy], 1))
  })

  test('without a camera, or gone, changes nothing', () => {
    const plain = look([ana, bo], undefined, when(seeing, { talking: ['bo'] }))
    expect(look([ana, bo], undefined, when(seeing, { talking: ['bo'], pinned: 'dan' }))).toEqual(plain)
  })
})
