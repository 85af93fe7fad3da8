import { Downsampler } from './downsampler.ts'

/** What the Live API hears. */
const HEARING_RATE = 16_000
/** Samples in one message: 40 ms. */
const CHUNK = 640

/** In the sound card's thread: a microphone at its own rate to chunks of 16 kHz mono PCM16. */
class Capture extends AudioWorkletProcessor {
  readonly #downsampler = new Downsampler(sampleRate, HEARING_RATE)
  #chunk = new Int16Array(CHUNK)
  #filled = 0

  process([input]: Float32Array[][]): boolean {
    const [sound] = input ?? []
    if (sound === undefined) return true
    for (const sample of this.#downsampler.push(sound)) {
      this.#chunk[this.#filled++] = sample
      if (this.#filled < CHUNK) continue
      this.port.postMessage(this.#chunk, [this.#chunk.buffer])
      this.#chunk = new Int16Array(CHUNK)
      this.#filled = 0
    }
    return true
  }
}

registerProcessor('capture', Capture)
