import { expect, test } from 'vitest'
import type { PictureLane } from '../../../agent/video/lanes.ts'
import { Patience } from '../../../agent/video/patience.ts'

const lane = (id: string) => ({ id }) as PictureLane
const [ana, bo] = [lane('ana'), lane('bo')]

test('a lane that failed rests, longer each time, but never for good', () => {
  const patience = new Patience()
  let now = 0
  const rests: number[] = []
  for (let i = 0; i < 8; i++) {
    patience.failed('ana', now)
    expect(patience.awake([ana, bo], now)).toEqual([bo])
    rests.push(patience.over! - now)
    now = patience.over!
    expect(patience.awake([ana, bo], now)).toEqual([ana, bo])
  }
  expect(rests[0]).toBeLessThanOrEqual(1_000)
  expect(rests[1]).toBeGreaterThanOrEqual(1_000)
  expect(Math.max(...rests)).toBeLessThanOrEqual(15_000)
  expect(rests.at(-1)).toBeGreaterThanOrEqual(7_500)
})

test('one picture makes up for all failures', () => {
  const patience = new Patience()
  for (let i = 0; i < 5; i++) patience.failed('ana', 0)
  patience.gave('ana')
  expect(patience.over).toBeUndefined()
  patience.failed('ana', 0)
  expect(patience.over).toBeLessThanOrEqual(1_000)
})

test('a lane that is gone is forgotten', () => {
  const patience = new Patience()
  patience.failed('ana', 0)
  patience.awake([bo], 1)
  expect(patience.over).toBeUndefined()
})
