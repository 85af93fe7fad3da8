import type { Alarm, Clock } from '../../../../agent/clock.ts'
import type { Ms } from '../../../../agent/units.ts'

/** Time that passes in steps, as fast as the machine can; between two steps what goes over sockets arrives. */
export class Time implements Clock {
  #now: Ms = 0
  readonly #alarms = new Set<{ due: Ms; then: () => void }>()

  now(): Ms {
    return this.#now
  }

  wall(): Ms {
    return 1_800_000_000_000 + this.#now
  }

  after(delay: Ms, then: () => void): Alarm {
    const alarm = { due: this.#now + Math.max(0, delay), then }
    this.#alarms.add(alarm)
    return { cancel: () => this.#alarms.delete(alarm) }
  }

  async step(ms: Ms): Promise<void> {
    this.#now += ms
    // Those that an alarm sets for now wait for the next step: sockets come first.
    for (const alarm of [...this.#alarms].filter(({ due }) => due <= this.#now).sort((a, b) => a.due - b.due))
      if (this.#alarms.delete(alarm)) alarm.then()
    for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve))
  }
}

/** A clock of one's own on another: how many alarms are still set on it can be asked. */
export class Watch implements Clock {
  readonly #clock: Clock
  #pending = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get pending(): number {
    return this.#pending
  }

  now(): Ms {
    return this.#clock.now()
  }

  wall(): Ms {
    return this.#clock.wall()
  }

  after(delay: Ms, then: () => void): Alarm {
    let isSet = true
    this.#pending++
    const settle = () => {
      if (isSet) this.#pending--
      isSet = false
    }
    const alarm = this.#clock.after(delay, () => {
      settle()
      then()
    })
    return {
      cancel: () => {
        settle()
        alarm.cancel()
      },
    }
  }
}
