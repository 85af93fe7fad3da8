import type { Slice, Voice } from '../audio/timeline.ts'
import type { Ms } from '../units.ts'
import { divide, SOONEST_MS, type Stretch, type Word } from './division.ts'

/** Words of one person, or of several who talked at once. */
export type Run = { who: readonly Voice[]; text: string; fromMs: Ms; toMs: Ms }

/** How long a character takes to say, ms: 15 characters a second is the usual pace of speech. */
const CHARACTER_MS: Ms = 65
/** A model ends a turn, and writes it down, after a silence of about this, ms. */
const TURN_GAP_MS: Ms = 600
/** How unlikely it is that a text leaves out speech before what it holds, or after it, in units of the logarithm of the pace. */
const SKIPS_EARLIER = 1
const SKIPS_LATER = 0.35
/** An overlap that is shorter is how people change over, ms. What one says alone for less, beside an overlap, belongs to it. */
const LEAST_OVERLAP_MS: Ms = 400
const LEAST_ALONE_MS: Ms = 300
/**
 * Gives every word to those who said it. The API tells what was said, seldom when; who talked when is known exactly. So a text is
 * laid along the speech that has not been written down yet, in order, in proportion to time, and cut where another person begins,
 * rather at the end of a sentence than within one. No word is given to somebody who began after it had arrived. Where two talk at once
 * the words are both's: one channel of sound holds no more than that.
 * @param slices the speech that the words may be about, in order
 */
export function attribute(words: readonly Word[], slices: readonly Slice[]): Run[] {
  if (words.length === 0 || slices.length === 0) return []
  if (words.every(({ span }) => span !== undefined)) return bySpans(words, slices)
  const stretches = settled(joined(spokenOf(words, slices)))
  const ends = divide(words, stretches)
  const runs: Run[] = []
  for (const [i, { who, fromMs, toMs }] of stretches.entries()) {
    const text = words
      .slice(i === 0 ? 0 : ends[i - 1], ends[i])
      .map(word => word.text)
      .join('')
    if (text !== '') runs.push({ who, text, fromMs, toMs })
  }
  const [only] = runs
  // One word that stands for all of it is everybody's who had a good part in it.
  if (words.length === 1 && only !== undefined) return [{ ...only, who: sharers(stretches) }]
  return mergedRuns(runs)
}

/** Where the speech that a text is about ends, ms: what comes after it is still to be written down. */
export function endOf(words: readonly Word[], slices: readonly Slice[]): Ms | undefined {
  if (words.length === 0 || slices.length === 0) return undefined
  return spokenOf(words, slices).at(-1)?.toMs
}

/** Words of `text`, each with the blanks before it; what stands in brackets is one. */
export function wordsOf(text: string): string[] {
  return text.match(/\s*(?:\[[^\]]*\]\S*|\S+)|\s+$/g) ?? []
}

function bySpans(words: readonly Word[], slices: readonly Slice[]): Run[] {
  return mergedRuns(
    words.map(({ text, span }) => {
      const { fromMs, toMs } = span!
      const within = slices.filter(slice => slice.toMs > fromMs && slice.fromMs < toMs)
      const middle = (fromMs + toMs) / 2
      const nearest = slices.reduce((best, slice) =>
        away(slice, middle) < away(best, middle) ? slice : best,
      )
      const shares = joined(within.length > 0 ? within : [nearest])
      return { who: sharers(shares, 0.5), text, fromMs, toMs }
    }),
  )
}

const away = ({ fromMs, toMs }: Slice, at: Ms) => Math.max(fromMs - at, at - toMs, 0)

/** Those who talked for at least `share` of the time, or else whoever talked longest. */
function sharers(stretches: readonly Stretch[], share = 0.25): readonly Voice[] {
  const shares = new Map<string, { voice: Voice; ms: Ms }>()
  let whole = 0
  for (const { who, spokenMs } of stretches) {
    whole += spokenMs
    for (const voice of who) {
      const known = shares.get(voice.identity) ?? { voice, ms: 0 }
      known.ms += spokenMs
      shares.set(voice.identity, known)
    }
  }
  const byLength = [...shares.values()].sort((a, b) => b.ms - a.ms)
  const most = byLength.filter(({ ms }, i) => i === 0 || ms >= whole * share)
  return most.map(({ voice }) => voice)
}

/**
 * The part of the speech that the words are about. Mostly it is all of it; but a cough is never written down, and a text that comes
 * late may meet speech that is newer than itself: then the utterances that fit the length of the text best.
 */
function spokenOf(words: readonly Word[], slices: readonly Slice[]): readonly Slice[] {
  const arrivedMs = words.at(-1)!.arrivedMs - SOONEST_MS
  const past = slices
    .filter(slice => slice.fromMs < arrivedMs)
    .map(slice => ({ ...slice, toMs: Math.min(slice.toMs, Math.max(arrivedMs, slice.fromMs + 1)) }))
  if (past.length === 0) return slices.slice(0, 1)
  const groups = utterances(past)
  const textMs = Math.max(1, charactersOf(words) * CHARACTER_MS)
  let best: { from: number; to: number; cost: number } | undefined
  for (let from = 0; from < groups.length; from++) {
    let spokenMs = 0
    for (let to = from + 1; to <= groups.length; to++) {
      spokenMs += lengthOf(groups[to - 1]!)
      const cost =
        Math.abs(Math.log(spokenMs / textMs)) + from * SKIPS_EARLIER + (groups.length - to) * SKIPS_LATER
      if (best === undefined || cost < best.cost) best = { from, to, cost }
    }
  }
  return groups.slice(best!.from, best!.to).flat()
}

/** Speech between silences in which a turn may have ended; the newest of them, should they be many. */
function utterances(slices: readonly Slice[]): Slice[][] {
  const groups: Slice[][] = []
  for (const slice of slices) {
    const open = groups.at(-1)
    if (open !== undefined && slice.fromMs - open.at(-1)!.toMs < TURN_GAP_MS) open.push(slice)
    else groups.push([slice])
  }
  return groups.slice(-20)
}

/** Neighbours of the same people are one stretch, silence between them or not. */
function joined(slices: readonly Slice[]): Stretch[] {
  const stretches: Stretch[] = []
  for (const { who, fromMs, toMs } of slices) {
    const open = stretches.at(-1)
    if (open !== undefined && areSame(open.who, who)) {
      open.toMs = toMs
      open.spokenMs += toMs - fromMs
    } else stretches.push({ who, fromMs, toMs, spokenMs: toMs - fromMs })
  }
  return stretches
}

/** Stretches in which a word has room: short overlaps are parted between those who change over, short ends of long ones belong to them. */
function settled(stretches: readonly Stretch[]): Stretch[] {
  const kept = stretches.map(one => ({ ...one }))
  for (const [i, one] of kept.entries()) {
    const [before, after] = [kept[i - 1], kept[i + 1]]
    if (one.who.length > 1 && one.spokenMs < LEAST_OVERLAP_MS && before && after) {
      before.spokenMs += one.spokenMs / 2
      after.spokenMs += one.spokenMs / 2
      one.spokenMs = 0
    }
    const overlap = [before, after].find(next => next !== undefined && next.who.length > one.who.length)
    if (overlap && overlap.spokenMs >= LEAST_OVERLAP_MS && one.spokenMs < LEAST_ALONE_MS) {
      overlap.spokenMs += one.spokenMs
      one.spokenMs = 0
    }
  }
  return joinedAgain(kept.filter(({ spokenMs }) => spokenMs > 0))
}

function joinedAgain(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = []
  for (const one of stretches) {
    const open = result.at(-1)
    if (open !== undefined && areSame(open.who, one.who)) {
      open.toMs = one.toMs
      open.spokenMs += one.spokenMs
    } else result.push(one)
  }
  return result
}

function mergedRuns(runs: readonly Run[]): Run[] {
  const merged: Run[] = []
  for (const run of runs) {
    const open = merged.at(-1)
    if (open !== undefined && areSame(open.who, run.who))
      merged[merged.length - 1] = { ...open, text: open.text + run.text, toMs: run.toMs }
    else merged.push(run)
  }
  return merged
}

function areSame(some: readonly Voice[], others: readonly Voice[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ identity }) => others.some(other => other.identity === identity))
  )
}

const charactersOf = (words: readonly Word[]) => words.reduce((sum, { text }) => sum + text.length, 0)
const lengthOf = (slices: readonly Slice[]) =>
  slices.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
