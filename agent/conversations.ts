import { asError } from './errors.ts'
import type { Converse, Ended, RoomJob, Running, Tunable } from './job.ts'
import type { Shared } from './shared.ts'
import type { Kept } from './stay.ts'
import { noTools } from './tools/toolbox.ts'

/** How to run one conversation per job; they share nothing but the settings, the log and the counters. */
export function conversations(options: Omit<Shared, 'toolbox'> & { toolbox?: Shared['toolbox'] }): Converse {
  const shared = { toolbox: noTools, ...options }
  return job => {
    const closing = new AbortController()
    let place = job.place
    let usage: Running['usage']
    let settings: Tunable | undefined
    const keep: Kept = {
      place: sealed => {
        place = sealed
      },
      usage: total => {
        usage = total
      },
      tunable: tunable => {
        settings = tunable
      },
    }
    const ended = enter(job, shared, closing.signal, keep)
    const close = async () => {
      closing.abort()
      await ended
    }
    return {
      ended,
      get settings() {
        return settings
      },
      close,
      get place() {
        return place
      },
      get usage() {
        return usage
      },
      [Symbol.asyncDispose]: close,
    } satisfies Running
  }
}

/**
 * What a conversation is made of is loaded with the first of a process, and before its room is joined, so that nothing that is said
 * there finds nobody listening: a worker that waits for rooms is a fifth smaller without it.
 */
async function enter(job: RoomJob, shared: Shared, closing: AbortSignal, keep: Kept): Promise<Ended> {
  try {
    const { stay } = await import('./stay.ts')
    return await stay(job, shared, closing, keep)
  } catch (thrown) {
    const error = asError(thrown)
    shared.log.error('a conversation cannot be loaded', { error })
    return { why: 'failed', error }
  }
}
