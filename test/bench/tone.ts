import type { Hz, Samples } from '../../agent/units.ts'

/** How loud our tones are, of full scale: far above any noise, far below clipping when several people sound at once. */
export const LOUDNESS = 0.4
/** Below this level a tone is judged to have gone, above twice of it to be there: a quarter and a half of `LOUDNESS` at most. */
const GONE = 0.05
const THERE = 0.1

/** `samples` of a sine as mono PCM16, beginning as if `from` samples of it had gone before. */
export function sine(frequency: Hz, rate: Hz, samples: Samples, from: Samples = 0): Int16Array {
  const step = (2 * Math.PI * frequency) / rate
  return Int16Array.from({ length: samples }, (_, i) =>
    Math.round(LOUDNESS * 32_767 * Math.sin(step * (from + i))),
  )
}

/** How strongly `frequency` sounds in `pcm[from..to)`, 0 to 1 of full scale (Goertzel's algorithm). */
export function level(pcm: Int16Array, from: number, to: number, frequency: Hz, rate: Hz): number {
  const turn = 2 * Math.cos((2 * Math.PI * frequency) / rate)
  let last = 0
  let beforeLast = 0
  for (let i = from; i < to; i++) {
    const next = pcm[i]! + turn * last - beforeLast
    beforeLast = last
    last = next
  }
  const power = last * last + beforeLast * beforeLast - turn * last * beforeLast
  return (2 * Math.sqrt(Math.max(0, power))) / ((to - from) * 32_768)
}

/** A tone began or ended. */
export type Edge = {
  isTone: boolean
  /** Where in the pushed chunk, in samples. */
  offset: Samples
  /** How long what it ends had lasted, in samples. */
  after: Samples
}

/**
 * Finds where one tone begins and ends in a stream of chunks of any length. Looks at blocks of about 5 ms and keeps nothing back:
 * what can be known from a chunk is said when it is pushed.
 */
export class ToneDetector {
  readonly #frequency: Hz
  readonly #rate: Hz
  readonly #block: Samples
  #isTone = false
  #lasted: Samples = 0

  /** `frequency` is best a multiple of 200 Hz: whole periods in 5 ms. */
  constructor(frequency: Hz, rate: Hz) {
    this.#frequency = frequency
    this.#rate = rate
    this.#block = rate / 200
  }

  push(pcm: Int16Array): Edge[] {
    const edges: Edge[] = []
    // Even blocks: a remnant of some samples would say nothing about a tone.
    const blocks = Math.max(1, Math.round(pcm.length / this.#block))
    for (let block = 0; block < blocks; block++) {
      const from = Math.round((block * pcm.length) / blocks)
      const to = Math.round(((block + 1) * pcm.length) / blocks)
      const loudness = level(pcm, from, to, this.#frequency, this.#rate)
      if (loudness > (this.#isTone ? GONE : THERE) !== this.#isTone) {
        edges.push({ isTone: !this.#isTone, offset: from, after: this.#lasted })
        this.#isTone = !this.#isTone
        this.#lasted = 0
      }
      this.#lasted += to - from
    }
    return edges
  }
}
