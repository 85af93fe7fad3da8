import { describe, expect, test } from 'vitest'
import { HOLD_MS, type Look, pick } from '../../../agent/video/picker.ts'

const camera = (identity: string) => ({ id: `${identity}'s camera`, identity, source: 'camera' as const })
const screen = (identity: string) => ({ id: `${identity}'s screen`, identity, source: 'screen' as const })
const [ana, bo, cy] = [camera('ana'), camera('bo'), camera('cy')]
const seen = (look: Look | undefined) => look?.id
const look = ({ id }: { id: string }, since = 0): Look => ({ id, since })

describe('with nothing to see', () => {
  test('nothing is looked at', () => {
    expect(pick([], undefined, { now: 0, speaking: 'ana' })).toBeUndefined()
    expect(pick([], look(ana), { now: 0, speaking: 'ana' })).toBeUndefined()
  })
})

describe('with cameras', () => {
  test('the first is looked at while nobody has spoken', () => {
    expect(seen(pick([ana, bo], undefined, { now: 0, speaking: undefined }))).toBe(ana.id)
  })

  test('whoever speaks is looked at', () => {
    expect(seen(pick([ana, bo], undefined, { now: 0, speaking: 'bo' }))).toBe(bo.id)
  })

  test('the next speaker takes over when the look has been held long enough, not before', () => {
    const before = look(ana, 1000)
    const early = pick([ana, bo], before, { now: 1000 + HOLD_MS - 1, speaking: 'bo' })
    expect(early).toBe(before)
    const late = pick([ana, bo], before, { now: 1000 + HOLD_MS, speaking: 'bo' })
    expect(late).toEqual({ id: bo.id, since: 1000 + HOLD_MS })
  })

  test('two who speak in turns every second are not cut every second', () => {
    let now: Look | undefined
    let cuts = 0
    for (let second = 0; second < 40; second++) {
      const next = pick([ana, bo], now, { now: second * 1000, speaking: second % 2 ? 'bo' : 'ana' })
      if (seen(next) !== seen(now)) cuts++
      now = next
    }
    expect(cuts).toBeLessThanOrEqual(1 + 40_000 / HOLD_MS)
    expect(cuts).toBeGreaterThan(2)
  })

  test('the last speaker stays in view when nobody speaks, or somebody without a camera', () => {
    expect(seen(pick([ana, bo], look(bo), { now: 60_000, speaking: undefined }))).toBe(bo.id)
    expect(seen(pick([ana, bo], look(bo), { now: 60_000, speaking: 'dan' }))).toBe(bo.id)
  })

  test('a camera that goes off is left at once', () => {
    expect(seen(pick([ana, cy], look(bo), { now: 1, speaking: 'cy' }))).toBe(cy.id)
    expect(seen(pick([ana, cy], look(bo), { now: 1, speaking: undefined }))).toBe(ana.id)
  })
})

describe('with a shared screen', () => {
  test('it comes before every camera, at once, whoever speaks', () => {
    expect(pick([ana, bo, screen('bo')], look(ana, 5), { now: 6, speaking: 'ana' })).toEqual({
      id: screen('bo').id,
      since: 6,
    })
  })

  test('the screen that was shared last is the one', () => {
    const lanes = [screen('ana'), ana, screen('bo')]
    expect(seen(pick(lanes, look(screen('ana')), { now: 1, speaking: 'ana' }))).toBe(screen('bo').id)
  })

  test('the cameras are back as soon as it ends', () => {
    expect(seen(pick([ana, bo], look(screen('bo'), 5), { now: 6, speaking: 'bo' }))).toBe(bo.id)
  })
})
