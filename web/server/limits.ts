import type { Clock } from '../../agent/clock.ts'
import type { Ms } from '../../agent/units.ts'

/** Addresses remembered at once; beyond it the one unheard of for longest is forgotten. */
const MOST_KEYS = 10_000

/** At most `count` takes in any `windowMs`, for each key by itself. */
export class RateLimit {
  readonly #takes = new Map<string, Ms[]>()
  readonly #count: number
  readonly #windowMs: Ms
  readonly #clock: Clock

  constructor({ count, windowMs, clock }: { count: number; windowMs: Ms; clock: Clock }) {
    this.#count = count
    this.#windowMs = windowMs
    this.#clock = clock
  }

  /** 0 when this one is allowed; otherwise how long to wait, ms. A refused take does not count. */
  take(key: string): Ms {
    const now = this.#clock.now()
    const takes = (this.#takes.get(key) ?? []).filter(at => at > now - this.#windowMs)
    this.#takes.delete(key)
    this.#takes.set(key, takes)
    if (this.#takes.size > MOST_KEYS) {
      const [oldest] = this.#takes.keys()
      if (oldest !== undefined) this.#takes.delete(oldest)
    }
    const [first] = takes
    if (first !== undefined && takes.length >= this.#count) return first + this.#windowMs - now
    takes.push(now)
    return 0
  }
}

/** Whom a limit counts: the address, or for IPv6 its /64, all of which one household holds. */
export function limitKey(address: string | undefined): string {
  const plain = (address ?? '').replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail = ''] = plain.split('::')
  const left = head.split(':').filter(group => group !== '')
  const right = tail.split(':').filter(group => group !== '')
  const gap = plain.includes('::') ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0') : []
  return [...left, ...gap, ...right]
    .slice(0, 4)
    .map(group => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
