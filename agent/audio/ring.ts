import type { Samples } from '../units.ts'

/** A bounded first-in, first-out store of PCM16 samples. Copies in and out, so it holds on to nobody's buffer. */
export class Ring {
  readonly #store: Int16Array
  #start = 0
  #length = 0

  constructor(capacity: Samples) {
    this.#store = new Int16Array(capacity)
  }

  get length(): Samples {
    return this.#length
  }

  /** Appends `pcm`. What does not fit pushes out the oldest; returns how many samples were lost so. */
  push(pcm: Int16Array): Samples {
    const capacity = this.#store.length
    const kept = pcm.length > capacity ? pcm.subarray(pcm.length - capacity) : pcm
    const overflow = Math.max(0, this.#length + kept.length - capacity)
    this.skip(overflow)
    const end = (this.#start + this.#length) % capacity
    const first = Math.min(kept.length, capacity - end)
    this.#store.set(kept.subarray(0, first), end)
    this.#store.set(kept.subarray(first), 0)
    this.#length += kept.length
    return overflow + (pcm.length - kept.length)
  }

  /** Moves the oldest samples into the front of `out`; returns how many there were, at most its length. */
  read(out: Int16Array): Samples {
    const count = Math.min(out.length, this.#length)
    const first = Math.min(count, this.#store.length - this.#start)
    out.set(this.#store.subarray(this.#start, this.#start + first))
    out.set(this.#store.subarray(0, count - first), first)
    this.skip(count)
    return count
  }

  /** Forgets the oldest `count` samples, or all there are. */
  skip(count: Samples): void {
    const gone = Math.max(0, Math.min(count, this.#length))
    this.#start = (this.#start + gone) % this.#store.length
    this.#length -= gone
  }
}
