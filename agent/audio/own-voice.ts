import type { Clock } from '../clock.ts'
import { type Ms, type Samples, SPEECH_RATE } from '../units.ts'
import type { Sink } from './playout.ts'
import { BLOCK, Decimator, FULL, TRACE_RATE } from './trace.ts'

/** How much is remembered, the future included: the track's own queue holds a second. */
const MEMORY: Samples = 8_192
/** What follows within this is taken to follow at once: the queue's own figure is rounded, ms. */
const SEAM_MS: Ms = 40
const SILENT_DB = -120

/** What the agent has said and is about to say, by the time at which it leaves: what a loudspeaker somewhere may give back to us. */
export class OwnVoice {
  readonly #clock: Clock
  readonly #store = new Float32Array(MEMORY)
  readonly #powers = new Float32Array(Math.ceil(MEMORY / BLOCK))
  readonly #decimator = new Decimator(SPEECH_RATE)
  /** One after the last sample, counted from the clock's zero. */
  #end: Samples = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The same sink, of which is remembered what goes through it. */
  overhear(sink: Sink): Sink {
    return {
      get queuedMs() {
        return sink.queuedMs
      },
      write: frame => {
        this.say(frame, this.#clock.now() + sink.queuedMs)
        return sink.write(frame)
      },
      clear: () => {
        sink.clear()
        this.#end = Math.min(this.#end, indexOf(this.#clock.now()))
      },
      drained: () => sink.drained(),
    }
  }

  /** 24 kHz mono PCM16 that begins to leave at `atMs` of the clock. */
  say(pcm: Int16Array, atMs: Ms): void {
    const start = indexOf(atMs)
    if (Math.abs(start - this.#end) > (SEAM_MS * TRACE_RATE) / 1000) {
      for (let i = Math.max(this.#end, start - MEMORY); i < start; i++) this.#put(i, 0)
      this.#end = start
    }
    this.#decimator.push(pcm, sample => this.#put(this.#end++, sample))
  }

  /** Fills `out` with what left up to `atMs`. */
  copy(out: Float32Array, atMs: Ms): void {
    const from = indexOf(atMs) - out.length
    const end = Math.min(from + out.length, this.#end)
    out.fill(0)
    for (let at = Math.max(from, this.#end - MEMORY, 0); at < end; ) {
      const place = at % MEMORY
      const part = this.#store.subarray(place, Math.min(MEMORY, place + end - at))
      out.set(part, at - from)
      at += part.length
    }
  }

  /** The loudest 10 ms of a stretch of time, dBFS of the trace; -120 in silence. */
  peak(fromMs: Ms, toMs: Ms): number {
    let most = 0
    for (let at = indexOf(fromMs); at <= indexOf(toMs); at += BLOCK)
      if (this.#has(at)) most = Math.max(most, this.#powers[Math.floor(at / BLOCK) % this.#powers.length]!)
    return most === 0 ? SILENT_DB : 10 * Math.log10(most / BLOCK / FULL ** 2)
  }

  #has(index: Samples): boolean {
    return index >= 0 && index < this.#end && index >= this.#end - MEMORY
  }

  #put(index: Samples, sample: number): void {
    this.#store[index % MEMORY] = sample
    const block = Math.floor(index / BLOCK) % this.#powers.length
    this.#powers[block] = (index % BLOCK === 0 ? 0 : this.#powers[block]!) + sample ** 2
  }
}

const indexOf = (ms: Ms): Samples => Math.round((ms * TRACE_RATE) / 1000)
