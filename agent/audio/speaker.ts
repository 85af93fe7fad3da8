import type { Ms } from '../units.ts'

/** So far above the noise of its own microphone a frame is speech, dB. */
const MARGIN_DB = 10
/** Between these lies what speech must exceed, dBFS, however quiet or noisy a microphone is. */
const LEAST_DB = -55
const MOST_DB = -35
/** Speech goes on while frames stay above what began it, less this, and above the noise, dB; breath is below the third, dBFS. */
const HANG_DB = 7
const LEAST_MARGIN_DB = 4
const BREATH_DB = -58
/** This much sound in a row is speech, not a click, ms. */
const ATTACK_MS: Ms = 30
/** Pauses between words are shorter than this, ms. */
const HANGOVER_MS: Ms = 400
/** A voice keeps its place in the mix for this long after its last sound, ms. */
const PLACE_MS: Ms = 300

/** What a microphone is taken for before it was heard, dBFS. */
const QUIET_DB = -68
/** A level that stays within this for this long is noise, not speech, and below this level only. */
const STEADY_DB = 3
const STEADY_MS: Ms = 700
const LOUDEST_NOISE_DB = -38

/**
 * Tells from the level of one lane, frame by frame, whether its owner is talking. What counts as sound follows the noise of that
 * microphone: it falls with a quieter moment at once, and rises to a fan that stays on within seconds.
 */
export class Speaker {
  #noiseDb = QUIET_DB
  #usualDb = QUIET_DB
  #steadyMs: Ms = 0
  #loudMs: Ms = 0
  #quietMs: Ms = Number.POSITIVE_INFINITY
  #isTalking = false
  #isLoud = false

  /** Whether they are in the middle of a sentence, pauses included; a click is none. */
  get isTalking(): boolean {
    return this.#isTalking
  }

  /** Whether this very frame holds sound that may be speech. Known without delay, so it may be a click. */
  get isLoud(): boolean {
    return this.#isLoud
  }

  /** Whether there was such sound lately: it keeps its place in the mix. */
  get hasPlace(): boolean {
    return this.#quietMs < PLACE_MS
  }

  /** For how long there has been sound without a pause; where talking just began, this long ago. */
  get loudMs(): Ms {
    return this.#loudMs
  }

  /** One frame of `frameMs` at `level` dBFS. Returns whether talking began or ended with it. */
  step(level: number, frameMs: Ms): 'began' | 'ended' | undefined {
    const begins = Math.min(MOST_DB, Math.max(LEAST_DB, this.#noiseDb + MARGIN_DB))
    this.#isLoud =
      level >=
      (this.hasPlace ? Math.max(BREATH_DB, this.#noiseDb + LEAST_MARGIN_DB, begins - HANG_DB) : begins)
    this.#loudMs = this.#isLoud ? this.#loudMs + frameMs : 0
    this.#quietMs = this.#isLoud ? 0 : this.#quietMs + frameMs
    this.#learn(Math.max(level, QUIET_DB), frameMs)
    if (!this.#isTalking && this.#loudMs >= ATTACK_MS) {
      this.#isTalking = true
      return 'began'
    }
    if (this.#isTalking && this.#quietMs >= HANGOVER_MS) {
      this.#isTalking = false
      return 'ended'
    }
    return undefined
  }

  #learn(level: number, frameMs: Ms): void {
    this.#steadyMs = Math.abs(level - this.#usualDb) < STEADY_DB ? this.#steadyMs + frameMs : 0
    this.#usualDb += (level - this.#usualDb) * 0.1
    const rise = this.#steadyMs > STEADY_MS && level < LOUDEST_NOISE_DB ? 0.25 : this.#isLoud ? 0.005 : 0.03
    if (level < this.#noiseDb) this.#noiseDb += (level - this.#noiseDb) * 0.2
    else this.#noiseDb = Math.min(level, this.#noiseDb + (rise * frameMs) / 10)
  }
}
