import { DisconnectReason, Room, RoomEvent } from '@livekit/rtc-node'
import { asError, RoomError } from '../errors.ts'
import type { Ended, RoomJob } from '../job.ts'
import type { Bytes } from '../units.ts'
import { hearOwnEventsOnly } from './ffi.ts'

/** Nothing that a person sends may be larger: ten seconds of sound. The SDK's own limit is 5 GB. */
const MOST_STREAM_BYTES: Bytes = 2_000_000

/** A room that the agent is in. */
export type Joined = {
  room: Room
  /** Resolves when LiveKit says that we are out, with why; never rejects. */
  left: Promise<Ended>
}

/**
 * Enters the room of `job` and subscribes to nothing yet.
 * @throws RoomError with the setting to look at.
 */
export async function joinRoom(job: RoomJob): Promise<Joined> {
  const room = new Room()
  hearOwnEventsOnly(room)
  const left = new Promise<Ended>(resolve => {
    room.once(RoomEvent.Disconnected, reason => resolve(whyLeft(reason)))
  })
  const dataStream = { maxPayloadByteLength: MOST_STREAM_BYTES }
  try {
    await room.connect(job.url, job.token, { autoSubscribe: false, dynacast: false, dataStream })
  } catch (thrown) {
    throw joinError(job.url, asError(thrown))
  }
  return { room, left }
}

function whyLeft(reason: DisconnectReason): Ended {
  switch (reason) {
    case DisconnectReason.CLIENT_INITIATED:
      return { why: 'closed' }
    case DisconnectReason.DUPLICATE_IDENTITY:
      return { why: 'replaced' }
    case DisconnectReason.PARTICIPANT_REMOVED:
    case DisconnectReason.ROOM_DELETED:
    case DisconnectReason.ROOM_CLOSED:
      return { why: 'removed', reason: DisconnectReason[reason].toLowerCase().replaceAll('_', ' ') }
    default: {
      const name = DisconnectReason[reason] ?? String(reason)
      return { why: 'failed', error: new RoomError('lost', `The connection to the room was lost: ${name}`) }
    }
  }
}

function joinError(url: string, cause: Error): RoomError {
  const { host } = new URL(url)
  const text = cause.message
  if (/401|unauthorized|invalid token|signature/i.test(text)) {
    const isClock = /expired|not valid yet|nbf|exp\b/i.test(text)
    return isClock
      ? new RoomError(
          'clock',
          `LiveKit at ${host} says the token's time is wrong: set this machine's clock`,
          { cause },
        )
      : new RoomError(
          'unauthorized',
          `LiveKit at ${host} refused the token: check LIVEKIT_API_KEY and LIVEKIT_API_SECRET`,
          { cause },
        )
  }
  return new RoomError('unreachable', `LiveKit at ${host} (LIVEKIT_URL) could not be joined: ${text}`, {
    cause,
  })
}
