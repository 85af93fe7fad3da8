/** The Live API bursts tens of seconds ahead, not minutes; samples at 24 kHz, five minutes. */
const MOST = 5 * 60 * 24_000

/** Speech that waits to be played, PCM16. Silence where nothing waits; all of it is forgotten at once on an interruption. */
export class PlayQueue {
  #waiting: Int16Array[] = []
  #first = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Adds to the end; left out where more than five minutes wait. */
  push(pcm: Int16Array): void {
    if (this.#length + pcm.length > MOST) return
    this.#waiting.push(pcm)
    this.#length += pcm.length
  }

  flush(): void {
    this.#waiting = []
    this.#first = 0
    this.#length = 0
  }

  /** Fills `out` with the next samples, as -1 to 1. */
  pull(out: Float32Array): void {
    let at = 0
    for (let pcm = this.#waiting[0]; pcm !== undefined && at < out.length; pcm = this.#waiting[0]) {
      const count = Math.min(out.length - at, pcm.length - this.#first)
      for (let i = 0; i < count; i++) out[at + i] = pcm[this.#first + i]! / 32_768
      at += count
      this.#first += count
      this.#length -= count
      if (this.#first === pcm.length) {
        this.#waiting.shift()
        this.#first = 0
      }
    }
    out.fill(0, at)
  }
}
