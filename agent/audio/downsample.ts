/** Both rates in kHz: three samples come in for two that go out. */
const [IN, OUT] = [3, 2]
/** Half the length of the filter in samples of the input: more than 60 dB against what would fold back. */
const HALF = 16
/** Where it begins to close, as a share of the input's rate: 7.2 kHz of 24. */
const CUTOFF = 0.3

/** The filter for output samples that fall onto an input sample, and for those that fall halfway between two. */
const phases = [0, 0.5].map(offset => {
  const taps = Float64Array.from({ length: 2 * HALF }, (_, i) => {
    const x = i - HALF + 1 - offset
    const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / HALF)
    return (x === 0 ? 2 * CUTOFF : Math.sin(2 * Math.PI * CUTOFF * x) / (Math.PI * x)) * window
  })
  const sum = taps.reduce((all, tap) => all + tap, 0)
  return taps.map(tap => tap / sum)
})

/** Turns 24 kHz PCM16, in pieces of any length, into 16 kHz, with a delay of less than a millisecond and no seam between pieces. */
export class Downsampler {
  /** The end of what came, from which the next output needs samples. */
  #tail = new Int16Array(HALF - 1)
  /** Where the next output sample lies, counted in halves of an input sample from the tail's `HALF - 1`. */
  #at = 0

  /** The output for `pcm`; a new array. */
  push(pcm: Int16Array): Int16Array {
    const input = new Int16Array(this.#tail.length + pcm.length)
    input.set(this.#tail)
    input.set(pcm, this.#tail.length)
    const out = new Int16Array(Math.ceil(((pcm.length + HALF) * OUT) / IN) + 1)
    let count = 0
    for (;;) {
      const first = this.#at >> 1
      if (first + 2 * HALF > input.length) break
      const taps = phases[this.#at & 1]!
      let sum = 0
      for (let i = 0; i < taps.length; i++) sum += taps[i]! * input[first + i]!
      out[count++] = Math.max(-32_768, Math.min(32_767, Math.round(sum)))
      this.#at += IN
    }
    const used = Math.min(this.#at >> 1, input.length)
    this.#tail = input.slice(used)
    this.#at -= 2 * used
    return out.slice(0, count)
  }
}
