import type { Ms } from '../units.ts'
import type { PictureLane } from './lanes.ts'

/**
 * What of a room the model is shown. `grid`: a shared screen, else everybody's camera at once; `speaker`: a shared screen, else the
 * camera of whoever speaks; `screen`: shared screens alone; `off`: nothing.
 */
export type Seeing = 'grid' | 'speaker' | 'screen' | 'off'
export const seeings = ['grid', 'speaker', 'screen', 'off'] as const satisfies readonly Seeing[]

/** With one camera at a time, each is shown at least this long before the next speaker's takes its place, ms: a cough or a short "yes" is no cut. */
export const HOLD_MS: Ms = 4_000

/** More cameras than this would be too small to make anybody out. */
export const MOST_SEATS = 12

/** What is looked at. */
export type Look = {
  /** The lanes, in the order in which they are shown. */
  ids: readonly string[]
  /** When this look began, by the clock that `now` comes from. */
  since: Ms
}

type Seen = Pick<PictureLane, 'id' | 'identity' | 'source'>

export type Circumstances = {
  seeing: Seeing
  now: Ms
  /** Who talks now, by identity, the longest first. */
  talking: readonly string[]
  /** Who is to be looked at before others, by identity. */
  pinned: string | undefined
}

/**
 * What to look at next: a shared screen (the pinned person's, else the last one); else the pinned person's camera; else everybody's,
 * or, seeing one at a time, the speaker's. Undefined when there is nothing.
 * @param lanes in the order in which they were opened.
 */
export function look(
  lanes: readonly Seen[],
  before: Look | undefined,
  { seeing, now, talking, pinned }: Circumstances,
): Look | undefined {
  const mayShow = { grid: true, speaker: true, screen: false, off: false }[seeing]
  const screens = seeing === 'off' ? [] : lanes.filter(({ source }) => source === 'screen')
  const cameras = mayShow ? lanes.filter(({ source }) => source === 'camera') : []
  const of = (all: readonly Seen[]) => all.findLast(({ identity }) => identity === pinned)
  const first = of(screens) ?? screens.at(-1) ?? of(cameras)
  const shown =
    first !== undefined
      ? [first]
      : seeing === 'grid'
        ? seats(cameras, before, talking)
        : oneOf(cameras, before, now, talking)
  if (shown.length === 0) return undefined
  const ids = shown.map(({ id }) => id)
  const isSame = before !== undefined && ids.join() === before.ids.join()
  return isSame ? before : { ids, since: now }
}

/** The camera of whoever speaks, else the one that is shown already, else the first. */
function oneOf(
  cameras: readonly Seen[],
  before: Look | undefined,
  now: Ms,
  talking: readonly string[],
): Seen[] {
  const shown = cameras.find(({ id }) => before?.ids.length === 1 && id === before.ids[0])
  const speaker = cameras.find(({ identity }) => identity === talking[0])
  const isHeld = shown !== undefined && before !== undefined && now - before.since < HOLD_MS
  const next = (isHeld ? shown : undefined) ?? speaker ?? shown ?? cameras[0]
  return next === undefined ? [] : [next]
}

/**
 * Everybody keeps their seat, so that a glance from one picture to the next finds them. With more cameras than seats, whoever talks
 * and has none takes the last one whose owner is silent.
 */
function seats(cameras: readonly Seen[], before: Look | undefined, talking: readonly string[]): Seen[] {
  if (cameras.length <= MOST_SEATS) return [...cameras]
  const kept = (before?.ids ?? []).flatMap(id => cameras.find(camera => camera.id === id) ?? [])
  const standing = cameras.filter(camera => !kept.includes(camera))
  const seated = [...kept, ...standing].slice(0, MOST_SEATS)
  const isTalking = ({ identity }: Seen) => talking.includes(identity)
  for (const identity of talking) {
    const speaker = cameras.find(camera => camera.identity === identity)
    if (speaker === undefined || seated.includes(speaker)) continue
    const place = seated.findLastIndex(camera => !isTalking(camera))
    if (place === -1) break
    seated[place] = speaker
  }
  return seated
}
