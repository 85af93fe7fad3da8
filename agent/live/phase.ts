import { type Backoff, backoffMs } from '../backoff.ts'
import type { LiveError } from '../errors.ts'
import type { Ms } from '../units.ts'
import { isPassing } from './refusal.ts'

/**
 * Where an endless session stands.
 * `opening`: a connection is being made. `live`: it works. `leaving`: the server is about to close it, and the answer under way is
 * let finish. `waiting`: it was lost or refused, and is tried again later. `closed`: it is not wanted any more.
 * `handle` takes the conversation up where it was; `attempt` counts failures in a row.
 */
export type Phase =
  | { at: 'opening'; attempt: number; handle: string | undefined }
  | { at: 'live'; since: Ms; attempt: number; handle: string | undefined }
  | { at: 'leaving'; since: Ms; handle: string | undefined; by: Ms }
  | { at: 'waiting'; attempt: number; handle: string | undefined; forMs: Ms; error: LiveError }
  | { at: 'closed' }

export type Happening =
  | { type: 'opened' }
  | { type: 'lost'; error: LiveError }
  | { type: 'handle'; handle: string | undefined }
  | { type: 'goAway'; withinMs: Ms }
  /** The answer under way ended, or the time to leave has come. */
  | { type: 'switch' }
  | { type: 'retry' }
  | { type: 'close' }

/** Tries after a passing trouble: quickly at first, for a cut of the network is over in a moment. */
const soon: Backoff = { firstMs: 250, mostMs: 10_000 }
/** What only a person can mend is looked at again now and then, in case they did. */
const LATER_MS: Ms = 60_000
/** A session that lived this long was sound: what comes after it starts to count anew. */
const SOUND_MS: Ms = 10_000
/** goAway without a time, or with less than this: leave at once. */
const MARGIN_MS: Ms = 3_000

/** What follows from `now` when `event` happens at time `at` (ms). Pure: the driver only does what the phase says. */
export function next(now: Phase, event: Happening, at: Ms, random = Math.random): Phase {
  if (now.at === 'closed' || event.type === 'close') return { at: 'closed' }
  switch (event.type) {
    case 'opened':
      return now.at === 'opening' ? { at: 'live', since: at, attempt: now.attempt, handle: now.handle } : now
    case 'handle':
      // A session that cannot be left just now keeps the last place from which it could.
      return event.handle === undefined || now.at === 'waiting' ? now : { ...now, handle: event.handle }
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
      return now.at === 'leaving' ? { at: 'opening', attempt: 0, handle: now.handle } : now
    case 'retry':
      return now.at === 'waiting' ? { at: 'opening', attempt: now.attempt, handle: now.handle } : now
    case 'lost':
      return lost(now, event.error, at, random)
  }
}

function lost(now: Exclude<Phase, { at: 'closed' }>, error: LiveError, at: Ms, random: () => number): Phase {
  if (now.at === 'waiting') return now
  if (now.at === 'leaving') return { at: 'opening', attempt: 0, handle: now.handle }
  const wasSound = now.at === 'live' && at - now.since >= SOUND_MS
  const attempt = wasSound ? 1 : now.attempt + 1
  // An expired or poisoned place is given up: better a new conversation than none.
  const isPoisoned = error.kind === 'handle' || (now.at === 'live' && !wasSound && attempt > 1)
  const handle = isPoisoned ? undefined : now.handle
  // The first loss of a working session is most often a cut that is over already.
  const forMs = isPassing(error.kind) ? (wasSound ? 0 : backoffMs(attempt, soon, random)) : LATER_MS
  return { at: 'waiting', attempt, handle, forMs, error }
}
