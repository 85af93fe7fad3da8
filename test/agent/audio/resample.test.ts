import { describe, expect, it } from 'vitest'
import { levelOf } from '../../../agent/audio/pcm.ts'
import { resample } from '../../../agent/audio/resample.ts'

const tone = (frequency: number, rate: number, ms: number) =>
  Int16Array.from(
    { length: (rate * ms) / 1000 },
    (_, i) => 16_000 * Math.sin((i * 2 * Math.PI * frequency) / rate),
  )

/** Without the ends, where the filter reaches beyond the sound. */
const middle = (pcm: Int16Array) => pcm.subarray(200, -200)

describe('sound at another rate', () => {
  it.each([8_000, 11_025, 22_050, 24_000, 44_100, 48_000, 96_000])(
    'of %i Hz is as long and as loud as before',
    rate => {
      const out = resample(tone(440, rate, 500), rate, 16_000)
      expect(Math.abs(out.length - 8_000)).toBeLessThanOrEqual(1)
      const wanted = tone(440, 16_000, 500)
      const error = middle(out).map((sample, i) => sample - middle(wanted)[i]!)
      // Of a tone at -9 dBFS, the difference is below -60.
      expect(levelOf(Int16Array.from(error))).toBeLessThan(-60)
    },
  )

  it('has nothing left of what the new rate cannot hold', () => {
    expect(levelOf(middle(resample(tone(12_000, 48_000, 500), 48_000, 16_000)))).toBeLessThan(-60)
    expect(levelOf(middle(resample(tone(3_000, 48_000, 500), 48_000, 16_000)))).toBeGreaterThan(-10)
  })

  it('at the same rate is itself, and of a rate that no recording has is refused', () => {
    const pcm = tone(440, 16_000, 10)
    expect(resample(pcm, 16_000, 16_000)).toBe(pcm)
    expect(() => resample(pcm, 44_101, 16_000)).toThrow('44101 Hz')
  })

  it('clips instead of turning over', () => {
    const square = Int16Array.from({ length: 4_800 }, (_, i) => (i % 96 < 48 ? 32_767 : -32_768))
    const out = middle(resample(square, 48_000, 16_000))
    for (let i = 1; i < out.length; i++) if (out[i - 1]! > 30_000) expect(out[i]).toBeGreaterThan(-33_000)
    expect(Math.max(...out)).toBe(32_767)
  })
})
