import type { Ms } from '../units.ts'
import type { Channel } from './channel.ts'
import { Correlator } from './correlator.ts'
import { FRAME_MS } from './pcm.ts'
import { powerOf, TRACE_RATE } from './trace.ts'

/** A voice arrives on two tracks at most this far apart: the same room, but two encoders and two jitter buffers. */
const APART_MS: Ms = 100
const WINDOW_MS: Ms = 256
/** Two lanes that are as alike as this for a while, at the same lag, hold one voice. */
const SAME_SCORE = 0.65
const SAME_LAG_MS: Ms = 3
const SAME_FOR_MS: Ms = 120
/** A finding holds for this long without another. */
const HOLDS_MS: Ms = 1_000
/** Who is louder is not changed for less than this, dB. */
const LOUDER_DB = 3
/** What is louder on the fainter lane than what is due there by this, dB, for so long, is its owner's own word; it goes on for a moment. */
const OVER_DB = 6
const OVER_MS: Ms = 30
const OWN_WORD_MS: Ms = 150

type Pair = {
  lagMs: Ms
  /** When it was first found in a row of findings, and last. */
  sinceMs: Ms
  foundMs: Ms
  isSame: boolean
  /** The one that is left out while they are the same. */
  fainter: Channel
  louder: Channel
  /** By how much it is fainter, and how much later it comes; negative: sooner. */
  gainDb: number
  laterMs: Ms
  overMs: Ms
  ownUntilMs: Ms
}

const samples = (ms: Ms) => (ms * TRACE_RATE) / 1000

/**
 * Finds one voice on two tracks: people in one office hear each other's microphones, and one person may have two tabs open. Summed, it
 * would be doubled and hollow, and stand under two names. The fainter lane is left out as long as that is so.
 */
export class Crosstalk {
  readonly #correlator = new Correlator(samples(WINDOW_MS), samples(2 * APART_MS))
  readonly #sound = new Float32Array(samples(WINDOW_MS))
  readonly #source = new Float32Array(samples(WINDOW_MS + 2 * APART_MS))
  readonly #pairs = new Map<string, Pair>()
  #turn = 0
  #doubledMs: Ms = 0

  /** Sound that was left out because it was heard better elsewhere, ms. */
  get doubledMs(): Ms {
    return this.#doubledMs
  }

  /** Compares the next pair of lanes on which somebody is heard, if there is one; returns the lane that was newly found a double. */
  step(channels: readonly Channel[], now: Ms): Channel | undefined {
    const pair = this.#next(channels)
    if (pair === undefined) return undefined
    const [one, other] = pair
    const wasDouble = one.isDouble || other.isDouble
    this.#judge(one, other, now)
    this.mark(channels, now, 0)
    if (wasDouble) return undefined
    return one.isDouble ? one : other.isDouble ? other : undefined
  }

  /** Brings the lanes' marks up to date; `passedMs` of sound have gone by. */
  mark(channels: readonly Channel[], now: Ms, passedMs: Ms): void {
    for (const channel of channels) {
      let isDouble = false
      for (const pair of this.#pairs.values())
        if (pair.isSame && pair.fainter === channel && now - pair.foundMs < HOLDS_MS)
          isDouble ||= !isOwnWord(pair, now, passedMs)
      channel.isDouble = isDouble
      if (isDouble && channel.isSounding) this.#doubledMs += passedMs
    }
  }

  /** The lane is gone, and what was found of it. */
  forget({ lane }: Channel): void {
    for (const key of [...this.#pairs.keys()]) if (key.split('\n').includes(lane.id)) this.#pairs.delete(key)
  }

  /** One pair after the other of those who sound. */
  #next(channels: readonly Channel[]): [Channel, Channel] | undefined {
    let sounding = 0
    for (const { isSounding } of channels) if (isSounding) sounding++
    const pairs = (sounding * (sounding - 1)) / 2
    if (pairs === 0) return undefined
    let skip = this.#turn++ % pairs
    for (let i = 0; i < channels.length; i++) {
      if (!channels[i]!.isSounding) continue
      for (let j = i + 1; j < channels.length; j++)
        if (channels[j]!.isSounding && skip-- === 0) return [channels[i]!, channels[j]!]
    }
    return undefined
  }

  #judge(one: Channel, other: Channel, now: Ms): void {
    const key = `${one.lane.id}\n${other.lane.id}`
    one.trace.copy(this.#sound, samples(APART_MS))
    other.trace.copy(this.#source)
    const { score, lag } = this.#correlator.compare(this.#sound, this.#source)
    const known = this.#pairs.get(key)
    const isFresh = known !== undefined && now - known.foundMs < HOLDS_MS
    if (!isFresh) this.#pairs.delete(key)
    if (score < SAME_SCORE) return
    const lagMs = (lag * 1000) / TRACE_RATE
    const gainDb = powerOf(this.#sound) - this.#powerAt(lag)
    const isAgain = isFresh && Math.abs(known.lagMs - lagMs) <= SAME_LAG_MS
    // Voices repeat themselves with every period of their pitch: one finding elsewhere says nothing against many.
    if (isFresh && known.isSame && !isAgain) return
    const keeps = isAgain && Math.abs(gainDb) < LOUDER_DB
    const isOneFainter = keeps ? known.fainter === one : gainDb < 0
    const sinceMs = isAgain ? known.sinceMs : now
    // How much later the other lane has what this one has.
    const laterMs = APART_MS - lagMs
    this.#pairs.set(key, {
      lagMs,
      sinceMs,
      foundMs: now,
      isSame: now - sinceMs >= SAME_FOR_MS,
      fainter: isOneFainter ? one : other,
      louder: isOneFainter ? other : one,
      gainDb: -Math.abs(gainDb),
      laterMs: isOneFainter ? -laterMs : laterMs,
      overMs: isAgain ? known.overMs : 0,
      ownUntilMs: isAgain ? known.ownUntilMs : 0,
    })
  }

  #powerAt(lag: number): number {
    const from = this.#source.length - this.#sound.length - lag
    return powerOf(this.#source.subarray(from, from + this.#sound.length))
  }
}

/** Whether the owner of the fainter lane talks themselves: louder than the other's voice could be there. */
function isOwnWord(pair: Pair, now: Ms, passedMs: Ms): boolean {
  if (passedMs > 0) {
    const ago = pair.laterMs / FRAME_MS
    const due = pair.louder.trace.peak(Math.ceil(ago) + 4, Math.floor(ago) - 2) + pair.gainDb
    const isOver = pair.fainter.isLoud && pair.fainter.trace.level > due + OVER_DB
    pair.overMs = isOver ? pair.overMs + passedMs : 0
    if (pair.overMs >= OVER_MS) pair.ownUntilMs = now + OWN_WORD_MS
  }
  return now < pair.ownUntilMs
}
