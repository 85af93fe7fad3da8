import { describe, expect, it } from 'vitest'
import { Downsampler } from '../../../agent/audio/downsample.ts'
import { levelOf } from '../../../agent/audio/pcm.ts'

function tone(hz: number, rate: number, samples: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) => 10_000 * Math.sin((2 * Math.PI * hz * i) / rate))
}

/** `pcm` in pieces of odd lengths, as they come. */
function inPieces(pcm: Int16Array): Int16Array {
  const down = new Downsampler()
  const out: number[] = []
  for (let at = 0, i = 0; at < pcm.length; i++) {
    const length = [240, 1, 7, 961, 33][i % 5]!
    out.push(...down.push(pcm.subarray(at, at + length)))
    at += length
  }
  return Int16Array.from(out)
}

describe('24 kHz to 16 kHz', () => {
  it('keeps the length, the level and the pitch of speech', () => {
    const out = inPieces(tone(1_000, 24_000, 24_000))
    expect(Math.abs(out.length - 16_000)).toBeLessThan(20)
    const middle = out.subarray(4_000, 12_000)
    expect(levelOf(middle)).toBeCloseTo(levelOf(tone(1_000, 16_000, 8_000)), 1)
    const rises = middle.filter((sample, i) => i > 0 && sample >= 0 && middle[i - 1]! < 0)
    expect(rises.length).toBeGreaterThan(498)
    expect(rises.length).toBeLessThan(502)
  })

  it('makes no seam between pieces', () => {
    const pcm = tone(440, 24_000, 12_000)
    expect(inPieces(pcm)).toEqual(new Downsampler().push(pcm).slice(0, inPieces(pcm).length))
  })

  it('lets nothing fold back that 16 kHz cannot hold', () => {
    expect(levelOf(inPieces(tone(10_500, 24_000, 24_000)).subarray(100))).toBeLessThan(-60)
  })
})
