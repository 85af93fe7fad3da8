import type { Ms } from './units.ts'

/** A timer that can be called off. */
export type Alarm = { cancel(): void }

/** Time as the agent sees it: injected, so that tests never sleep. */
export type Clock = {
  /** Monotonic time in ms; its zero means nothing. */
  now(): Ms
  /** Wall-clock time in ms since 1970, for records and tokens only. */
  wall(): Ms
  /** Calls `then` once, `delay` ms from now. A process is not kept alive by it. */
  after(delay: Ms, then: () => void): Alarm
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delay, then) {
    const timer = setTimeout(then, delay)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}

/** Resolves `delay` ms from now, or rejects with the reason as soon as `signal` fires. */
export function sleep(clock: Clock, delay: Ms, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = () => {
      alarm.cancel()
      reject(signal?.reason)
    }
    const alarm = clock.after(delay, () => {
      signal?.removeEventListener('abort', stop)
      resolve()
    })
    signal?.addEventListener('abort', stop, { once: true })
  })
}
