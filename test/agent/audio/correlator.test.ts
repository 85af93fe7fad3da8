import { describe, expect, it } from 'vitest'
import { Correlator } from '../../../agent/audio/correlator.ts'
import { transformOf } from '../../../agent/audio/spectrum.ts'
import { noise, seeded } from './sounds.ts'

const WINDOW = 1_024
const LAGS = 2_400

/** `length` samples of a noise that is the same every time. */
const sound = (length: number, seed: number) => Float32Array.from(noise(length, -20, seeded(seed)))

describe('a stretch of sound in a longer one', () => {
  const source = sound(WINDOW + LAGS, 1)
  const correlator = new Correlator(WINDOW, LAGS)
  const from = (lag: number) => source.slice(LAGS - lag, LAGS - lag + WINDOW)

  it('is found to the sample, wherever it is', () => {
    for (const lag of [0, 1, 777, LAGS - 1, LAGS]) {
      const found = correlator.compare(from(lag), source)
      expect(found.lag).toBe(lag)
      expect(found.score).toBeGreaterThan(0.999)
    }
  })

  it('is as alike when it is fainter, or upside down', () => {
    const { score, lag } = correlator.compare(
      from(500).map(sample => sample * -0.05),
      source,
    )
    expect(lag).toBe(500)
    expect(score).toBeGreaterThan(0.99)
  })

  it('is not found where it is not, nor in silence', () => {
    expect(correlator.compare(sound(WINDOW, 2), source).score).toBeLessThan(0.2)
    expect(correlator.compare(from(3), new Float32Array(WINDOW + LAGS)).score).toBeLessThan(0.01)
    expect(correlator.compare(new Float32Array(WINDOW), source).score).toBeLessThan(0.01)
  })
})

describe('the transform', () => {
  it('has each frequency at its place, and gives the samples back', () => {
    const transform = transformOf(64)
    const { size, re, im, places } = transform
    for (let i = 0; i < size; i++) {
      re[i] = Math.cos((2 * Math.PI * 5 * i) / size)
      im[i] = Math.sin((2 * Math.PI * 5 * i) / size)
    }
    const before = [...re]
    transform.forward()
    const strength = (k: number) => Math.hypot(re[places[k]!]!, im[places[k]!]!)
    expect(strength(5)).toBeCloseTo(size, 9)
    for (let k = 0; k < size; k++) if (k !== 5) expect(strength(k)).toBeCloseTo(0, 9)
    transform.backward()
    for (const [i, sample] of before.entries()) expect(re[i]! / size).toBeCloseTo(sample, 9)
  })
})
