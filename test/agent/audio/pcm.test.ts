import { describe, expect, it } from 'vitest'
import { fromBase64, levelOf, toBase64 } from '../../../agent/audio/pcm.ts'
import { Ring } from '../../../agent/audio/ring.ts'

describe('base64', () => {
  it('carries a view of a larger buffer without what is around it', () => {
    const whole = Int16Array.from([9, 9, 1, -2, 32_767, -32_768, 9])
    expect([...fromBase64(toBase64(whole.subarray(2, 6)))]).toEqual([1, -2, 32_767, -32_768])
  })

  it('is read in the URL-safe alphabet too, and gives samples that own their memory', () => {
    const pcm = Int16Array.from([-1, -257, 16_191])
    const urlSafe = toBase64(pcm).replaceAll('+', '-').replaceAll('/', '_')
    const read = fromBase64(urlSafe)
    expect([...read]).toEqual([...pcm])
    expect(read.buffer.byteLength).toBe(read.byteLength)
  })

  it('of an odd number of bytes loses the half sample', () => {
    expect([...fromBase64(Buffer.from([1, 0, 2]).toString('base64'))]).toEqual([1])
  })
})

describe('level', () => {
  it('is 0 dBFS for a full-scale square wave, 20 dB less for a tenth of it, and nothing for silence', () => {
    expect(levelOf(new Int16Array(100).fill(-32_768))).toBe(0)
    expect(levelOf(new Int16Array(100).fill(3277))).toBeCloseTo(-20, 1)
    expect(levelOf(new Int16Array(100))).toBe(Number.NEGATIVE_INFINITY)
  })
})

describe('a ring of samples', () => {
  it('gives back what was put in, in order, across its seam', () => {
    const ring = new Ring(10)
    const out = new Int16Array(3)
    const seen: number[] = []
    for (let i = 0; i < 30; i += 3) {
      expect(ring.push(Int16Array.from([i, i + 1, i + 2]))).toBe(0)
      ring.read(out)
      seen.push(...out)
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i))
  })

  it('that overflows keeps the newest and says how many are lost', () => {
    const ring = new Ring(4)
    expect(ring.push(Int16Array.from([1, 2, 3]))).toBe(0)
    expect(ring.push(Int16Array.from([4, 5, 6]))).toBe(2)
    expect(ring.push(Int16Array.from([7, 8, 9, 10, 11, 12]))).toBe(6)
    const out = new Int16Array(4)
    expect(ring.read(out)).toBe(4)
    expect([...out]).toEqual([9, 10, 11, 12])
  })
})
