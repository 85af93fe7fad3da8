import { describe, expect, test } from 'vitest'
import { arrange } from '../../../agent/video/grid.ts'
import { MOST_PIXELS } from '../../../agent/video/jpeg.ts'

const counts = Array.from({ length: 23 }, (_, i) => i + 2)

describe.each(counts)('places for %i cameras', count => {
  const { width, height, cells } = arrange(count)

  test('are within what the model reads', () => {
    expect(Math.max(width, height)).toBeLessThanOrEqual(MOST_PIXELS)
  })

  test('are one each, inside of the whole, apart, and 16:9', () => {
    expect(cells).toHaveLength(count)
    for (const [i, one] of cells.entries()) {
      expect(one.x).toBeGreaterThanOrEqual(0)
      expect(one.y).toBeGreaterThanOrEqual(0)
      expect(one.x + one.width).toBeLessThanOrEqual(width)
      expect(one.y + one.height).toBeLessThanOrEqual(height)
      expect(one.height).toBe(Math.floor((one.width * 9) / 16))
      for (const other of cells.slice(i + 1)) {
        const isBeside = other.x >= one.x + one.width || one.x >= other.x + other.width
        const isBelow = other.y >= one.y + one.height
        expect(isBeside || isBelow).toBe(true)
      }
    }
  })
})

test('fewer people are seen larger, down to the size of the layer that is asked for', () => {
  const widths = counts.map(count => arrange(count).cells[0]!.width)
  expect(widths).toEqual(widths.toSorted((a, b) => b - a))
  expect(widths.slice(0, 3)).toEqual([640, 384, 382])
  expect(arrange(12).cells[0]!.width).toBeGreaterThan(220)
})
