import { type Clock, systemClock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Stats } from '../stats.ts'
import type { Ms } from '../units.ts'

/*
 * An error that nobody caught ends a Node process by default, and with it the rooms of everybody else. Here it does not:
 *
 * - A rejected promise that nobody awaited is the lost end of some work, nearly always of one room; nothing shared is
 *   half changed by it. @livekit/rtc-node makes one of every exception in a listener of its events.
 * - An exception thrown out of a timer or an event listener unwinds that one callback. What rooms share here (the
 *   tables of jobs, the socket to LiveKit) is only ever changed by whole steps: a new state is computed, then put in
 *   place. So the others are sound, and the room concerned ends by its own timeouts, or by being told.
 *
 * If such errors keep coming, the rooms still go on, but /healthz says so: whoever runs the worker may replace it at a
 * time of their choice. Only where the process itself is broken, or out of memory, does that reasoning not hold: it then
 * takes no more rooms, hands on those it has, and exits with 1, for whoever started it to start it again.
 */

/** Seconds with faults, of the last minute, from which a worker is no longer fit. */
export const MOST_FAULTS = 10
const WINDOW_MS: Ms = 60_000
/** What comes within a second has one cause, and one line in the log. */
const ONE_FAULT_MS: Ms = 1000

const brokenCodes = new Set(['ERR_INTERNAL_ASSERTION', 'ERR_WORKER_OUT_OF_MEMORY', 'ENOMEM'])

/** Whether the process cannot go on after this. */
export function isBroken(thrown: unknown): boolean {
  const { code } = (thrown ?? {}) as { code?: unknown }
  if (typeof code === 'string' && brokenCodes.has(code)) return true
  return thrown instanceof RangeError && /allocation failed/i.test(thrown.message)
}

/** Keeps the process alive through errors that nobody caught, from construction until it is disposed of. */
export class Faults implements Disposable {
  readonly #log: Log
  readonly #stats: Stats
  readonly #clock: Clock
  readonly #onBroken: () => void
  #times: Ms[] = []

  /** `onBroken` is called, perhaps more than once, where the process cannot go on. */
  constructor(log: Log, stats: Stats, onBroken: () => void, clock = systemClock) {
    this.#log = log
    this.#stats = stats
    this.#clock = clock
    this.#onBroken = onBroken
    process.on('unhandledRejection', this.survive)
    process.on('uncaughtException', this.survive)
  }

  /** They keep coming. */
  get areMany(): boolean {
    return this.#recent().length >= MOST_FAULTS
  }

  readonly survive = (thrown: unknown): void => {
    this.#stats.add('uncaught_errors')
    const now = this.#clock.now()
    const last = this.#times.at(-1)
    if (last === undefined || now - last >= ONE_FAULT_MS) {
      const stack = thrown instanceof Error ? thrown.stack : undefined
      this.#log.error('an error that nobody caught', { error: thrown, stack })
      this.#times = [...this.#recent(), now]
    }
    if (isBroken(thrown)) this.#onBroken()
  };

  [Symbol.dispose](): void {
    process.off('unhandledRejection', this.survive)
    process.off('uncaughtException', this.survive)
  }

  #recent(): Ms[] {
    return this.#times.filter(at => this.#clock.now() - at < WINDOW_MS)
  }
}
