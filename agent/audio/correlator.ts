import type { Samples } from '../units.ts'
import { type Transform, transformOf } from './spectrum.ts'

/** How alike two sounds are at the lag where they are most alike. */
export type Likeness = {
  /** 0: nothing in common, 1: the same but for loudness. */
  score: number
  /** By how much the first sound comes after the second, in samples. */
  lag: Samples
}

/**
 * Finds a stretch of sound in another, longer one: the normalised cross-correlation at every lag, by one Fourier transform of both and
 * one back. About 0.25 ms for a quarter of a second within 0.9 s at 4 kHz; nothing is allocated.
 */
export class Correlator {
  readonly #window: Samples
  readonly #lags: Samples
  readonly #transform: Transform

  /** Looks for `window` samples in `window + lags`. */
  constructor(window: Samples, lags: Samples) {
    this.#window = window
    this.#lags = lags
    this.#transform = transformOf(2 ** Math.ceil(Math.log2(window + lags)))
  }

  /**
   * @param sound the last `window` samples, up to now
   * @param source the last `window + lags` samples, up to now
   */
  compare(sound: Float32Array, source: Float32Array): Likeness {
    const { re, im } = this.#transform
    // Two real sounds in one complex transform.
    re.set(sound)
    re.fill(0, this.#window)
    im.set(source)
    im.fill(0, source.length)
    this.#transform.forward()
    this.#multiply()
    this.#transform.backward()
    return this.#best(sound, source)
  }

  /** The spectrum of the source times the conjugate of the sound's. */
  #multiply(): void {
    const { re, im, size, places } = this.#transform
    for (let k = 0; k <= size >> 1; k++) {
      const i = places[k]!
      const j = places[(size - k) & (size - 1)]!
      const xr = (re[i]! + re[j]!) / 2
      const xi = (im[i]! - im[j]!) / 2
      const yr = (im[i]! + im[j]!) / 2
      const yi = (re[j]! - re[i]!) / 2
      const pr = yr * xr + yi * xi
      const pi = yi * xr - yr * xi
      re[i] = pr
      im[i] = pi
      re[j] = pr
      im[j] = i === j ? pi : -pi
    }
  }

  #best(sound: Float32Array, source: Float32Array): Likeness {
    const { re, size } = this.#transform
    const window = this.#window
    const lags = this.#lags
    let soundPower = 0
    let sourcePower = 0
    for (let i = 0; i < window; i++) {
      soundPower += sound[i]! * sound[i]!
      sourcePower += source[i]! * source[i]!
    }
    // The squares are compared: the root of the best is taken in the end.
    let most = 0
    let place = 0
    for (let i = 0; i <= lags; i++) {
      const found = (re[i]! * re[i]!) / (soundPower * Math.max(sourcePower, 0) + 1)
      if (found > most) {
        most = found
        place = i
      }
      if (i < lags) sourcePower += source[i + window]! * source[i + window]! - source[i]! * source[i]!
    }
    return { score: Math.min(1, Math.sqrt(most) / size), lag: lags - place }
  }
}
