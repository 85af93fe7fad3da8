import { type Clock, sleep } from '../clock.ts'
import type { Stats } from '../stats.ts'
import type { Ms } from '../units.ts'
import { blocksOf, encode, type Jpeg } from './jpeg.ts'
import type { Lanes, PictureLane, RawPicture } from './lanes.ts'
import { Patience } from './patience.ts'
import { type Look, pick } from './picker.ts'
import { Shutter } from './shutter.ts'

/** A picture for the model. */
export type Picture = Jpeg & {
  /** Whose it is: the identity. */
  from: string
  /** Whose it is: the display name. */
  name: string
  source: PictureLane['source']
}

export type PictureOptions = {
  clock: Clock
  /** Counts pictures_taken, pictures_unchanged, pictures_missed (none came) and pictures_spoilt (could not be encoded). */
  stats: Stats
  /** The identity of whoever speaks now. */
  speaking: () => string | undefined
  /** Ends the pictures and wakes a waiting reader. */
  signal: AbortSignal
}

/**
 * What the model is to see: at most one picture a second of all lanes together. Each is taken when the reader asks for it, so a
 * slow reader gets a new one and never a queue of old ones. Nothing runs while there is no lane. One that freezes makes way for
 * the others. Ends when `signal` fires; never throws.
 */
export async function* pictures(
  lanes: Lanes,
  { clock, stats, speaking, signal }: PictureOptions,
): AsyncGenerator<Picture, void, void> {
  const shutter = new Shutter()
  const patience = new Patience()
  let look: Look | undefined

  while (await isDue(clock, shutter.wait(clock.now()), signal)) {
    const now = clock.now()
    const awake = patience.awake(lanes, now)
    look = pick(awake, look, { now, speaking: speaking() })
    const lane = awake.find(({ id }) => id === look?.id)
    if (lane === undefined) {
      await somethingToSee(lanes, patience.over, clock, signal)
      continue
    }
    const raw = await lane.grab(signal)
    if (signal.aborted) return
    shutter.took(clock.now())
    if (raw === undefined) {
      if (!lanes.has(lane.id)) continue
      patience.failed(lane.id, clock.now())
      stats.add('pictures_missed')
      continue
    }
    patience.gave(lane.id)
    const { picture, blocks } = await develop(raw, lane.source)
    if (picture === undefined) stats.add('pictures_spoilt')
    else if (!shutter.isNews(lane.id, blocks, clock.now())) stats.add('pictures_unchanged')
    else if (!signal.aborted) {
      stats.add('pictures_taken')
      yield { ...picture, from: lane.identity, name: lane.name, source: lane.source }
    }
  }
}

/** Waits; false when `signal` fired. */
async function isDue(clock: Clock, wait: Ms, signal: AbortSignal): Promise<boolean> {
  if (wait > 0) await sleep(clock, wait, signal).catch(() => {})
  return !signal.aborted
}

/** Waits for a lane that opens or closes, for the time `over`, or for `signal`. */
function somethingToSee(
  lanes: Lanes,
  over: Ms | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  return new Promise(resolve => {
    const wake = () => {
      unwatch()
      alarm?.cancel()
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const unwatch = lanes.watch(wake)
    const alarm = over === undefined ? undefined : clock.after(over - clock.now(), wake)
    signal.addEventListener('abort', wake, { once: true })
  })
}

type Developed = { picture: Jpeg; blocks: Uint8Array } | { picture?: undefined; blocks?: undefined }

/** A decoder's leavings that are no picture are not worth more than a count. */
async function develop(raw: RawPicture, source: PictureLane['source']): Promise<Developed> {
  try {
    const picture = await encode(raw, source)
    return { picture, blocks: await blocksOf(picture) }
  } catch {
    return {}
  }
}
