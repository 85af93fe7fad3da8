import type { Hz, Ms } from '../../units.ts'
import type { ActivityDetection } from '../wire/setup.ts'

export type VadSettings = {
  /** How far above the noise a frame must be to count as speech, dB. */
  marginDb: number
  /** No frame below this counts as speech however quiet the room is, dBFS. */
  leastDb: number
  /** How much speech must be heard before a start is believed, ms. Coughs and knocks are shorter. */
  prefixMs: Ms
  /** How far below the start threshold a frame may be and still count as speech once speech has begun, dB. */
  hangDb: number
  /** How long nobody may be heard before the end is believed, ms. */
  silenceMs: Ms
}

/** Positions are ms of audio since the stream began; level is the RMS of the frames that were speech, dBFS. */
export type VadEvent =
  | { kind: 'start'; atMs: Ms; detectedMs: Ms }
  | { kind: 'end'; startMs: Ms; atMs: Ms; detectedMs: Ms; level: number }

const FRAME_MS = 10
const QUIETEST_DB = -96
/** Rooms lie between these, dBFS: below is digital silence, above somebody who speaks. */
const QUIET_ROOM_DB = -60
const LOUDEST_ROOM_DB = -40
/** A room's level stays within this, dB; a voice's does not. */
const STEADY_DB = 3
/** The beginning of a stream tells about the room, ms. */
const FIRST_MS = 200

/**
 * The numbers behind the documented words. Google publishes none of them; these separate speech at arm's length from a
 * fan, and a word from a knock. `silenceMs` is what holds where the client asks for none.
 */
export function vadSettings(
  asked: ActivityDetection,
  defaults: { low: boolean; silenceMs: Ms },
): VadSettings {
  const start = asked.startOfSpeechSensitivity ?? 'START_SENSITIVITY_UNSPECIFIED'
  const end = asked.endOfSpeechSensitivity ?? 'END_SENSITIVITY_UNSPECIFIED'
  const isLowStart = start === 'START_SENSITIVITY_UNSPECIFIED' ? defaults.low : start.endsWith('LOW')
  const isLowEnd = end === 'END_SENSITIVITY_UNSPECIFIED' ? defaults.low : end.endsWith('LOW')
  return {
    marginDb: isLowStart ? 15 : 9,
    leastDb: isLowStart ? -42 : -50,
    prefixMs: asked.prefixPaddingMs ?? (isLowStart ? 120 : 60),
    hangDb: isLowEnd ? 6 : 3,
    silenceMs: asked.silenceDurationMs ?? defaults.silenceMs,
  }
}

/**
 * Voice activity by energy: 10 ms frames of PCM16 mono at any rate, held against a noise floor that follows the room. Stepped by
 * samples alone: the same audio gives the same events however it is cut into chunks and whenever it arrives.
 */
export class Vad {
  readonly #settings: VadSettings
  #rate: Hz = 0
  #frames = 0
  #energy = 0
  #samples = 0
  /** Samples and frames since the rate last changed, to place frame ends without drift at rates like 11,025 Hz. */
  #samplesAtRate = 0
  #framesAtRate = 0
  #floorDb = QUIET_ROOM_DB
  /** The level of late, and for how many frames it has hardly changed. */
  #usualDb = QUIET_ROOM_DB
  #steadyFrames = 0
  #speech: Speech | undefined
  /** Recent speech not yet believed to be a start, ms. */
  #run = 0
  #runStart = 0

  constructor(settings: VadSettings) {
    this.#settings = settings
  }

  get isSpeech(): boolean {
    return this.#speech !== undefined
  }

  /** ms of audio heard so far. */
  get heardMs(): Ms {
    return this.#frames * FRAME_MS
  }

  /** Hears `pcm` and returns what began or ended in it, in order. */
  push(pcm: Int16Array, rate: Hz): VadEvent[] {
    if (rate !== this.#rate) this.#changeRate(rate)
    const events: VadEvent[] = []
    let from = 0
    while (from < pcm.length) {
      const frameEnd = Math.round(((this.#framesAtRate + 1) * rate * FRAME_MS) / 1000)
      const to = Math.min(pcm.length, from + frameEnd - this.#samplesAtRate)
      let energy = this.#energy
      for (let i = from; i < to; i++) energy += pcm[i]! * pcm[i]!
      this.#energy = energy
      this.#samples += to - from
      this.#samplesAtRate += to - from
      from = to
      if (this.#samplesAtRate === frameEnd) this.#endFrame(events)
    }
    return events
  }

  /** The stream pauses: speech that is going on ends here. */
  flush(): VadEvent | undefined {
    const speech = this.#speech
    this.#run = 0
    return speech === undefined ? undefined : this.#end(speech)
  }

  #changeRate(rate: Hz): void {
    this.#rate = rate
    this.#samplesAtRate = this.#framesAtRate = this.#energy = this.#samples = 0
  }

  #endFrame(events: VadEvent[]): void {
    const meanSquare = this.#energy / Math.max(1, this.#samples)
    this.#energy = this.#samples = 0
    this.#frames++
    this.#framesAtRate++
    const db = decibels(meanSquare)
    const threshold = Math.max(this.#settings.leastDb, this.#floorDb + this.#settings.marginDb)
    if (this.#speech === undefined) this.#await(db, db > threshold, meanSquare, events)
    else this.#follow(this.#speech, db > threshold - this.#settings.hangDb, meanSquare, events)
    this.#adapt(db)
  }

  #await(db: number, isLoud: boolean, meanSquare: number, events: VadEvent[]): void {
    if (isLoud && this.#run === 0) this.#runStart = this.heardMs - FRAME_MS
    // A dip between two sounds of one word takes back a frame, not the whole run.
    this.#run = Math.max(0, this.#run + (isLoud ? FRAME_MS : -FRAME_MS))
    if (!isLoud || db <= QUIETEST_DB || this.#run < this.#settings.prefixMs) return
    this.#run = 0
    this.#speech = { startMs: this.#runStart, lastMs: this.heardMs, energy: meanSquare, frames: 1 }
    events.push({ kind: 'start', atMs: this.#runStart, detectedMs: this.heardMs })
  }

  #follow(speech: Speech, isLoud: boolean, meanSquare: number, events: VadEvent[]): void {
    if (isLoud) {
      speech.lastMs = this.heardMs
      speech.energy += meanSquare
      speech.frames++
    } else if (this.heardMs - speech.lastMs >= this.#settings.silenceMs) events.push(this.#end(speech))
  }

  #end(speech: Speech): VadEvent {
    this.#speech = undefined
    const level = decibels(speech.energy / speech.frames)
    return { kind: 'end', startMs: speech.startMs, atMs: speech.lastMs, detectedMs: this.heardMs, level }
  }

  /**
   * Falls to a quieter room at once, rises to a louder one slowly. It rises during speech too, or a fan switched on would be
   * speech for ever; slowly enough that a shout of 15 s is still one. What is quiet and even for a second is no voice, and soon
   * counts as the room; so does what is there when the stream begins.
   */
  #adapt(db: number): void {
    this.#steadyFrames = Math.abs(db - this.#usualDb) < STEADY_DB ? this.#steadyFrames + 1 : 0
    this.#usualDb += (db - this.#usualDb) * 0.1
    if (this.#frames * FRAME_MS <= FIRST_MS) {
      const heard = Math.min(Math.max(db, QUIET_ROOM_DB), LOUDEST_ROOM_DB)
      this.#floorDb = this.#frames === 1 ? heard : Math.min(this.#floorDb, heard)
    } else if (db < this.#floorDb) this.#floorDb += (Math.max(db, -75) - this.#floorDb) * 0.2
    else this.#floorDb = Math.min(db, this.#floorDb + this.#rise(db))
  }

  /** How much the floor may rise in one frame, dB. */
  #rise(db: number): number {
    if (db < LOUDEST_ROOM_DB && this.#steadyFrames * FRAME_MS > 1_000) return 0.25
    return this.#speech === undefined && this.#run === 0 ? 0.06 : 0.008
  }
}

type Speech = { startMs: Ms; lastMs: Ms; energy: number; frames: number }

/** dB below full scale of a mean square of 16-bit samples; -96 for silence. */
export function decibels(meanSquare: number): number {
  return meanSquare <= 0 ? QUIETEST_DB : Math.max(QUIETEST_DB, 10 * Math.log10(meanSquare / 32_768 ** 2))
}
