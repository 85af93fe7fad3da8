import type { Clock } from '../clock.ts'
import type { Ms } from '../units.ts'
import type { Guard, Whose } from './channel.ts'
import type { Correlator } from './correlator.ts'
import type { OwnVoice } from './own-voice.ts'
import { FRAME_MS } from './pcm.ts'
import { powerOf, TRACE_RATE, type Trace } from './trace.ts'

/** Our voice may come back this much later: two ways through the network, two jitter buffers, a loudspeaker's own, and a room. */
export const LATEST_MS: Ms = 760
/** Lags are told apart to this, ms; jitter buffers move what comes back by so many of them to either side. */
const LAG_MS: Ms = 20
const WANDERS = 2
/** So much of a lane is looked for in our own voice. */
export const WINDOW_MS: Ms = 256
/** Below this nothing is judged, dBFS: no model takes it for speech. */
const FAINT_DB = -56
/** Our own voice is there when it is louder than this, dBFS of the trace. */
const AUDIBLE_DB = -60

/**
 * One comparison above the first is an echo, two above the second at one lag are, one below the third is a person. Tried with synthetic
 * speech in reverberant rooms, a quarter of a second each: echoes score 0.66 to 0.95, other people's speech 0.37 and less, rarely 0.6.
 */
const SURE_SCORE = 0.75
const ECHO_SCORE = 0.5
const PERSON_SCORE = 0.4
const SAME_LAG_MS: Ms = 15
/** An echo that is known comes no more than this sooner or later from one comparison to the next, unless it is sure to. */
const NEAR_LAG_MS: Ms = 100
/**
 * So many comparisons in a row that find no echo where there was one: somebody talks, and after so many it is gone. One alone is
 * often a jitter buffer that left something out in the middle of what is compared.
 */
const DOUBTS = 2
const MISSES = 4
/** A first judgement takes so much of a sound, a last one so much: whoever is not recognised by then is a person. */
const EARLY_MS: Ms = 130
const LATE_MS: Ms = 260
/** Judgements are this far apart while there is something to judge, and hold for this long. */
const AGAIN_MS: Ms = 70
const HOLDS_MS: Ms = 400

/** A lane that lets through less of our voice than this is taken for free of echo, dB. */
const CLEAN_DB = -38
/** What is louder than the echo that is due by this is somebody who talks over it, dB, if it lasts. */
const OVER_DB = 8
const OVER_MS: Ms = 30
/** While nothing is compared, jitter buffers may move an echo by so much of the time, either way, and by no more than that, ms. */
const DRIFT = 0.03
const MOST_DRIFT_MS: Ms = 150
/** Rooms ring on: what was due lately is still due, less this, dB a ms. */
const DECAY_DB = 0.15

/**
 * Tells our own voice in a lane from its owner's. A lane that has stayed quiet while we spoke is clean and never looked at again; until
 * that is proven a sound is held for a moment and looked for in what we said of late. Once an echo is found, its lag and loudness are
 * known, and each frame is judged by what is due.
 */
export class EchoGuard implements Guard {
  readonly #clock: Clock
  readonly #own: OwnVoice
  readonly #trace: Trace
  /** Where an echo was found: how late it comes, and how much quieter than we left it, dB. */
  #echo: { lagMs: Ms; gainDb: number; foundMs: Ms } | undefined
  /** The most of our voice that this lane may let through, dB, at each lag, from moments in which it was quiet; and of these the most. */
  readonly #bounds = new Float32Array(LATEST_MS / LAG_MS + 1)
  readonly #said = new Float32Array(LATEST_MS / LAG_MS + 1)
  #bound = 0
  /** Whether anything of ours could come back now. */
  #isAudible = false
  #sinceMs: Ms | undefined
  #judgedMs: Ms = 0
  #personUntilMs: Ms = 0
  #overMs: Ms = 0
  #last: { score: number; lagMs: Ms } = { score: 0, lagMs: 0 }
  #misses = 0

  constructor(clock: Clock, own: OwnVoice, trace: Trace) {
    this.#clock = clock
    this.#own = own
    this.#trace = trace
  }

  judge(level: number): Whose {
    const now = this.#clock.now()
    const isLoud = level > FAINT_DB
    this.#isAudible = this.#own.peak(now - LATEST_MS - WINDOW_MS, now) >= AUDIBLE_DB
    if (!this.#isAudible) {
      this.#sinceMs = isLoud ? (this.#sinceMs ?? now) : undefined
      // Whoever talks before we do is a person, and is not held up in the middle of a word.
      if (isLoud && this.#echo === undefined) this.#personUntilMs = now + HOLDS_MS
      return 'clear'
    }
    this.#learn(level, now)
    if (this.#echo !== undefined) return this.#expect(this.#echo, isLoud, now)
    if (this.#bound < CLEAN_DB) {
      this.#sinceMs = isLoud ? (this.#sinceMs ?? now) : undefined
      return 'clear'
    }
    if (now < this.#personUntilMs) return 'person'
    if (!isLoud && this.#sinceMs === undefined) return 'clear'
    this.#sinceMs ??= now
    // Nobody is lost to a doubt.
    if (now - this.#sinceMs <= LATE_MS + AGAIN_MS / 2) return 'unclear'
    this.#personUntilMs = now + HOLDS_MS
    this.#sinceMs = undefined
    return 'person'
  }

  /** Whether a comparison is due now. */
  isDue(now: Ms): boolean {
    if (!this.#isAudible || this.#sinceMs === undefined || now - this.#judgedMs < AGAIN_MS) return false
    return now - this.#sinceMs >= EARLY_MS
  }

  /** Compares the last of the lane with what we said; takes a fraction of a ms. */
  compare(correlator: Correlator, sound: Float32Array, source: Float32Array): void {
    const now = this.#clock.now()
    const ageMs = now - (this.#sinceMs ?? now)
    this.#judgedMs = now
    this.#trace.copy(sound)
    this.#own.copy(source, now)
    const { score, lag } = correlator.compare(sound, source)
    const lagMs = (lag * 1000) / TRACE_RATE
    const isAgain = this.#last.score >= ECHO_SCORE && Math.abs(this.#last.lagMs - lagMs) <= SAME_LAG_MS
    this.#last = { score, lagMs }
    const isNear = this.#echo === undefined || Math.abs(this.#echo.lagMs - lagMs) <= NEAR_LAG_MS
    // One syllable is like another of long before; not so like, and not so often, as an echo is like what it comes from.
    const isEcho = isAgain && isNear ? score >= ECHO_SCORE : score >= SURE_SCORE && (isAgain || isNear)
    // A lane that was proven clean needs more than one coincidence to be doubted again.
    if (isEcho && (isAgain || this.#bound >= CLEAN_DB)) {
      const from = source.length - sound.length - lag
      const gainDb = powerOf(sound) - powerOf(source.subarray(from, from + sound.length))
      const known = this.#echo?.gainDb ?? gainDb
      if (this.#echo === undefined) this.#personUntilMs = now
      this.#echo = { lagMs, gainDb: known + (gainDb - known) * 0.3, foundMs: now }
      this.#doubt()
      this.#misses = 0
    } else if (this.#echo !== undefined) {
      // A hiss of ours, or what a jitter buffer has just cut, is hardly like itself by the time it is back, but it is where it should be.
      if (score >= PERSON_SCORE || Math.abs(this.#echo.lagMs - lagMs) <= WANDERS * LAG_MS) return
      this.#misses++
      if (this.#misses >= DOUBTS) this.#personUntilMs = now + AGAIN_MS * 2
      if (this.#misses >= MISSES) this.#echo = undefined
    } else if (score < PERSON_SCORE || ageMs >= LATE_MS) this.#personUntilMs = now + HOLDS_MS
  }

  /** The lane is known to let our voice through: what is as loud as is due is ours, what is louder for a while is a person's. */
  #expect(echo: { lagMs: Ms; gainDb: number; foundMs: Ms }, isLoud: boolean, now: Ms): Whose {
    this.#sinceMs = isLoud ? (this.#sinceMs ?? now) : undefined
    const driftMs = Math.min(MOST_DRIFT_MS, (now - echo.foundMs) * DRIFT)
    const due = this.#due(now - echo.lagMs, driftMs) + echo.gainDb
    this.#overMs =
      isLoud && this.#trace.level > due + OVER_DB
        ? this.#overMs + FRAME_MS
        : Math.max(0, this.#overMs - FRAME_MS)
    if (this.#overMs >= OVER_MS) {
      this.#overMs = OVER_MS
      this.#personUntilMs = now + AGAIN_MS
    }
    if (now < this.#personUntilMs) return 'person'
    return 'own'
  }

  /** How loud our voice was around `atMs`, give or take `driftMs`, and the room's ring after it. */
  #due(atMs: Ms, driftMs: Ms): number {
    let due = this.#own.peak(atMs - 50 - driftMs, Math.min(atMs + 40 + driftMs, this.#clock.now()))
    for (let ago = 100; ago <= 300; ago += 50)
      due = Math.max(due, this.#own.peak(atMs - ago, atMs - ago + 50) - ago * DECAY_DB)
    return due
  }

  /**
   * A lane that is quiet now lets nothing through of what we said loudly before, at whatever lag that was. A short answer and the
   * moment after it prove a lane; so people who answer at once are not held up the second time.
   */
  #learn(level: number, now: Ms): void {
    if (level > FAINT_DB || this.#bound < CLEAN_DB) return
    for (let lag = 0; lag < this.#said.length; lag++)
      this.#said[lag] = this.#own.peak(now - lag * LAG_MS, now - lag * LAG_MS)
    let most = Number.NEGATIVE_INFINITY
    for (let lag = 0; lag < this.#bounds.length; lag++) {
      // Loud for a while around it: where a word begins or ends, the moment before it is as quiet as the lane.
      let said = this.#said[lag]!
      for (
        let near = Math.max(0, lag - WANDERS);
        near <= Math.min(lag + WANDERS, this.#said.length - 1);
        near++
      )
        said = Math.min(said, this.#said[near]!)
      if (said > AUDIBLE_DB + 20) this.#bounds[lag] = Math.min(this.#bounds[lag]!, this.#trace.level - said)
      most = Math.max(most, this.#bounds[lag]!)
    }
    this.#bound = most
    if (this.#bound < CLEAN_DB) this.#echo = undefined
  }

  /** What was proven is proven no more: an echo was found. */
  #doubt(): void {
    this.#bounds.fill(0)
    this.#bound = 0
  }
}
