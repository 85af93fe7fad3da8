import { type Room, RoomEvent } from '@livekit/rtc-node'
import type { Alarm, Clock } from '../clock.ts'
import type { Ms } from '../units.ts'
import { peopleIn, watchPeople } from './people.ts'

/** Somebody who reloads the page is back within this time, ms. */
const GRACE_MS: Ms = 10_000
/** A room that was made ahead of its first guest is waited in for this long, ms. */
const FIRST_GUEST_MS: Ms = 60_000

/** Calls `arrived` once there is somebody to talk with, and `emptied` when everybody has been gone for a while. */
export function attend(
  room: Room,
  clock: Clock,
  on: { arrived(): void; emptied(): void },
): { close(): void } {
  let isAttended = false
  let isCutOff = false
  let leaving: Alarm | undefined
  const count = () => {
    leaving?.cancel()
    leaving = undefined
    // Nobody can be seen meanwhile, and that is no reason to leave for good: the way to the room comes back, or is lost, which is told.
    if (isCutOff) return
    if (peopleIn(room).length === 0) {
      leaving = clock.after(isAttended ? GRACE_MS : FIRST_GUEST_MS, on.emptied)
    } else if (!isAttended) {
      isAttended = true
      on.arrived()
    }
  }
  const cutOff = (is: boolean) => () => {
    isCutOff = is
    count()
  }
  room.on(RoomEvent.Reconnecting, cutOff(true))
  room.on(RoomEvent.Reconnected, cutOff(false))
  watchPeople(room, count)
  count()
  return { close: () => leaving?.cancel() }
}
