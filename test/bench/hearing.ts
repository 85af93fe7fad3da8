import type { Hz, Ms, Samples } from '../../agent/units.ts'
import { type Edge, ToneDetector } from './tone.ts'

/** Shorter holes are not counted: blocks of 5 ms can make one of a single faint block. */
const LEAST_GAP_MS: Ms = 10

/** An edge and its place in all that was heard. */
export type Placed = Edge & { place: Samples }

/** What was heard of an answer that should have been one unbroken tone. */
export type HeardAnswer = {
  /** From its first to its last sound, holes included. */
  lastedMs: Ms
  gaps: number
  gapMs: Ms
}

/** Detects a tone in a stream and knows the place of each edge in media time, whenever it arrives. */
export class Hearing {
  readonly #detector: ToneDetector
  #heard: Samples = 0

  constructor(frequency: Hz, rate: Hz) {
    this.#detector = new ToneDetector(frequency, rate)
  }

  push(pcm: Int16Array): Placed[] {
    const edges = this.#detector.push(pcm).map(edge => ({ ...edge, place: this.#heard + edge.offset }))
    this.#heard += pcm.length
    return edges
  }
}

/** Judges the edges of one answer; `rate` is that of their places. An answer that never began lasted 0 ms. */
export function judgeAnswer(edges: readonly Placed[], rate: Hz): HeardAnswer {
  const first = edges.findIndex(({ isTone }) => isTone)
  const last = edges.findLastIndex(({ isTone }) => !isTone)
  if (first === -1 || last < first) return { lastedMs: 0, gaps: 0, gapMs: 0 }
  const ms = (samples: Samples) => (samples / rate) * 1000
  const holes = edges
    .slice(first + 1, last)
    .filter(({ isTone, after }) => isTone && ms(after) >= LEAST_GAP_MS)
    .map(({ after }) => ms(after))
  return {
    lastedMs: ms(edges[last]!.place - edges[first]!.place),
    gaps: holes.length,
    gapMs: holes.reduce((sum, hole) => sum + hole, 0),
  }
}
