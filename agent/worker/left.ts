import type { Ms } from '../units.ts'

/** A room that is away for longer than this has most often lost its people too. A handle would be good for two hours. */
const KEPT_MS: Ms = 600_000
/** The oldest is forgotten first. */
const MOST_ROOMS = 1_000

/**
 * Where conversations were whose way to their room broke for good, such as by a server that restarted: LiveKit keeps nothing of a
 * participant that it has lost, so whoever comes into that room again from this process would begin anew.
 */
export class Left {
  readonly #places = new Map<string, { place: string; until: Ms }>()

  keep(room: string, place: string | undefined, at: Ms): void {
    this.#places.delete(room)
    if (place === undefined) return
    this.#places.set(room, { place, until: at + KEPT_MS })
    for (const oldest of this.#places.keys()) if (this.#places.size > MOST_ROOMS) this.#places.delete(oldest)
  }

  /** Where the conversation of `room` was, once. */
  take(room: string, at: Ms): string | undefined {
    const kept = this.#places.get(room)
    this.#places.delete(room)
    return kept !== undefined && at < kept.until ? kept.place : undefined
  }
}
