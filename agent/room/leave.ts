import type { Room } from '@livekit/rtc-node'
import type { Clock } from '../clock.ts'
import { asError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Ms } from '../units.ts'

/** Leaving takes no longer than this, whatever LiveKit does, ms. */
const LEAVE_WITHIN_MS: Ms = 3_000

/** Leaves `room` once what was written has gone out, then closes what was published in it. Never throws. */
export async function leaveRoom(
  room: Room,
  { text, voice }: { text: { settled(): Promise<void> }; voice: { close(): Promise<void> } },
  clock: Clock,
  log: Log,
): Promise<void> {
  const leave = async () => {
    await text.settled()
    await room.disconnect()
    await voice.close()
  }
  const tooLate = Promise.withResolvers<void>()
  const alarm = clock.after(LEAVE_WITHIN_MS, tooLate.resolve)
  await Promise.race([
    leave().catch(error => log.warn('leaving was not clean', { error: asError(error) })),
    tooLate.promise,
  ])
  alarm.cancel()
}
