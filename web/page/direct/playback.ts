import { PlayQueue } from './play-queue.ts'

/** In the sound card's thread: plays the model's voice as it comes, and forgets it when told `flush`. */
class Playback extends AudioWorkletProcessor {
  readonly #queue = new PlayQueue()
  #isPlaying = false

  constructor() {
    super()
    this.port.onmessage = ({ data }: MessageEvent<Int16Array | 'flush'>) => {
      if (data === 'flush') this.#queue.flush()
      else this.#queue.push(data)
    }
  }

  process(_inputs: Float32Array[][], [output]: Float32Array[][]): boolean {
    const [first, ...others] = output ?? []
    if (first === undefined) return true
    this.#queue.pull(first)
    for (const channel of others) channel.set(first)
    const isPlaying = this.#queue.length > 0
    if (isPlaying !== this.#isPlaying) this.port.postMessage(isPlaying)
    this.#isPlaying = isPlaying
    return true
  }
}

registerProcessor('playback', Playback)
