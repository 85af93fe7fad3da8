/** How many degrees clockwise a picture has to be turned to stand upright. */
export type Turn = 0 | 90 | 180 | 270

/** One picture as a decoder leaves it. */
export type RawPicture = {
  /** Red, green and blue, a byte each; rows from top to bottom without padding: 3 x width x height bytes. Whoever gets it may paint on it. */
  data: Uint8Array
  width: number
  height: number
  turn: Turn
}

/** Whether `data` is what the size says. */
export function isWhole({ data, width, height }: RawPicture): boolean {
  return width >= 1 && height >= 1 && data.length === width * height * 3
}

/** How large a picture is wanted: as large as the model reads it, or small enough to stand beside others. */
export type Detail = 'full' | 'small'

/** A camera or a shared screen for as long as it is on. */
export type PictureLane = {
  /** The track's id. */
  readonly id: string
  readonly identity: string
  /** The display name of the moment, as a prompt may hold it. */
  readonly name: string
  readonly source: 'camera' | 'screen'
  /**
   * A picture taken after this call, never an older one; undefined when none comes in a few seconds, when the lane closes or when
   * `signal` fires. Never rejects. The lane costs next to nothing between calls; one call at a time.
   */
  grab(signal: AbortSignal, detail: Detail): Promise<RawPicture | undefined>
}

/** What there is to see at this moment, in the order in which it was shown. */
export class Lanes implements Iterable<PictureLane> {
  readonly #open = new Map<string, PictureLane>()
  readonly #watchers = new Set<() => void>()

  /** Takes the place of a lane with the same id. */
  open(lane: PictureLane): void {
    this.#open.delete(lane.id)
    this.#open.set(lane.id, lane)
    this.#tell()
  }

  close(id: string): void {
    if (this.#open.delete(id)) this.#tell()
  }

  has(id: string): boolean {
    return this.#open.has(id)
  }

  [Symbol.iterator](): Iterator<PictureLane> {
    return this.#open.values()
  }

  /** Calls `changed` after each lane that opens or closes. @returns what ends that. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed)
    return () => void this.#watchers.delete(changed)
  }

  #tell(): void {
    for (const changed of [...this.#watchers]) changed()
  }
}
