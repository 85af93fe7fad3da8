import { DisconnectReason, Room, RoomEvent } from '@livekit/rtc-node'
import { asError } from '../../../agent/errors.ts'
import type { Converse, Ended, RoomJob, Running } from '../../../agent/job.ts'

/**
 * A conversation without words: enters the room as the real one does, and leaves when told to.
 * The room's metadata makes it misbehave: `throws`, `rejects`, `fails`, `hangs`.
 */
export const silent: Converse = job => {
  if (job.metadata === 'throws') throw new Error('thrown from converse')
  if (job.metadata === 'rejects') return misbehave(Promise.reject(new Error('rejected from ended')))
  if (job.metadata === 'fails')
    return misbehave(Promise.resolve({ why: 'failed', error: new Error('failed') }))
  const closing = new AbortController()
  const ended = attend(job, closing.signal)
  const close = async () => {
    closing.abort()
    await (job.metadata === 'hangs' ? new Promise<void>(() => {}) : ended)
  }
  return { ended, close, [Symbol.asyncDispose]: close }
}

function misbehave(ended: Promise<Ended>): Running {
  const close = async () => {}
  return { ended, close, [Symbol.asyncDispose]: close }
}

async function attend({ url, token, metadata }: RoomJob, closing: AbortSignal): Promise<Ended> {
  const room = new Room()
  const over = Promise.withResolvers<Ended>()
  room.once(RoomEvent.Disconnected, reason => over.resolve(whyLeft(reason)))
  closing.addEventListener('abort', () => metadata !== 'hangs' && over.resolve({ why: 'closed' }))
  try {
    await room.connect(url, token, { autoSubscribe: false, dynacast: false })
    const ended = await over.promise
    if (ended.why === 'closed') await room.disconnect()
    return ended
  } catch (thrown) {
    return { why: 'failed', error: asError(thrown) }
  }
}

function whyLeft(reason: DisconnectReason): Ended {
  if (reason === DisconnectReason.CLIENT_INITIATED) return { why: 'closed' }
  if (reason === DisconnectReason.DUPLICATE_IDENTITY) return { why: 'replaced' }
  if (reason === DisconnectReason.PARTICIPANT_REMOVED || reason === DisconnectReason.ROOM_DELETED)
    return { why: 'removed', reason: DisconnectReason[reason] }
  return { why: 'failed', error: new Error(`disconnected: ${DisconnectReason[reason]}`) }
}
