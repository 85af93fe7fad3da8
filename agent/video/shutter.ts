import type { Ms } from '../units.ts'

/**
 * The Live API looks at one picture a second. https://ai.google.dev/gemini-api/docs/live
 * Counted from when the last one came, not from when it was asked for: LiveKit asks a publisher for no more than one key frame
 * a second, and a request that comes a moment too early waits for the better part of the next second.
 */
export const EVERY_MS: Ms = 1_000
/** A picture in which nothing changes is still sent this often, so that the model does not take it for gone. */
export const FLOOR_MS: Ms = 5_000
/** Of 255: block averages of a still scene differ by less from one key frame to the next. */
const SAME_WITHIN = 7

/** When the next picture is due, and whether one is worth sending. Step-able: it holds no timer. */
export class Shutter {
  #last: Ms = Number.NEGATIVE_INFINITY
  #sent: { id: string; blocks: Uint8Array; at: Ms } | undefined

  /** How long to wait before the next picture is taken. */
  wait(now: Ms): Ms {
    return Math.max(0, this.#last + EVERY_MS - now)
  }

  /** A picture came, or the wait for one is over. Time in which none was taken is not made up for. */
  took(now: Ms): void {
    this.#last = now
  }

  /**
   * Whether a picture is to be sent; one that is counts as sent.
   * @param id whose picture: another lane's is always new.
   * @param blocks brightness per block, see `jpeg.ts`.
   */
  isNews(id: string, blocks: Uint8Array, now: Ms): boolean {
    const sent = this.#sent
    if (sent?.id === id && now - sent.at < FLOOR_MS && isSame(sent.blocks, blocks)) return false
    this.#sent = { id, blocks, at: now }
    return true
  }
}

/** Compared with the last one sent, not the last one taken: slow change adds up until it is seen. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, i) => Math.abs(value - b[i]!) < SAME_WITHIN)
}
