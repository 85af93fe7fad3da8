import { describe, expect, test } from 'vitest'
import { EVERY_MS, FLOOR_MS, Shutter } from '../../../agent/video/shutter.ts'

const blocks = (...values: number[]) => Uint8Array.from(values)

describe('when a picture is due', () => {
  test('the first is due at once', () => {
    expect(new Shutter().wait(12_345)).toBe(0)
  })

  test('the next is due a second after the last one came', () => {
    const shutter = new Shutter()
    shutter.took(5000)
    expect(shutter.wait(5000)).toBe(EVERY_MS)
    expect(shutter.wait(5700)).toBe(EVERY_MS - 700)
    expect(shutter.wait(5000 + EVERY_MS)).toBe(0)
  })

  test('time in which none could be taken is not made up for by a burst', () => {
    const shutter = new Shutter()
    shutter.took(0)
    expect(shutter.wait(60_000)).toBe(0)
    shutter.took(60_000)
    expect(shutter.wait(60_000)).toBe(EVERY_MS)
  })
})

describe('whether a picture is worth sending', () => {
  const still = blocks(10, 100, 200)

  test('the first is', () => {
    expect(new Shutter().isNews('a', still, 0)).toBe(true)
  })

  test('the noise of a camera and of a codec is no news', () => {
    const shutter = new Shutter()
    shutter.isNews('a', still, 0)
    expect(shutter.isNews('a', blocks(16, 94, 206), 1000)).toBe(false)
  })

  test('one block that changed is', () => {
    const shutter = new Shutter()
    shutter.isNews('a', still, 0)
    expect(shutter.isNews('a', blocks(10, 107, 200), 1000)).toBe(true)
    expect(shutter.isNews('a', blocks(10, 100, 200), 2000)).toBe(true)
  })

  test('slow change adds up until it is seen', () => {
    const shutter = new Shutter()
    shutter.isNews('a', blocks(100), 0)
    const sent = [102, 104, 106, 108].map((value, i) => shutter.isNews('a', blocks(value), 1000 + i))
    expect(sent).toEqual([false, false, false, true])
  })

  test('a still one is sent again at the floor rate, counted from when it was last sent', () => {
    const shutter = new Shutter()
    const sent = Array.from({ length: 12 }, (_, second) => shutter.isNews('a', still, second * 1000))
    const at = sent.flatMap((isSent, second) => (isSent ? [second * 1000] : []))
    expect(at).toEqual([0, FLOOR_MS, 2 * FLOOR_MS])
  })

  test("another lane's picture is always new, also when it looks the same", () => {
    const shutter = new Shutter()
    shutter.isNews('a', still, 0)
    expect(shutter.isNews('b', still, 1000)).toBe(true)
    expect(shutter.isNews('a', still, 2000)).toBe(true)
  })

  test('another shape is new', () => {
    const shutter = new Shutter()
    shutter.isNews('a', still, 0)
    expect(shutter.isNews('a', blocks(10, 100), 1000)).toBe(true)
  })
})
