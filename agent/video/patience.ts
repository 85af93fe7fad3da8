import { backoffMs } from '../backoff.ts'
import type { Ms } from '../units.ts'
import type { PictureLane } from './lanes.ts'

/** A lane that gave no picture is left alone this long, and longer each time. */
const rest = { firstMs: 1_000, mostMs: 15_000 }

/** Which lanes are worth asking: one that froze rests, so that the others are seen, and is tried again later. */
export class Patience {
  readonly #resting = new Map<string, { tries: number; until: Ms }>()

  /** Those of `lanes` that do not rest. Lanes that are gone are forgotten. */
  awake(lanes: Iterable<PictureLane>, now: Ms): PictureLane[] {
    const open = [...lanes]
    for (const id of this.#resting.keys()) if (!open.some(lane => lane.id === id)) this.#resting.delete(id)
    return open.filter(({ id }) => (this.#resting.get(id)?.until ?? now) <= now)
  }

  gave(id: string): void {
    this.#resting.delete(id)
  }

  failed(id: string, now: Ms): void {
    const tries = (this.#resting.get(id)?.tries ?? 0) + 1
    this.#resting.set(id, { tries, until: now + backoffMs(tries, rest) })
  }

  /** When the first rest is over; undefined while nothing rests. */
  get over(): Ms | undefined {
    return this.#resting.size === 0
      ? undefined
      : Math.min(...[...this.#resting.values()].map(({ until }) => until))
  }
}
