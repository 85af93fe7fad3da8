import type { Alarm, Clock } from '../clock.ts'
import type { Ms } from '../units.ts'
import { Beat } from './beat.ts'
import type { Mixer } from './mixer.ts'

/** A timer that fires this late means the whole process stood still, and the sound of that time is waiting to be read. */
const STALL_MS: Ms = 15

/** Drives a mixer by the clock: gives `onFrame` exactly one mix for each 10 ms of real time between `start` and `stop`. */
export class Pacer {
  readonly #clock: Clock
  readonly #mixer: Mixer
  readonly #onFrame: (mix: Int16Array) => void
  #beat: Beat | undefined
  #alarm: Alarm | undefined

  constructor(clock: Clock, mixer: Mixer, onFrame: (mix: Int16Array) => void) {
    this.#clock = clock
    this.#mixer = mixer
    this.#onFrame = onFrame
  }

  start(): void {
    if (this.#beat !== undefined) return
    this.#beat = new Beat(this.#clock.now())
    this.#arm(this.#beat)
  }

  stop(): void {
    this.#alarm?.cancel()
    this.#beat = undefined
  }

  /** Some lane has new sound: sends what is complete without waiting for the alarm. */
  arrived(): void {
    const beat = this.#beat
    if (beat === undefined || !this.#mixer.isComplete() || !beat.isDue(this.#clock.now(), true)) return
    this.#send(beat)
    this.#arm(beat)
  }

  #arm(beat: Beat): void {
    this.#alarm?.cancel()
    const due = beat.deadline()
    this.#alarm = this.#clock.after(Math.max(0, due - this.#clock.now()), () => this.#ring(beat, due))
  }

  #ring(beat: Beat, due: Ms): void {
    if (this.#beat !== beat) return
    // After a stall timers run before the sockets are read: one more turn of the loop lets the waiting sound in first.
    if (this.#clock.now() - due > STALL_MS) {
      this.#alarm = this.#clock.after(1, () => this.#catchUp(beat))
      return
    }
    this.#catchUp(beat)
  }

  #catchUp(beat: Beat): void {
    if (this.#beat !== beat) return
    while (beat.isDue(this.#clock.now(), this.#mixer.isComplete())) this.#send(beat)
    this.#arm(beat)
  }

  #send(beat: Beat): void {
    this.#onFrame(this.#mixer.step())
    beat.advance(this.#clock.now())
  }
}
