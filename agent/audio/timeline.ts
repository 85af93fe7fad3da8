import type { Ms } from '../units.ts'

/** Whose sound, and on which track. */
export type Voice = { identity: string; trackId: string }

/** Somebody talked, in ms of the sound that was mixed since the room was first heard. */
export type Interval = Voice & { fromMs: Ms; toMs: Ms }

/** A stretch of time in which the same people talked: one, or several at once. */
export type Slice = { fromMs: Ms; toMs: Ms; who: readonly Voice[] }

/** Pauses shorter than this belong to what is said around them, ms. */
const JOINED_MS: Ms = 250
/** How far back it is remembered: words come seconds after they were said, not minutes. */
const MEMORY_MS: Ms = 120_000
const MOST_INTERVALS = 2_000

/** Who spoke when, in media time. Pure, and bounded: the oldest is forgotten. */
export class Timeline {
  /** In the order in which they began. */
  readonly #intervals: Interval[] = []
  readonly #open = new Map<string, Interval>()
  #nowMs: Ms = 0

  /** The end of the last frame, ms. */
  get nowMs(): Ms {
    return this.#nowMs
  }

  /** Time goes on by `duration`. */
  pass(duration: Ms): void {
    this.#nowMs += duration
  }

  /** `voice` has talked for the last `forMs`, up to now. */
  hear(voice: Voice, forMs: Ms): void {
    const fromMs = this.#nowMs - forMs
    const open = this.#open.get(voice.trackId)
    if (open !== undefined && fromMs - open.toMs <= JOINED_MS) {
      open.toMs = this.#nowMs
      return
    }
    const interval = { ...voice, fromMs, toMs: this.#nowMs }
    this.#open.set(voice.trackId, interval)
    this.#intervals.push(interval)
    while (
      this.#intervals.length > MOST_INTERVALS ||
      (this.#intervals[0]?.toMs ?? this.#nowMs) < this.#nowMs - MEMORY_MS
    )
      this.#forget(this.#intervals[0]!)
  }

  /** What was put down to this track since `fromMs` was somebody else's. */
  retract(trackId: string, fromMs: Ms): void {
    for (const interval of this.#intervals.filter(one => one.trackId === trackId && one.toMs > fromMs)) {
      if (interval.fromMs >= fromMs) this.#forget(interval)
      else interval.toMs = fromMs
    }
  }

  /** The track is gone; what was said on it stays. */
  close(trackId: string): void {
    this.#open.delete(trackId)
  }

  /** Who talked in a stretch of time, cut to it, in the order in which they began. */
  between(fromMs: Ms, toMs: Ms): Interval[] {
    return this.#intervals
      .filter(interval => interval.toMs > fromMs && interval.fromMs < toMs)
      .map(interval => ({
        ...interval,
        fromMs: Math.max(fromMs, interval.fromMs),
        toMs: Math.min(toMs, interval.toMs),
      }))
  }

  /** Who spoke in it, each with how long, the longest first. */
  whoSpoke(fromMs: Ms, toMs: Ms): (Voice & { ms: Ms })[] {
    const shares = new Map<string, Voice & { ms: Ms }>()
    for (const { who, fromMs: from, toMs: to } of this.slices(fromMs, toMs))
      for (const voice of who) {
        const share = shares.get(voice.identity) ?? { ...voice, ms: 0 }
        share.ms += to - from
        shares.set(voice.identity, share)
      }
    return [...shares.values()].sort((a, b) => b.ms - a.ms)
  }

  /** Everybody who has spoken of late, each once, the last one first, and how long ago they ended, ms. */
  speakers(): { identity: string; agoMs: Ms }[] {
    const ends = new Map<string, Ms>()
    for (const { identity, toMs } of this.#intervals)
      ends.set(identity, Math.max(toMs, ends.get(identity) ?? 0))
    return [...ends]
      .map(([identity, toMs]) => ({ identity, agoMs: this.#nowMs - toMs }))
      .sort((a, b) => a.agoMs - b.agoMs)
  }

  /** Who spoke last, or still does; undefined when nobody has of late. */
  last(): Interval | undefined {
    return this.#intervals.reduce<Interval | undefined>(
      (last, one) => (last === undefined || one.toMs >= last.toMs ? one : last),
      undefined,
    )
  }

  /** A stretch of time cut wherever somebody begins or ends; silence is left out. A person on two tracks counts once. */
  slices(fromMs: Ms, toMs: Ms): Slice[] {
    const intervals = this.between(fromMs, toMs)
    const cuts = [...new Set(intervals.flatMap(one => [one.fromMs, one.toMs]))].sort((a, b) => a - b)
    const slices: Slice[] = []
    for (let i = 1; i < cuts.length; i++) {
      const [from, to] = [cuts[i - 1]!, cuts[i]!]
      const who = new Map<string, Voice>()
      for (const { identity, trackId, ...one } of intervals)
        if (one.fromMs < to && one.toMs > from && !who.has(identity)) who.set(identity, { identity, trackId })
      if (who.size > 0) slices.push({ fromMs: from, toMs: to, who: [...who.values()] })
    }
    return slices
  }

  #forget(interval: Interval): void {
    this.#intervals.splice(this.#intervals.indexOf(interval), 1)
    if (this.#open.get(interval.trackId) === interval) this.#open.delete(interval.trackId)
  }
}
