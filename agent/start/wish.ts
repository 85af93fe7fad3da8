import type { Ms } from '../units.ts'

export type StopWish = {
  /** Fires with the first wish. */
  signal: AbortSignal
  /** Resolves with another one some time later: a person has lost patience. */
  again: Promise<void>
  /** Wishes it from inside, and stops looking for others. */
  stop(): void
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** One Ctrl-C comes twice: from the terminal, and from npm, which passes its own on. */
const SAME_WISH: Ms = 500

/** How often we look whether our parent still lives; no event tells. */
const LOOK_EVERY: Ms = 500

/**
 * Somebody wants us to end: Ctrl-C, SIGTERM, a terminal that was closed, or, with `isUnderNpm`, npm's own death, which
 * reaches nobody else (a parent that dies leaves us to another).
 */
export function stopWish(isUnderNpm: boolean): StopWish {
  const first = new AbortController()
  const second = Promise.withResolvers<void>()
  const parent = process.ppid
  const look = setInterval(() => {
    if (isUnderNpm && process.ppid !== parent) first.abort()
  }, LOOK_EVERY)
  let since: Ms | undefined
  const wish = (): void => {
    since ??= performance.now()
    if (performance.now() - since > SAME_WISH) second.resolve()
    first.abort()
  }
  for (const signal of signals) process.on(signal, wish)
  const stop = (): void => {
    clearInterval(look)
    first.abort()
  }
  return { signal: first.signal, again: second.promise, stop }
}
