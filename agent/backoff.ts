import type { Ms } from './units.ts'

export type Backoff = {
  /** Wait before the first retry, ms. */
  firstMs: Ms
  /** No wait grows beyond this, ms. */
  mostMs: Ms
}

/**
 * How long to wait before try number `attempt` (1 = the first retry): doubling from `firstMs` to `mostMs`,
 * then spread over its upper half so that many who lost the same server do not come back in one moment.
 */
export function backoffMs(attempt: number, { firstMs, mostMs }: Backoff, random = Math.random): Ms {
  const whole = Math.min(mostMs, firstMs * 2 ** Math.max(0, attempt - 1))
  return whole / 2 + (whole / 2) * random()
}
