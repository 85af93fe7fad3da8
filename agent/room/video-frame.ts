import type * as Bindings from '@livekit/rtc-ffi-bindings'
import { type Track, VideoBufferType, VideoRotation } from '@livekit/rtc-node'
import type { Clock } from '../clock.ts'
import type { Ms } from '../units.ts'
import type { RawPicture, Turn } from '../video/lanes.ts'
import { client, free, request } from './ffi.ts'

/** After a pause the server may begin with a smaller layer; the one that was asked for follows within this time, ms. */
const GROW_MS: Ms = 250

/**
 * The first frame that is decoded from now on and has `pixels` or more, else the largest that comes within `GROW_MS` of the first;
 * undefined when `signal` fires before.
 *
 * rtc-node's VideoStream would do this at a price: it copies every frame on the event loop, and each frame that is on its way when
 * it is cancelled stays allocated for good. Here frames become RGB on LiveKit's own threads, one is copied (0.7 ms at 640x360),
 * and the late ones are freed.
 */
export function nextFrame(
  track: Track,
  { pixels, clock, signal }: { pixels: number; clock: Clock; signal: AbortSignal },
): Promise<RawPicture | undefined> {
  const events = client()
  const { stream } = request<Bindings.NewVideoStreamResponse>({
    case: 'newVideoStream',
    value: {
      trackHandle: track.ffi_handle.handle,
      type: 0,
      format: VideoBufferType.RGB24,
      normalizeStride: true,
      queueSizeFrames: 1,
    },
  })
  const id = stream!.handle!.id!

  return new Promise(resolve => {
    let best: RawPicture | undefined
    let isOver = false
    let alarm: { cancel(): void } | undefined
    const finish = () => {
      if (isOver) return
      isOver = true
      alarm?.cancel()
      signal.removeEventListener('abort', finish)
      free(id)
      resolve(best)
    }
    // Listens on after the end: the stream's last word, and what was on its way, come a moment later.
    const listen = (event: Bindings.FfiEvent) => {
      if (event.message.case !== 'videoStreamEvent' || event.message.value.streamHandle !== id) return
      const { message } = event.message.value
      if (message.case === 'eos') {
        events.off('ffi_event', listen)
        finish()
      } else if (message.case === 'frameReceived') {
        const { info, handle: owned } = message.value.buffer!
        const { width = 0, height = 0 } = info!
        if (!isOver && width * height > (best ? best.width * best.height : 0)) {
          const data = events.copyBuffer(info!.dataPtr!, width * height * 3)
          best = { data, width, height, turn: turns[message.value.rotation!] }
          alarm ??= clock.after(GROW_MS, finish)
        }
        free(owned!.id!)
        if (best !== undefined && best.width * best.height >= pixels) finish()
      }
    }
    events.on('ffi_event', listen)
    signal.addEventListener('abort', finish, { once: true })
    if (signal.aborted) finish()
  })
}

const turns: Record<VideoRotation, Turn> = {
  [VideoRotation.VIDEO_ROTATION_0]: 0,
  [VideoRotation.VIDEO_ROTATION_90]: 90,
  [VideoRotation.VIDEO_ROTATION_180]: 180,
  [VideoRotation.VIDEO_ROTATION_270]: 270,
}
