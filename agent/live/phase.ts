import { type Backoff, backoffMs } from '../backoff.ts'
import type { LiveError } from '../errors.ts'
import type { Ms } from '../units.ts'
import { isPassing } from './refusal.ts'

/**
 * Where an endless session stands.
 * `opening`: a connection is being made. `live`: it works. `leaving`: it is to be left for another, which goAway or changed settings
 * ask for, and what is going on is let finish. `waiting`: it was lost or refused, and is tried again later. `closed`: it is not wanted
 * any more.
 * `handle` takes the conversation up where it was; without one the next session begins anew. `attempt` counts failures of one `sort` in
 * a row, `deaths` the sessions in a row that the server itself ended soon after they had opened.
 */
export type Phase =
  | { at: 'opening'; attempt: number; sort?: Sort; deaths: number; handle: string | undefined }
  | { at: 'live'; since: Ms; attempt: number; sort?: Sort; deaths: number; handle: string | undefined }
  | { at: 'leaving'; since: Ms; handle: string | undefined; by: Ms }
  | {
      at: 'waiting'
      attempt: number
      sort: Sort
      deaths: number
      handle: string | undefined
      forMs: Ms
      error: LiveError
    }
  | { at: 'closed' }

/** What ends by itself, what comes back by the minute, and what somebody has to mend: each has waits of its own. */
type Sort = 'passing' | 'scarce' | 'mending'

export type Happening =
  | { type: 'opened' }
  | { type: 'lost'; error: LiveError }
  | { type: 'handle'; handle: string | undefined }
  /** No handle is any good: it belongs to another model, or leads to a session that is too old. */
  | { type: 'forget' }
  | { type: 'goAway'; withinMs: Ms }
  /** What was going on has ended, or the time to leave has come. */
  | { type: 'switch' }
  | { type: 'retry' }
  | { type: 'close' }

/** The first tries after a passing trouble: quick, for people are in the middle of a sentence and most outages last seconds. */
const soon: Backoff = { firstMs: 250, mostMs: 1_000 }
/** Those after that. */
const later: Backoff = { firstMs: 1_000, mostMs: 10_000 }
const QUICK_TRIES = 8
/** The budget of quick and less quick tries, some two minutes; then it is an outage, and one try a minute has to do. */
const MOST_TRIES = 20
/** Quota comes back by the minute, if at all. */
const scarce: Backoff = { firstMs: 5_000, mostMs: 60_000 }
/** What only a person can mend is looked at again now and then, in case they did. */
const mending: Backoff = { firstMs: 60_000, mostMs: 900_000 }
/** A session that lived this long was sound: what comes after it starts to count anew. */
const SOUND_MS: Ms = 10_000
/** goAway without a time, or with less than this: leave at once. */
const MARGIN_MS: Ms = 3_000
/** A resumed session that is refused so often, and not by the network, may be refused for its handle. */
const MOST_REFUSALS = 4

/** What follows from `now` when `event` happens at time `at` (ms). Pure: the driver only does what the phase says. */
export function next(now: Phase, event: Happening, at: Ms, random = Math.random): Phase {
  if (now.at === 'closed' || event.type === 'close') return { at: 'closed' }
  switch (event.type) {
    case 'opened':
      return now.at === 'opening' ? { ...now, at: 'live', since: at } : now
    case 'handle':
      // A session that cannot be left just now keeps the last place from which it could.
      return event.handle === undefined || now.at === 'waiting' ? now : { ...now, handle: event.handle }
    case 'forget':
      return { ...now, handle: undefined }
    case 'goAway':
      return now.at === 'live'
        ? {
            at: 'leaving',
            since: now.since,
            handle: now.handle,
            by: at + Math.max(0, event.withinMs - MARGIN_MS),
          }
        : now
    case 'switch':
      return now.at === 'leaving' ? { at: 'opening', attempt: 0, deaths: 0, handle: now.handle } : now
    case 'retry':
      if (now.at !== 'waiting') return now
      return { at: 'opening', attempt: now.attempt, sort: now.sort, deaths: now.deaths, handle: now.handle }
    case 'lost':
      return lost(now, event.error, at, random)
  }
}

function lost(now: Exclude<Phase, { at: 'closed' }>, error: LiveError, at: Ms, random: () => number): Phase {
  if (now.at === 'waiting') return now
  if (now.at === 'leaving') return { at: 'opening', attempt: 0, deaths: 0, handle: now.handle }
  const wasSound = now.at === 'live' && at - now.since >= SOUND_MS
  const sort = sortOf(error)
  const attempt = wasSound || (now.sort ?? sort) !== sort ? 1 : now.attempt + 1
  const deaths = now.at === 'opening' || isOfTheWay(error) ? now.deaths : wasSound ? 1 : now.deaths + 1
  const handle = isSpent(now, error, attempt, deaths) ? undefined : now.handle
  return {
    at: 'waiting',
    attempt,
    sort,
    deaths,
    handle,
    forMs: wait(now, error, { attempt, deaths }, random),
    error,
  }
}

/** An expired place is given up, and so is one that kills each session resumed from it: better a new conversation than none. */
function isSpent(now: Phase, error: LiveError, attempt: number, deaths: number): boolean {
  if (error.kind === 'handle') return true
  if (now.at === 'opening') return !isOfTheWay(error) && error.kind === 'server' && attempt >= MOST_REFUSALS
  return deaths >= 2
}

function sortOf({ kind }: LiveError): Sort {
  if (!isPassing(kind)) return 'mending'
  return kind === 'quota' ? 'scarce' : 'passing'
}

/** The network is to blame, not the session. */
function isOfTheWay({ kind }: LiveError): boolean {
  return kind === 'network' || kind === 'timeout'
}

function wait(
  now: Phase,
  { kind, code }: LiveError,
  { attempt, deaths }: { attempt: number; deaths: number },
  random: () => number,
): Ms {
  if (!isPassing(kind)) return backoffMs(attempt, mending, random)
  if (kind === 'quota') return backoffMs(attempt, scarce, random)
  // A working session that is told of an invalid argument is cured by resuming it; one that is told so over and over is not.
  if (code === 1007 && now.at === 'live') return deaths <= 2 ? 0 : backoffMs(deaths - 2, mending, random)
  // The first loss of a working session is most often a cut that is over already; a lost place is known to be lost.
  if (attempt === 1) return 0
  if (attempt > MOST_TRIES) return mending.firstMs
  if (attempt > QUICK_TRIES) return backoffMs(attempt - QUICK_TRIES, later, random)
  return backoffMs(attempt - 1, soon, random)
}
