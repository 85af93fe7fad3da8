import type { Alarm, Clock } from '../../agent/clock.ts'
import type { Ms } from '../../agent/units.ts'

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now: Ms = 0
  readonly #alarms = new Set<{ due: Ms; then: () => void }>()

  now(): Ms {
    return this.#now
  }

  wall(): Ms {
    return 1_800_000_000_000 + this.#now
  }

  after(delay: Ms, then: () => void): Alarm {
    const alarm = { due: this.#now + delay, then }
    this.#alarms.add(alarm)
    return { cancel: () => this.#alarms.delete(alarm) }
  }

  /** Lets `duration` ms go by, ringing every alarm at its own time. */
  pass(duration: Ms): void {
    const end = this.#now + duration
    for (;;) {
      const [first] = [...this.#alarms].filter(alarm => alarm.due <= end).sort((a, b) => a.due - b.due)
      if (!first) break
      this.#alarms.delete(first)
      this.#now = Math.max(this.#now, first.due)
      first.then()
    }
    this.#now = end
  }

  /** Lets time go by during which this process could do nothing: alarms that were due ring afterwards, all late. */
  stall(duration: Ms): void {
    this.#now += duration
  }

  /** How many alarms are set: none should be, when whatever used the clock is closed. */
  get pending(): number {
    return this.#alarms.size
  }
}
