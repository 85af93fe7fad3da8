/** Half the length of the filter, in samples of the new rate. */
const REACH = 12

/** A stream of sound at a lower rate, band-limited by a windowed sinc; what a microphone gives to the 16 kHz that the model hears. */
export class Downsampler {
  readonly #step: number
  readonly #reach: number
  /** What later samples still need, the newest last. */
  #past: Float32Array
  /** Where the next sample of the new rate is, in samples of `#past`. */
  #at: number
  /** The filters by the place between two samples: three to one has a single one, 44.1 kHz has 160. */
  readonly #kernels = new Map<number, Float32Array>()

  /** @param from Hz, as the sound card has it: not below `to` */
  constructor(from: number, to: number) {
    this.#step = from / to
    this.#reach = Math.ceil(REACH * this.#step)
    this.#past = new Float32Array(2 * this.#reach)
    this.#at = this.#reach
  }

  /** Takes samples of -1 to 1 and gives what is complete, as PCM16. */
  push(sound: Float32Array): Int16Array<ArrayBuffer> {
    const all = new Float32Array(this.#past.length + sound.length)
    all.set(this.#past)
    all.set(sound, this.#past.length)
    const count = Math.max(0, Math.floor((all.length - this.#reach - 1 - this.#at) / this.#step) + 1)
    const out = new Int16Array(count)
    for (let i = 0; i < count; i++, this.#at += this.#step) {
      const whole = Math.floor(this.#at)
      const kernel = this.#kernel(this.#at - whole)
      let sum = 0
      for (let k = 0; k < kernel.length; k++) sum += kernel[k]! * all[whole - this.#reach + 1 + k]!
      // A full scale that stays one: 1 would become -32,768.
      out[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum * 32_768)))
    }
    const kept = Math.max(0, Math.floor(this.#at) - this.#reach)
    this.#past = all.slice(kept)
    this.#at -= kept
    return out
  }

  #kernel(offset: number): Float32Array {
    const key = Math.round(offset * 441)
    const known = this.#kernels.get(key)
    if (known !== undefined) return known
    const taps = new Float32Array(2 * this.#reach)
    let sum = 0
    for (let k = 0; k < taps.length; k++) {
      const x = k - (this.#reach - 1) - key / 441
      const angle = (Math.PI * x) / this.#step
      const at = x / this.#reach
      const window =
        Math.abs(at) >= 1 ? 0 : 0.42 + 0.5 * Math.cos(Math.PI * at) + 0.08 * Math.cos(2 * Math.PI * at)
      taps[k] = window * (x === 0 ? 1 : Math.sin(angle) / angle)
      sum += taps[k]!
    }
    for (let k = 0; k < taps.length; k++) taps[k]! /= sum
    this.#kernels.set(key, taps)
    return taps
  }
}
