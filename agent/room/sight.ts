import type { Room } from '@livekit/rtc-node'
import type { Log } from '../log.ts'
import type { Seeing } from '../video/look.ts'
import { type PictureOptions, pictures } from '../video/pictures.ts'
import { Glimpse } from './glimpse.ts'
import { videoIn } from './video-in.ts'

export type SightOptions = Omit<PictureOptions, 'seeing'> & {
  seeing: Seeing
  log: Log
  /** The names that are written into pictures; see `videoIn`. */
  nameOf?: (identity: string) => string
}

/**
 * Hands a picture a second of what there is to see in `room` to `send`, and shows the people a small copy of each that was really
 * sent, until the options' signal fires.
 * @param send takes a JPEG; false when it was not wanted
 */
export async function watch(
  room: Room,
  { seeing, log, nameOf, ...others }: SightOptions,
  send: (jpeg: Uint8Array) => boolean,
): Promise<void> {
  if (seeing === 'off') return
  const options = { seeing, ...others }
  const { clock, signal } = options
  const glimpse = new Glimpse(room.localParticipant!, clock, log)
  for await (const picture of pictures(videoIn(room, { clock, signal, nameOf }), options))
    if (send(picture.jpeg)) glimpse.show(picture)
}
