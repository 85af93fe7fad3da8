import type { Hz, Samples } from '../units.ts'

/** The rate at which sounds are compared: what tells voices apart lies below 2 kHz. */
export const TRACE_RATE: Hz = 4_000
/** Lifts the upper half of speech, so that pitch alone makes nobody alike. */
const EMPHASIS = 0.9

/** Levels are of stretches of 10 ms, of full scale. */
export const BLOCK: Samples = TRACE_RATE / 100
export const FULL = 32_768

/** So many levels are remembered. */
const LEVELS = 31
const SILENT_DB = -120

/** Brings sound down to 4 kHz by averaging, and lifts its upper half. */
export class Decimator {
  readonly #factor: number
  #sum = 0
  #count = 0
  #last = 0

  /** `rate` is a multiple of 4 kHz. */
  constructor(rate: Hz) {
    this.#factor = rate / TRACE_RATE
  }

  /** Gives each sample at 4 kHz to `take`. */
  push(pcm: Int16Array, take: (sample: number) => void): void {
    for (let i = 0; i < pcm.length; i++) {
      this.#sum += pcm[i]!
      if (++this.#count < this.#factor) continue
      const sample = this.#sum / this.#factor
      take(sample - EMPHASIS * this.#last)
      this.#last = sample
      this.#sum = this.#count = 0
    }
  }
}

/** The last second of a sound at 4 kHz. */
export class Trace {
  readonly #store = new Float32Array(TRACE_RATE)
  readonly #decimator: Decimator
  #next = 0
  #power = 0
  readonly #levels = new Float32Array(LEVELS).fill(SILENT_DB)
  #pushed = 0

  constructor(rate: Hz) {
    this.#decimator = new Decimator(rate)
  }

  /** Takes the next 10 ms or so. */
  push(pcm: Int16Array): void {
    this.#power = 0
    this.#decimator.push(pcm, this.#take)
    this.#pushed++
    this.#levels[this.#pushed % LEVELS] = 10 * Math.log10(this.#power / BLOCK / FULL ** 2 + 1e-12)
  }

  /** The level of what was pushed last, as the trace has it, dBFS. */
  get level(): number {
    return this.#levels[this.#pushed % LEVELS]!
  }

  /** The loudest of what was pushed between so many pushes ago and so many, of the last 30. */
  peak(earliest: number, latest: number): number {
    let most = SILENT_DB
    for (let ago = Math.max(0, latest); ago <= Math.min(earliest, LEVELS - 1); ago++)
      most = Math.max(most, this.#levels[(this.#pushed - ago + LEVELS) % LEVELS]!)
    return most
  }

  readonly #take = (sample: number): void => {
    this.#power += sample ** 2
    this.#store[this.#next] = sample
    this.#next = (this.#next + 1) % this.#store.length
  }

  /** Fills `out`, a second at most, with the sound that ended `ago` samples before now. */
  copy(out: Float32Array, ago: Samples = 0): void {
    const size = this.#store.length
    const from = (this.#next - ago - out.length + 2 * size) % size
    const first = this.#store.subarray(from, from + out.length)
    out.set(first)
    out.set(this.#store.subarray(0, out.length - first.length), first.length)
  }
}

/** The mean power of a sound in dB, of no particular zero: for comparing one with another. */
export function powerOf(sound: Float32Array): number {
  let sum = 0
  for (let i = 0; i < sound.length; i++) sum += sound[i]! ** 2
  return 10 * Math.log10(sum / sound.length + 1e-3)
}
