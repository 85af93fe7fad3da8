import type { Clock } from '../clock.ts'
import type { Ms } from '../units.ts'
import type { Detail, PictureLane, RawPicture } from './lanes.ts'

/**
 * Once the first of several pictures is there, the others have this long, ms. They come 50 to 150 ms after they are asked for, half
 * a second when a publisher made a key frame just before; one that is not there by then would make the others old.
 */
export const GATHER_MS: Ms = 700

/** A picture of each lane, taken at the same time; undefined where none came in time. Never rejects. */
export async function gather(
  lanes: readonly PictureLane[],
  detail: Detail,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<(RawPicture | undefined)[]> {
  const limit = new AbortController()
  const stop = () => limit.abort()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  let alarm: { cancel(): void } | undefined
  const pictures = await Promise.all(
    lanes.map(async lane => {
      const picture = await lane.grab(limit.signal, detail)
      if (picture !== undefined) alarm ??= clock.after(GATHER_MS, stop)
      return picture
    }),
  )
  alarm?.cancel()
  signal.removeEventListener('abort', stop)
  return pictures
}
