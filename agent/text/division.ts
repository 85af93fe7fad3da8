import type { Voice } from '../audio/timeline.ts'
import type { Ms } from '../units.ts'

/** A word of a transcript with the blanks before it, and how far the room's sound had come when it arrived. */
export type Word = {
  text: string
  arrivedMs: Ms
  /** Where it was said, where the model tells. */
  span?: { fromMs: Ms; toMs: Ms }
}

/** A stretch of time in which the same people talked, and how much of it was speech, ms. */
export type Stretch = { who: readonly Voice[]; fromMs: Ms; toMs: Ms; spokenMs: Ms }

/** No model writes a word down sooner than this after it was begun, ms. */
export const SOONEST_MS: Ms = 100
/** People differ in pace by about this share, and a word more or less is nothing, characters. */
const PACE_SPREAD = 0.22
const WORD_SPREAD = 4
/** How unlikely it is that somebody else begins within a sentence, or after a comma, in nats; at its end it is what people do. */
const WITHIN_SENTENCE = 3
const AFTER_CLAUSE = 1.5
/** Of two who talk at once a model writes more than of one, and less than all. */
const OVERLAP_PACE = 1.5

/**
 * For each stretch, how many of the words are said by its end: the division that is likeliest as a whole (dynamic programming over
 * stretches and gaps between words).
 */
export function divide(words: readonly Word[], stretches: readonly Stretch[]): number[] {
  const places = [0]
  for (const { text } of words) places.push(places.at(-1)! + text.length)
  const characters = places.at(-1)!
  const paces = stretches.map(({ who, spokenMs }) => spokenMs * (who.length > 1 ? OVERLAP_PACE : 1))
  const whole = paces.reduce((sum, one) => sum + one, 0)
  let costs = places.map(place => (place === 0 ? 0 : Number.POSITIVE_INFINITY))
  const origins: number[][] = []
  for (const [i, stretch] of stretches.entries()) {
    const expected = (paces[i]! / whole) * characters
    const spread = 2 * ((PACE_SPREAD * expected) ** 2 + WORD_SPREAD ** 2)
    const next = stretches[i + 1]
    const arrived = words.findIndex(({ arrivedMs }) => next && arrivedMs >= next.fromMs + SOONEST_MS)
    // Whatever had arrived when the next began is not theirs.
    const first = arrived === -1 ? words.length : arrived
    const reached: number[] = []
    const origin: number[] = []
    for (let end = 0; end <= words.length; end++) {
      reached.push(Number.POSITIVE_INFINITY)
      origin.push(0)
      if (end < first) continue
      const change =
        next === undefined || end === 0 || end === words.length
          ? 0
          : changeCost(words[end - 1]!.text, stretch, next)
      for (let from = end; from >= 0; from--) {
        const length = places[end]! - places[from]!
        const alone = (length - expected) ** 2 / spread + change
        // Longer is only unlikelier from here.
        if (length > expected && alone >= reached[end]!) break
        const cost = costs[from]! + alone
        if (cost >= reached[end]!) continue
        reached[end] = cost
        origin[end] = from
      }
    }
    costs = reached
    origins.push(origin)
  }
  const ends = [words.length]
  for (let i = stretches.length - 1; i > 0; i--) ends.unshift(origins[i]![ends[0]!]!)
  return ends
}

/** How unlikely it is that one goes over into the other after this word. Somebody who goes on talking ends no sentence for it. */
function changeCost(word: string, one: Stretch, next: Stretch): number {
  if (one.who.some(({ identity }) => next.who.some(other => other.identity === identity))) return 0
  if (/[.?!…。？！]["')\]]*\s*$/.test(word)) return 0
  return /[,;:，、]\s*$/.test(word) ? AFTER_CLAUSE : WITHIN_SENTENCE
}
