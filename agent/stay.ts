import { talk } from './conversation.ts'
import { asError } from './errors.ts'
import type { Ended, RoomJob, Running, Tunable } from './job.ts'
import { type Place, seal, unseal } from './live/place.ts'
import { joinRoom } from './room/join.ts'
import { roomConfig } from './room-config.ts'
import type { Shared } from './shared.ts'

/** What is known of a conversation from outside. */
export type Kept = {
  place(sealed: string): void
  usage(total: NonNullable<Running['usage']>): void
  tunable(settings: Tunable): void
}

/** One room from joining it to leaving it. Never rejects. */
export async function stay(job: RoomJob, shared: Shared, closing: AbortSignal, keep: Kept): Promise<Ended> {
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
