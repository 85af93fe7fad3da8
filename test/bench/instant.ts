import type { Ms } from '../../agent/units.ts'

/** This moment in ms since 1970 with a fraction, monotonic, and comparable between processes of one machine. */
export function now(): Ms {
  return performance.timeOrigin + performance.now()
}

/** Resolves `ms` from now. A process is not kept alive by it. */
export function pause(ms: Ms): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref())
}
