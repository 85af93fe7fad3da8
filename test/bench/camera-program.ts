import '../../agent/room/native-log.ts'
/**
 * One participant in a process of its own, for the camera's rows: `show` is a person with a camera of 1280x720 at 30 frames a
 * second; `show-small` one with a camera of 640x360 at 15, once for each token; `nothing`, `every-frame` and `ours` are somebody who looks at it in that way.
 */
import { Room, RoomEvent, VideoStream } from '@livekit/rtc-node'
import { systemClock } from '../../agent/clock.ts'
import { videoIn } from '../../agent/room/video-in.ts'
import { Stats } from '../../agent/stats.ts'
import { pictures } from '../../agent/video/pictures.ts'
import { Camera } from '../e2e/camera.ts'

const [role, url, token, ...more] = process.argv.slice(2) as [string, string, string, ...string[]]
const room = await enter(token)
process.once('SIGTERM', () => process.exit(0))

switch (role) {
  case 'show':
    await Camera.show(room, { width: 1280, height: 720, fps: 30, simulcast: true })
    break
  case 'show-small':
    for (const one of [room, ...(await Promise.all(more.map(enter)))])
      await Camera.show(one, { width: 640, height: 360, fps: 15, simulcast: true })
    break
  case 'every-frame':
    room.on(RoomEvent.TrackSubscribed, async track => {
      for await (const _frame of new VideoStream(track)) process.send?.('picture')
    })
    break
  case 'ours': {
    const { signal } = new AbortController()
    const options = {
      clock: systemClock,
      stats: new Stats(),
      seeing: 'grid' as const,
      talking: () => [],
      pinned: () => undefined,
      signal,
    }
    const look = async () => {
      for await (const _picture of pictures(videoIn(room, { clock: systemClock, signal }), options))
        process.send?.('picture')
    }
    void look()
  }
}
console.log('ready')
// Nothing else keeps a process alive in which nobody looks at anything.
setInterval(() => {}, 60_000)

async function enter(token: string): Promise<Room> {
  const room = new Room()
  await room.connect(url, token, { autoSubscribe: role === 'every-frame', dynacast: true })
  return room
}
