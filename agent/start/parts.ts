import { type Clock, sleep, systemClock } from '../clock.ts'
import type { Ms } from '../units.ts'
import type { Part, PartEnded } from './part.ts'

/** The whole must be gone within five seconds of the wish: SIGKILL comes with something to spare. */
const KILL_AFTER_MS: Ms = 3500
/** How long those who lean on the others may take before these are asked to go too. */
const FIRST_WAVE_MS: Ms = 2000

/**
 * The programs of one `npm start`: all of them run, or none. The death of one is the end of the whole, and its
 * end is theirs: first of those that lean on others (so that the worker can still say goodbye to LiveKit), then of
 * the rest.
 */
export class Parts implements AsyncDisposable {
  /** Resolves with the first death, or with `closed`. */
  readonly ended: Promise<PartEnded>
  readonly #ended = Promise.withResolvers<PartEnded>()
  readonly #clock: Clock
  readonly #parts: { part: Part; leans: boolean }[] = []
  #closing: Promise<void> | undefined

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
    this.ended = this.#ended.promise
  }

  /** `leans`: it uses the parts that do not, and goes before them. Resolves with what it said once it is up. */
  async add(part: Part, { leans }: { leans: boolean }): Promise<readonly string[]> {
    this.#parts.push({ part, leans })
    void part.ended.then(ended => {
      if (ended.why === 'died') this.#ended.resolve(ended)
    })
    // Too late: it came while the others were already leaving.
    if (this.#closing !== undefined) await part.close(0)
    return part.ready
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** No more patience. */
  async kill(): Promise<void> {
    this.#closing ??= this.#close()
    await Promise.all(this.#parts.map(({ part }) => part.close(0)))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const began = this.#clock.now()
    const first = this.#end(true, KILL_AFTER_MS)
    const patience = new AbortController()
    await Promise.race([first, sleep(this.#clock, FIRST_WAVE_MS, patience.signal).catch(() => {})])
    patience.abort()
    const left = Math.max(0, KILL_AFTER_MS - (this.#clock.now() - began))
    await Promise.all([first, this.#end(false, left)])
    this.#ended.resolve({ why: 'closed' })
  }

  async #end(leans: boolean, graceMs: Ms): Promise<void> {
    await Promise.all(this.#parts.filter(one => one.leans === leans).map(({ part }) => part.close(graceMs)))
  }
}
