/** Peaks are brought down to this, of full scale 32,768. */
const CEILING = 29_000
/** Above this a sample is bent towards full scale instead of cut off. */
const KNEE = 30_500
const FULL = 32_767
/** A gain that has to fall does so within this many samples (1 ms at 16 kHz), and comes back by this share a frame of 10 ms. */
const ATTACK = 16
const RELEASE = 0.1

/**
 * Brings a sum of voices into 16 bits. It sees a whole frame before it lets the first sample of it go: most peaks are met by turning
 * the frame down, so that voices keep their shape, and what is left of them is bent, never cut. What is not too loud is left exactly
 * as it is.
 */
export class Limiter {
  #gain = 1

  /** Writes `sum`, in units of PCM16 samples, into `out` of the same length. */
  apply(sum: Float32Array, out: Int16Array): void {
    let peak = 0
    for (let i = 0; i < sum.length; i++) peak = Math.max(peak, Math.abs(sum[i]!))
    const most = peak > CEILING ? CEILING / peak : 1
    const from = this.#gain
    const to = Math.min(most, from + (1 - from) * RELEASE)
    this.#gain = to > 0.999 ? 1 : to
    const ramp = this.#gain < from ? ATTACK : sum.length
    for (let i = 0; i < sum.length; i++) {
      const gain = i < ramp ? from + ((this.#gain - from) * (i + 1)) / ramp : this.#gain
      out[i] = bend(Math.round(sum[i]! * gain))
    }
  }
}

/** Leaves what is below the knee, and brings the rest smoothly below full scale. */
function bend(sample: number): number {
  const over = Math.abs(sample) - KNEE
  if (over <= 0) return sample
  const room = FULL - KNEE
  return Math.sign(sample) * Math.floor(KNEE + (room * over) / (over + room))
}
