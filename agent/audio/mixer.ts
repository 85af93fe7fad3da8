import type { Ms } from '../units.ts'
import type { Channel } from './channel.ts'
import { FRAME_SAMPLES } from './lane.ts'
import { Limiter } from './limiter.ts'
import { FRAME_MS } from './pcm.ts'

/** How many voices are mixed at once. Conferences send three; a fourth is rare, and more than four nobody follows. */
const VOICES = 4
/** A voice that is in the mix gives its place only to one that is louder by this, dB. */
const HOLD_DB = 6
/** A voice comes in and goes out within 20 ms: two frames. */
const WEIGHT_STEP = FRAME_MS / 20

/**
 * Makes one stream of everybody. It owns no time: each `step()` is one frame of 10 ms, and a lane with nothing ready is silence.
 *
 * Those who talk are mixed as they are, up to the four loudest; a fifth is left out, and counted. Microphones on which nobody talks
 * stay open, but share the loudness of one: a word's soft beginning is kept, and twenty open rooms sound like one. Voices are summed
 * wide and limited, never divided: nobody is turned down because somebody else joins.
 */
export class Mixer {
  readonly #channels: Channel[] = []
  readonly #sum = new Float32Array(FRAME_SAMPLES)
  readonly #pcm = new Int16Array(FRAME_SAMPLES)
  readonly #limiter = new Limiter()
  readonly #voices: number
  #leftOutMs: Ms = 0

  constructor(voices = VOICES) {
    this.#voices = voices
  }

  /** Those who are at the desk, in no order. */
  get channels(): readonly Channel[] {
    return this.#channels
  }

  /** Speech that was not mixed because four others were louder, ms. */
  get leftOutMs(): Ms {
    return this.#leftOutMs
  }

  add(channel: Channel): void {
    this.#channels.push(channel)
  }

  remove(channel: Channel): void {
    const at = this.#channels.indexOf(channel)
    if (at !== -1) this.#channels.splice(at, 1)
  }

  /** Whether every lane has its next frame, so that waiting longer gains nothing. False without lanes. */
  isComplete(): boolean {
    for (const { lane } of this.#channels) if (!lane.has(FRAME_SAMPLES)) return false
    return this.#channels.length > 0
  }

  /** Returns 160 samples of 16 kHz mono; the mixer's own buffer, valid until the next step. */
  step(): Int16Array {
    this.#sum.fill(0)
    for (const channel of this.#channels) channel.step()
    this.#choose()
    const open = Math.max(1, this.#channels.length)
    for (const channel of this.#channels) this.#mix(channel, open)
    this.#limiter.apply(this.#sum, this.#pcm)
    return this.#pcm
  }

  /** The loudest of those who talk; with few lanes that is everybody, and nothing is compared. */
  #choose(): void {
    let talking = 0
    for (const channel of this.#channels) if (isCandidate(channel)) talking++
    for (const channel of this.#channels) {
      if (talking <= this.#voices || !isCandidate(channel)) {
        channel.isChosen = isCandidate(channel)
        continue
      }
      // Chosen is who has fewer than four above them: no list, no sorting, no memory.
      let above = 0
      for (const other of this.#channels)
        if (other !== channel && isCandidate(other) && comesBefore(other, channel)) above++
      channel.isRanked = above < this.#voices
    }
    if (talking <= this.#voices) return
    for (const channel of this.#channels) {
      if (!isCandidate(channel)) continue
      channel.isChosen = channel.isRanked
      if (!channel.isChosen && channel.speaker.isLoud) this.#leftOutMs += FRAME_MS
    }
  }

  #mix(channel: Channel, open: number): void {
    const { pcm, levelling } = channel
    const isHeard = channel.isChosen
    const isLeftOut = channel.isDouble || (!isHeard && isCandidate(channel))
    const wanted = isLeftOut ? 0 : isHeard ? 1 : 1 / Math.sqrt(open)
    const weight = channel.weight + Math.max(-WEIGHT_STEP, Math.min(WEIGHT_STEP, wanted - channel.weight))
    // The noise of a microphone that nobody talks into is not lifted beside others.
    const gain = weight * (isHeard || open === 1 ? levelling : Math.min(1, levelling))
    const from = channel.gain
    channel.weight = weight
    channel.gain = gain
    if (gain === 0 && from === 0) return
    const rise = (gain - from) / FRAME_SAMPLES
    for (let i = 0; i < FRAME_SAMPLES; i++) this.#sum[i]! += pcm[i]! * (from + rise * (i + 1))
  }
}

function isCandidate({ speaker, isDouble }: Channel): boolean {
  return speaker.hasPlace && !isDouble
}

/** Whether `one` has the better claim to a place: louder, with a bonus for those who have one. The older track breaks a tie. */
function comesBefore(one: Channel, other: Channel): boolean {
  const a = one.loudness + (one.isChosen ? HOLD_DB : 0)
  const b = other.loudness + (other.isChosen ? HOLD_DB : 0)
  return a > b || (a === b && one.lane.id < other.lane.id)
}
