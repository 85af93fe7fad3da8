import type { Clock } from '../../../agent/clock.ts'

/** Time that passes when it is told to. */
export class SteppedClock implements Clock {
  readonly #born = Date.now()
  #now = 0
  #alarms: { at: number; then: () => void }[] = []

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#born + this.#now
  }

  after(delay: number, then: () => void) {
    const alarm = { at: this.#now + Math.max(0, delay), then }
    this.#alarms.push(alarm)
    const cancel = () => {
      this.#alarms = this.#alarms.filter(one => one !== alarm)
    }
    return { cancel }
  }

  get waiting(): number {
    return this.#alarms.length
  }

  /** Lets `ms` pass; every alarm goes off at its own time, and what it awaits gets its turn before the next one. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (;;) {
      const due = this.#alarms.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#alarms = this.#alarms.filter(one => one !== due)
      this.#now = due.at
      due.then()
      await settle()
    }
    this.#now = end
  }

  /** What `promise` comes to, while time passes slowly: for what goes over real sockets. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const settled = () => {
      isSettled = true
    }
    promise.then(settled, settled)
    while (!isSettled) {
      await this.pass(1)
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    return promise
  }
}

/** Lets promises that are ready go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}
