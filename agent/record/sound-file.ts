import { type FileHandle, open } from 'node:fs/promises'
import { wavHeader } from '../audio/wav.ts'
import type { Bytes, Hz } from '../units.ts'

/** A WAV file may be 4 GB; long before that it is unwieldy. At 16 kHz stereo this is four hours and a half. */
const MOST_BYTES: Bytes = 2 ** 30
/** With more than this waiting for the disk, sound is left out: silence is in its place. */
const MOST_WAITING: Bytes = 2 ** 20

const CHANNELS = 2

/** Writes stereo sound into WAV files, one after the other, each of which is valid at every moment. */
export class SoundFile {
  readonly #pathOf: (part: number, beginsAt: Bytes) => string
  readonly #rate: Hz
  #part = 0
  #file: FileHandle | undefined
  #bytes: Bytes = 0
  #bytesBefore: Bytes = 0
  #waiting: Bytes = 0
  #lost: Bytes = 0
  #order: Promise<void> = Promise.resolve()
  readonly #mostBytes: Bytes

  /** @param pathOf the path of the first file, 1, and of those that follow it; each begins after so many bytes of sound */
  constructor(pathOf: (part: number, beginsAt: Bytes) => string, rate: Hz, mostBytes: Bytes = MOST_BYTES) {
    this.#pathOf = pathOf
    this.#rate = rate
    this.#mostBytes = mostBytes
  }

  /** Sound that the disk was too slow for, bytes. */
  get lost(): Bytes {
    return this.#lost
  }

  /**
   * Appends left and right samples in turn. Keeps `stereo` until it is written.
   * @throws Error from the file system, also of an earlier write
   */
  append(stereo: Int16Array): Promise<void> {
    const bytes = Buffer.from(stereo.buffer, stereo.byteOffset, stereo.byteLength)
    const isLate = this.#waiting + bytes.length > MOST_WAITING
    if (isLate) this.#lost += bytes.length
    else this.#waiting += bytes.length
    this.#order = this.#order.then(() => this.#write(isLate ? undefined : bytes, bytes.length))
    return this.#order
  }

  async close(): Promise<void> {
    await this.#order.catch(() => {})
    await this.#file?.close()
    this.#file = undefined
  }

  /** `length` bytes more; without `bytes` a hole, which reads as silence. */
  async #write(bytes: Buffer | undefined, length: Bytes): Promise<void> {
    if (this.#file === undefined || this.#bytes + length > this.#mostBytes) await this.#begin()
    const file = this.#file!
    const at = wavHeader.bytes + this.#bytes
    if (bytes !== undefined) {
      await file.write(bytes, 0, length, at)
      this.#waiting -= length
    } else {
      await file.truncate(at + length)
    }
    this.#bytes += length
    await file.write(wavHeader(this.#bytes, this.#rate, CHANNELS), 0, wavHeader.bytes, 0)
  }

  async #begin(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
    this.#bytesBefore += this.#bytes
    this.#bytes = 0
    this.#file = await open(this.#pathOf(++this.#part, this.#bytesBefore), 'wx', 0o600)
  }
}
