import type { LocalParticipant } from '@livekit/rtc-node'
import type { Clock } from '../clock.ts'
import { asError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Ms } from '../units.ts'
import { thumbnail } from '../video/jpeg.ts'
import type { Picture } from '../video/pictures.ts'

const TOPIC = 'roundtable.picture'
/** People are shown no more than one in this time, ms: at 12 kB each, 48 kbit/s to everybody. */
export const GLIMPSE_EVERY_MS: Ms = 2_000

/**
 * Shows the people in the room what the model was last shown: a thumbnail of at most 12 kB as a byte stream, with `width`, `height`
 * and `people` (the identities in it, a JSON array) as attributes. One that comes too soon after the last, or while it is being
 * sent, is left out. Nothing here throws.
 */
export class Glimpse {
  readonly #participant: Pick<LocalParticipant, 'streamBytes'>
  readonly #clock: Clock
  readonly #log: Log
  #last: Ms = Number.NEGATIVE_INFINITY
  #isBusy = false

  constructor(participant: Pick<LocalParticipant, 'streamBytes'>, clock: Clock, log: Log) {
    this.#participant = participant
    this.#clock = clock
    this.#log = log
  }

  show(picture: Picture): void {
    const now = this.#clock.now()
    if (this.#isBusy || now - this.#last < GLIMPSE_EVERY_MS) return
    this.#last = now
    this.#isBusy = true
    this.#send(picture)
      .catch(error => this.#log.debug('picture not shown', { error: asError(error) }))
      .finally(() => {
        this.#isBusy = false
      })
  }

  async #send(picture: Picture): Promise<void> {
    const { jpeg, width, height } = await thumbnail(picture)
    const people = JSON.stringify(picture.people.map(({ identity }) => identity))
    const writer = await this.#participant.streamBytes({
      name: 'picture.jpg',
      topic: TOPIC,
      mimeType: 'image/jpeg',
      totalSize: jpeg.length,
      attributes: { width: String(width), height: String(height), people },
    })
    await writer.write(jpeg)
    await writer.close()
  }
}
