import type { Samples } from '../units.ts'

/** How alike two sounds are at the lag where they are most alike. */
export type Likeness = {
  /** 0: nothing in common, 1: the same but for loudness. */
  score: number
  /** By how much the first sound comes after the second, in samples. */
  lag: Samples
}

/**
 * Finds a stretch of sound in another, longer one: the normalised cross-correlation at every lag, by one Fourier transform of both and
 * one back. About 0.3 ms for a quarter of a second within 0.9 s at 4 kHz.
 */
export class Correlator {
  readonly #window: Samples
  readonly #lags: Samples
  readonly #re: Float64Array
  readonly #im: Float64Array
  readonly #cos: Float64Array
  readonly #sin: Float64Array

  /** Looks for `window` samples in `window + lags`. */
  constructor(window: Samples, lags: Samples) {
    this.#window = window
    this.#lags = lags
    const size = 2 ** Math.ceil(Math.log2(window + lags))
    this.#re = new Float64Array(size)
    this.#im = new Float64Array(size)
    this.#cos = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size))
    this.#sin = Float64Array.from({ length: size / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / size))
  }

  /**
   * @param sound the last `window` samples, up to now
   * @param source the last `window + lags` samples, up to now
   */
  compare(sound: Float32Array, source: Float32Array): Likeness {
    const [re, im] = [this.#re, this.#im]
    re.fill(0)
    im.fill(0)
    // Two real sounds in one complex transform.
    for (let i = 0; i < this.#window; i++) re[i] = sound[i]!
    for (let i = 0; i < source.length; i++) im[i] = source[i]!
    this.#transform()
    this.#multiply()
    this.#transform()
    return this.#best(sound, source)
  }

  /** The spectrum of the source times the conjugate of the sound's, conjugated: the second transform is then the inverse. */
  #multiply(): void {
    const [re, im] = [this.#re, this.#im]
    const size = re.length
    for (let i = 0; i <= size / 2; i++) {
      const j = (size - i) % size
      const [xr, xi] = [(re[i]! + re[j]!) / 2, (im[i]! - im[j]!) / 2]
      const [yr, yi] = [(im[i]! + im[j]!) / 2, (re[j]! - re[i]!) / 2]
      const [pr, pi] = [yr * xr + yi * xi, yi * xr - yr * xi]
      re[i] = pr
      im[i] = -pi
      re[j] = pr
      im[j] = i === j ? -pi : pi
    }
  }

  #best(sound: Float32Array, source: Float32Array): Likeness {
    const [window, lags, re] = [this.#window, this.#lags, this.#re]
    let soundPower = 0
    let sourcePower = 0
    for (let i = 0; i < window; i++) {
      soundPower += sound[i]! ** 2
      sourcePower += source[i]! ** 2
    }
    let score = 0
    let place = 0
    for (let i = 0; i <= lags; i++) {
      const found = Math.abs(re[i]! / re.length) / Math.sqrt(soundPower * Math.max(sourcePower, 0) + 1)
      if (found > score) {
        score = found
        place = i
      }
      if (i < lags) sourcePower += source[i + window]! ** 2 - source[i]! ** 2
    }
    return { score: Math.min(1, score), lag: lags - place }
  }

  /** The discrete Fourier transform in place, by Cooley and Tukey. */
  #transform(): void {
    const [re, im, cos, sin] = [this.#re, this.#im, this.#cos, this.#sin]
    const size = re.length
    for (let i = 1, j = 0; i < size; i++) {
      let bit = size >> 1
      for (; j & bit; bit >>= 1) j ^= bit
      j ^= bit
      if (i >= j) continue
      const [r, m] = [re[i]!, im[i]!]
      re[i] = re[j]!
      im[i] = im[j]!
      re[j] = r
      im[j] = m
    }
    for (let length = 2; length <= size; length <<= 1) {
      const half = length >> 1
      const turn = size / length
      for (let from = 0; from < size; from += length)
        for (let k = 0; k < half; k++) {
          const [a, b] = [from + k, from + k + half]
          const [c, s] = [cos[k * turn]!, -sin[k * turn]!]
          const r = re[b]! * c - im[b]! * s
          const m = re[b]! * s + im[b]! * c
          re[b] = re[a]! - r
          im[b] = im[a]! - m
          re[a] = re[a]! + r
          im[a] = im[a]! + m
        }
    }
  }
}
