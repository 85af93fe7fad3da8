import type { Clock } from '../clock.ts'
import type { Ms } from '../units.ts'
import type { Channel } from './channel.ts'
import { Correlator } from './correlator.ts'
import { Crosstalk } from './crosstalk.ts'
import { EchoGuard, LATEST_MS, WINDOW_MS } from './echo.ts'
import type { OwnVoice } from './own-voice.ts'
import { FRAME_MS } from './pcm.ts'
import { TRACE_RATE, type Trace } from './trace.ts'

/** One comparison in this time at most, whatever the number of lanes: about 1 % of a core. */
const STEP_MS: Ms = 2 * FRAME_MS

const samples = (ms: Ms) => (ms * TRACE_RATE) / 1000

/**
 * Finds what is in the room's sound more than once: our own voice in somebody's microphone, and one person in two. Comparing costs a
 * fraction of a ms; it is done between two frames, one comparison at a time, the most urgent first.
 */
export class Doubles {
  readonly #clock: Clock
  readonly #own: OwnVoice | undefined
  readonly #guards = new Map<Trace, EchoGuard>()
  readonly #crosstalk = new Crosstalk()
  readonly #correlator = new Correlator(samples(WINDOW_MS), samples(LATEST_MS))
  readonly #sound = new Float32Array(samples(WINDOW_MS))
  readonly #source = new Float32Array(samples(WINDOW_MS + LATEST_MS))
  #steppedMs: Ms = 0

  /** Without `own` there is no voice of ours to come back. */
  constructor(clock: Clock, own: OwnVoice | undefined) {
    this.#clock = clock
    this.#own = own
  }

  /** Watches a lane for our own voice. */
  readonly guard = (trace: Trace): EchoGuard | undefined => {
    if (this.#own === undefined) return undefined
    const guard = new EchoGuard(this.#clock, this.#own, trace)
    this.#guards.set(trace, guard)
    return guard
  }

  get crosstalkMs(): Ms {
    return this.#crosstalk.doubledMs
  }

  forget(channel: Channel): void {
    this.#guards.delete(channel.trace)
    this.#crosstalk.forget(channel)
  }

  /** A frame has been mixed. Returns a lane that was newly found to hold somebody else's voice. */
  step(channels: readonly Channel[]): Channel | undefined {
    const now = this.#clock.now()
    this.#crosstalk.mark(channels, now, FRAME_MS)
    if (now - this.#steppedMs < STEP_MS) return undefined
    this.#steppedMs = now
    for (const [trace, guard] of this.#guards) {
      if (!guard.isDue(now)) continue
      guard.compare(this.#correlator, this.#sound, this.#source)
      // Whoever was judged waits until the others were.
      this.#guards.delete(trace)
      this.#guards.set(trace, guard)
      return undefined
    }
    return this.#crosstalk.step(channels, now)
  }
}
