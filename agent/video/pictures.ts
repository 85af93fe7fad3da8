import { type Clock, sleep } from '../clock.ts'
import type { Stats } from '../stats.ts'
import type { Ms } from '../units.ts'
import { gather } from './gather.ts'
import { blocksOf, type Jpeg } from './jpeg.ts'
import { isWhole, type Lanes, type PictureLane, type RawPicture } from './lanes.ts'
import { type Look, look, type Seeing } from './look.ts'
import { Patience } from './patience.ts'
import { type Part, sheet } from './sheet.ts'
import { Shutter } from './shutter.ts'

/** A picture for the model. */
export type Picture = Jpeg & {
  /** Who is to be seen in it, or whose screen it is, in reading order. */
  people: readonly { identity: string; name: string }[]
  source: PictureLane['source']
}

export type PictureOptions = {
  clock: Clock
  /** Counts pictures_taken, pictures_unchanged, pictures_missed (a lane gave none in time) and pictures_spoilt (could not be encoded). */
  stats: Stats
  seeing: Seeing
  /** Who talks now, by identity, the longest first. */
  talking: () => readonly string[]
  /** Who comes before others, by identity. */
  pinned: () => string | undefined
  /** Ends the pictures and wakes a waiting reader. */
  signal: AbortSignal
}

/**
 * What the model is to see: at most one picture a second, of a screen, of one camera, or of all cameras together. Each is taken when
 * the reader asks for it, so a slow reader gets a new one and never a queue of old ones. Nothing runs while there is nothing to see.
 * A camera that freezes makes way for the others, and is never shown as it was. Ends when `signal` fires; never throws.
 */
export async function* pictures(
  lanes: Lanes,
  { clock, stats, seeing, talking, pinned, signal }: PictureOptions,
): AsyncGenerator<Picture, void, void> {
  const shutter = new Shutter()
  const patience = new Patience()
  let at: Look | undefined

  while (await isDue(clock, shutter.wait(clock.now()), signal)) {
    const now = clock.now()
    const awake = patience.awake(lanes, now)
    at = look(awake, at, { seeing, now, talking: talking(), pinned: pinned() })
    if (at === undefined) {
      await somethingToSee(lanes, patience.over, clock, signal)
      continue
    }
    const shown = at.ids.map(id => awake.find(lane => lane.id === id)!)
    const taken = await gather(shown, shown.length > 2 ? 'small' : 'full', { clock, signal })
    if (signal.aborted) return
    shutter.took(clock.now())
    const seen: Seen[] = []
    for (const [i, lane] of shown.entries()) {
      const picture = taken[i]
      // One that was switched off meanwhile is not shown any more, and not held against anybody.
      if (!lanes.has(lane.id)) continue
      if (picture === undefined) {
        patience.failed(lane.id, clock.now())
        stats.add('pictures_missed')
        continue
      }
      patience.gave(lane.id)
      if (isWhole(picture)) seen.push({ lane, picture })
      else stats.add('pictures_spoilt')
    }
    if (seen.length === 0) continue
    const loud = talking()
    const parts = seen.map(({ lane: { source, name, identity }, picture }) => {
      return { picture, source, name, isTalking: loud.includes(identity) }
    })
    const { picture, blocks } = await develop(parts)
    const what = seen.map(({ lane }) => `${lane.id} ${lane.name}`).join()
    if (picture === undefined) stats.add('pictures_spoilt')
    else if (!shutter.isNews(what, blocks, clock.now())) stats.add('pictures_unchanged')
    else if (!signal.aborted) {
      stats.add('pictures_taken')
      yield {
        ...picture,
        people: seen.map(({ lane: { identity, name } }) => ({ identity, name })),
        source: seen[0]!.lane.source,
      }
    }
  }
}

type Seen = { lane: PictureLane; picture: RawPicture }

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
async function develop(parts: readonly Part[]): Promise<Developed> {
  try {
    const picture = await sheet(parts)
    return { picture, blocks: await blocksOf(picture) }
  } catch {
    return {}
  }
}
