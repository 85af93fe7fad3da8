import { talk } from './conversation.ts'
import { asError } from './errors.ts'
import type { Converse, Ended, RoomJob, Running } from './job.ts'
import { joinRoom } from './room/join.ts'
import type { Shared } from './shared.ts'
import { noTools } from './tools/toolbox.ts'

/** How to run one conversation per job; they share nothing but the settings, the log and the counters. */
export function conversations(options: Omit<Shared, 'toolbox'> & { toolbox?: Shared['toolbox'] }): Converse {
  const shared = { toolbox: noTools, ...options }
  return job => {
    const closing = new AbortController()
    const ended = run(job, shared, closing.signal)
    const close = async () => {
      closing.abort()
      await ended
    }
    return { ended, close, [Symbol.asyncDispose]: close } satisfies Running
  }
}

async function run(job: RoomJob, shared: Shared, closing: AbortSignal): Promise<Ended> {
  const log = shared.log.with({ room: job.room, job: job.id })
  try {
    const joined = await joinRoom(job)
    log.info('joined')
    const ended = await talk(joined, { ...shared, log }, closing)
    log.info('left', ended)
    return ended
  } catch (thrown) {
    const error = asError(thrown)
    log.error('conversation failed', { error })
    return { why: 'failed', error }
  }
}
