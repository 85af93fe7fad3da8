import { type Backoff, backoffMs } from '../backoff.ts'
import type { RoomError } from '../errors.ts'
import type { Ms } from '../units.ts'

/** Who we are registered as, and with whom. */
export type Registration = {
  /** `AW_...`, new with every registration. */
  worker: string
  /** The server's version. */
  server: string
  node: string
}

/**
 * Where the worker stands with the server. `attempt` counts the tries since it last stood firm, 1 for the first;
 * `hasServed` is whether it was ever registered.
 */
export type Phase =
  | { at: 'connecting'; attempt: number; hasServed: boolean }
  /** The socket is open and the server has not said yet that it knows us. */
  | { at: 'registering'; attempt: number; hasServed: boolean }
  | { at: 'registered'; attempt: number; since: Ms; as: Registration }
  | { at: 'waiting'; attempt: number; hasServed: boolean; for: Ms; why: RoomError }
  /** For good; `why` where the server will never let us in as we are. */
  | { at: 'closed'; why?: RoomError }

export type Happening =
  | { saw: 'open' }
  | { saw: 'registered'; as: Registration; now: Ms }
  /** The socket could not be opened, was closed, or has gone silent. */
  | { saw: 'lost'; why: RoomError; now: Ms }
  /** The wait is over. */
  | { saw: 'elapsed' }
  | { saw: 'close' }

/** Quick at first, for a server that restarts in a second; then patient. */
export const RECONNECT: Backoff = { firstMs: 300, mostMs: 5000 }

/** A server that lets us in and throws us out again is not back: only after this long does the wait start anew. */
export const FIRM_MS: Ms = 10_000

export const first: Phase = { at: 'connecting', attempt: 1, hasServed: false }

/** What follows from `happening`; anything that does not fit the phase changes nothing. */
export function next(now: Phase, happening: Happening, random = Math.random): Phase {
  if (now.at === 'closed') return now
  switch (happening.saw) {
    case 'close':
      return { at: 'closed' }
    case 'open':
      return now.at === 'connecting' ? { ...now, at: 'registering' } : now
    case 'registered':
      if (now.at !== 'registering') return now
      return { at: 'registered', attempt: now.attempt, since: happening.now, as: happening.as }
    case 'elapsed':
      if (now.at !== 'waiting') return now
      return { at: 'connecting', attempt: now.attempt + 1, hasServed: now.hasServed }
    case 'lost':
      return afterLoss(now, happening.why, happening.now, random)
  }
}

function afterLoss(now: Phase, why: RoomError, at: Ms, random: () => number): Phase {
  if (now.at === 'waiting' || now.at === 'closed') return now
  const hasServed = now.at === 'registered' || now.hasServed
  // What was wrong from the first is wrong in the settings, and somebody has to mend them. Once we have served, rooms
  // depend on us: a key that is being rotated, or a clock that is being set, is waited out.
  if (!hasServed && (why.kind === 'unauthorized' || why.kind === 'clock')) return { at: 'closed', why }
  const attempt = now.at === 'registered' && at - now.since >= FIRM_MS ? 1 : now.attempt
  return { at: 'waiting', attempt, hasServed, for: backoffMs(attempt, RECONNECT, random), why }
}
