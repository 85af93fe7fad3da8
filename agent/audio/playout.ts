import { type Hz, type Ms, SPEECH_RATE } from '../units.ts'
import { msOf, samplesIn } from './pcm.ts'

/** Where speech goes: the agent's published track. */
export type Sink = {
  /** Queues one frame of 24 kHz mono PCM16; resolves when there is room for the next. One at a time. Rejects once the track is gone. */
  write(frame: Int16Array): Promise<void>
  /** How much of what was written has not left yet, ms. */
  readonly queuedMs: Ms
  /** Drops what has not left yet, at once. */
  clear(): void
  /** Resolves when everything written has left, or was cleared. */
  drained(): Promise<void>
}

/** Frames handed to the track are this long at most: few enough calls, and little to lose when cleared. */
const WRITE_MS: Ms = 100
/** More speech than this is never waiting; the Live API bursts tens of seconds ahead, not minutes. */
const MOST_MS: Ms = 5 * 60_000

export type PlayoutEvents = {
  /** The first sound of an answer is on its way to the track. */
  began(): void
  /** Everything that came has been played, or was flushed. */
  ended(): void
}

/**
 * The model's speech on its way to the room. Holds minutes, keeps no more than a second in the track's own queue, and
 * forgets everything at once when somebody interrupts.
 */
export class Playout {
  readonly #sink: Sink
  readonly #events: PlayoutEvents
  readonly #waiting: Int16Array[] = []
  readonly #rate: Hz
  #waitingSamples = 0
  #droppedSamples = 0
  /** Counts flushes, so that a writer that was waiting knows its answer is over. */
  #round = 0
  #isPlaying = false
  /** Told when there is something to be written again. */
  #came = Promise.withResolvers<void>()

  constructor(sink: Sink, events: PlayoutEvents, rate: Hz = SPEECH_RATE) {
    this.#sink = sink
    this.#events = events
    this.#rate = rate
  }

  get isPlaying(): boolean {
    return this.#isPlaying
  }

  /** Speech received and not yet heard by anyone, ms. */
  get pendingMs(): Ms {
    return msOf(this.#waitingSamples, this.#rate) + this.#sink.queuedMs
  }

  /** Speech lost because more than five minutes were waiting, ms. */
  get droppedMs(): Ms {
    return msOf(this.#droppedSamples, this.#rate)
  }

  /** Adds 24 kHz mono PCM16 to the end of what is being said. Keeps `pcm`: the caller must not change it. */
  push(pcm: Int16Array): void {
    if (pcm.length === 0) return
    if (msOf(this.#waitingSamples + pcm.length, this.#rate) > MOST_MS) {
      this.#droppedSamples += pcm.length
      return
    }
    this.#waiting.push(pcm)
    this.#waitingSamples += pcm.length
    this.#came.resolve()
    if (this.#isPlaying) return
    this.#isPlaying = true
    this.#events.began()
    void this.#play(this.#round)
  }

  /** Silence, now: drops all that was not heard and returns how much that was, ms. May be called at any time. */
  flush(): Ms {
    const lost = this.pendingMs
    this.#round++
    this.#waiting.length = 0
    this.#waitingSamples = 0
    this.#sink.clear()
    if (this.#isPlaying) {
      this.#isPlaying = false
      this.#events.ended()
    }
    return lost
  }

  async #play(round: number): Promise<void> {
    try {
      for (;;) {
        const frame = this.#take()
        if (frame !== undefined) await this.#sink.write(frame)
        else await this.#untilDrainedOrMore()
        if (round !== this.#round) return
        if (frame === undefined && this.#waiting.length === 0) break
      }
    } catch {
      // The track is gone: the room is being left, or comes back with a new track. There is nobody to play to.
      if (round !== this.#round) return
      this.#waiting.length = 0
      this.#waitingSamples = 0
    }
    this.#isPlaying = false
    this.#events.ended()
  }

  /** The track has played everything, or there is more for it: that is written while the track still plays, so that no gap is heard. */
  async #untilDrainedOrMore(): Promise<void> {
    this.#came = Promise.withResolvers<void>()
    await Promise.race([this.#sink.drained(), this.#came.promise])
  }

  /** The next frame, as whole as it can be without waiting; undefined when nothing waits. */
  #take(): Int16Array | undefined {
    const first = this.#waiting[0]
    if (first === undefined) return undefined
    const most = samplesIn(WRITE_MS, this.#rate)
    const frame = first.subarray(0, most)
    if (frame.length === first.length) this.#waiting.shift()
    else this.#waiting[0] = first.subarray(most)
    this.#waitingSamples -= frame.length
    return frame
  }
}
