import type { Ms } from '../units.ts'
import type { PictureLane } from './lanes.ts'

/** A camera is shown at least this long before the next speaker's takes its place, ms: a cough or a short "yes" is no cut. */
export const HOLD_MS: Ms = 4_000

/** What is looked at. */
export type Look = {
  id: string
  /** When this look began, by the clock that `now` comes from. */
  since: Ms
}

/**
 * What to look at next: the screen that was shared last, else the camera of whoever speaks, else the one that is shown
 * already, else the first. A screen is looked at and left at once; from camera to camera it takes `HOLD_MS`.
 * @param lanes in the order in which they were opened.
 * @param speaking the identity of whoever speaks now.
 */
export function pick(
  lanes: readonly Pick<PictureLane, 'id' | 'identity' | 'source'>[],
  before: Look | undefined,
  { now, speaking }: { now: Ms; speaking: string | undefined },
): Look | undefined {
  const shown = lanes.find(lane => lane.id === before?.id)
  const screen = lanes.findLast(lane => lane.source === 'screen')
  const speaker = lanes.find(lane => lane.identity === speaking)
  const isHeld = shown !== undefined && before !== undefined && now - before.since < HOLD_MS
  const next = screen ?? (isHeld ? shown : undefined) ?? speaker ?? shown ?? lanes[0]
  if (next === undefined) return undefined
  return next === shown ? before : { id: next.id, since: now }
}
