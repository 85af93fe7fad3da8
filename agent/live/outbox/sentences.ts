import { levelOf, msOf } from '../../audio/pcm.ts'
import { Speaker } from '../../audio/speaker.ts'
import { HEARING_RATE, type Ms } from '../../units.ts'

/** What of the sound is a sentence: by our own ear, or between the marks of somebody who talks by pressing. */
export class Sentences {
  readonly #speaker = new Speaker()
  /** Sentences so far, and whether the last is still being spoken. */
  #count = 0
  #isSpeaking = false
  #isMarked = false
  #silentMs: Ms = 0

  /** The number of the last, from 1; 0 before the first. */
  get last(): number {
    return this.#count
  }

  /** The number of the one that is being spoken. */
  get current(): number | undefined {
    return this.#isSpeaking ? this.#count : undefined
  }

  /** For how long there has been no sound, ms. */
  get silentMs(): Ms {
    return this.#silentMs
  }

  /** The next piece of the sound. Whether a sentence began or ended with it. */
  hear(pcm: Int16Array): 'began' | 'ended' | undefined {
    const lasts = msOf(pcm.length, HEARING_RATE)
    const change = this.#speaker.step(levelOf(pcm), lasts)
    this.#silentMs = this.#speaker.isLoud ? 0 : this.#silentMs + lasts
    if (this.#isMarked) return undefined
    if (change === 'began') this.#begin()
    if (change === 'ended') this.#isSpeaking = false
    return change
  }

  /** Somebody presses: it is a sentence whatever it sounds like. */
  press(): void {
    this.#isMarked = true
    this.#begin()
  }

  release(): void {
    this.#isMarked = this.#isSpeaking = false
  }

  #begin(): void {
    this.#isSpeaking = true
    this.#count++
  }
}
