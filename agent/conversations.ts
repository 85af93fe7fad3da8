import { talk } from './conversation.ts'
import { asError } from './errors.ts'
import type { Converse, Ended, RoomJob, Running, Tunable } from './job.ts'
import { type Place, seal, unseal } from './live/place.ts'
import { joinRoom } from './room/join.ts'
import { roomConfig } from './room-config.ts'
import type { Shared } from './shared.ts'
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
    const ended = run(job, shared, closing.signal, keep)
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

/** What is known of a conversation from outside. */
type Kept = {
  place(sealed: string): void
  usage(total: NonNullable<Running['usage']>): void
  tunable(settings: Tunable): void
}

async function run(job: RoomJob, shared: Shared, closing: AbortSignal, keep: Kept): Promise<Ended> {
  const log = shared.log.with({ room: job.room, job: job.id })
  try {
    const joined = await joinRoom(job)
    log.info('joined')
    const { apiSecret } = shared.config.livekit
    const from = job.place === undefined ? undefined : unseal(job.place, apiSecret, job.room)
    if (from !== undefined) log.info('the conversation is taken up', { hasHandle: from.handle !== undefined })
    const sealed = (place: Place) => {
      const text = seal(place, apiSecret, job.room)
      if (text !== undefined) keep.place(text)
      return text
    }
    const tools = shared.toolbox.tools.map(({ name }) => name)
    const config = roomConfig(shared.config, job.metadata, tools, problem => {
      log.warn('the dispatch metadata asks for what cannot be', { problem })
    })
    const keeping = { from, seal: sealed, used: keep.usage, tunable: keep.tunable }
    const ended = await talk(joined, { ...shared, config, log }, closing, keeping)
    log.info('left', ended)
    return ended
  } catch (thrown) {
    const error = asError(thrown)
    log.error('conversation failed', { error })
    return { why: 'failed', error }
  }
}
