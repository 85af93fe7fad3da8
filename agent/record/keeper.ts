import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { msOf } from '../audio/pcm.ts'
import type { Sink } from '../audio/playout.ts'
import type { Alarm, Clock } from '../clock.ts'
import { asError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Stats } from '../stats.ts'
import { type Bytes, HEARING_RATE, type Ms } from '../units.ts'
import { LineFile } from './line-file.ts'
import { Recording } from './recording.ts'
import { SoundFile } from './sound-file.ts'
import { type Entry, jsonLine, textLine } from './transcript.ts'

/** Sound goes to the disk in pieces of this, ms. */
const WRITE_EVERY_MS: Ms = 1_000

export type KeeperOptions = {
  /** Everything is kept below it, in a folder for each room. */
  dir: string
  room: string
  clock: Clock
  log: Log
  stats: Stats
  /** The disk has failed: from now on nothing is kept. */
  onFailed: () => void
}

/** What is kept, without the time, which is now unless it is said. */
type NewEntry = Entry extends infer One ? (One extends Entry ? Omit<One, 'at'> & { at?: Ms } : never) : never

/**
 * Keeps one conversation in files: its sound, the people left and the agent right, and who said what when, as JSON lines and as a text
 * for people, all on one time. Holds seconds of sound and nothing else, however long the conversation is.
 */
export class Keeper implements AsyncDisposable {
  readonly isKept = true
  readonly #options: KeeperOptions
  readonly #beganAt: Ms
  readonly #beganWall: Ms
  readonly #recording = new Recording()
  readonly #sound: SoundFile
  readonly #lines: LineFile
  readonly #text: LineFile
  #alarm: Alarm | undefined
  #hasFailed = false
  #closing: Promise<void> | undefined

  private constructor(options: KeeperOptions, folder: string) {
    const { clock } = options
    this.#options = options
    this.#beganAt = clock.now()
    this.#beganWall = clock.wall()
    const base = join(folder, new Date(this.#beganWall).toISOString().replace(/[:.]/g, '-'))
    this.#lines = new LineFile(`${base}.jsonl`)
    this.#text = new LineFile(`${base}.txt`)
    const pathOf = (part: number, beginsAt: Bytes) => {
      const path = part === 1 ? `${base}.wav` : `${base}-${part}.wav`
      this.add({ kind: 'sound', file: basename(path), at: msOf(beginsAt / 4, HEARING_RATE) })
      return path
    }
    this.#sound = new SoundFile(pathOf, HEARING_RATE)
    this.#tick()
  }

  /**
   * Begins to keep the conversation that begins now.
   * @throws Error from the file system where nothing can be written below `dir`
   */
  static async open(options: KeeperOptions): Promise<Keeper> {
    const folder = join(options.dir, folderOf(options.room))
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return new Keeper(options, folder)
  }

  /** How long the conversation has lasted, ms. */
  get nowMs(): Ms {
    return this.#options.clock.now() - this.#beganAt
  }

  /** 16 kHz mono of everybody, as it is heard. Reads `pcm` before it returns. */
  people(pcm: Int16Array): void {
    this.#recording.people(pcm, this.nowMs)
  }

  /** The agent's track, which is recorded as people hear it. */
  agent(track: Sink): Sink {
    return {
      get queuedMs() {
        return track.queuedMs
      },
      write: frame => {
        this.#recording.agent(frame, this.nowMs)
        return track.write(frame)
      },
      clear: () => {
        this.#recording.interrupted(this.nowMs)
        track.clear()
      },
      drained: () => track.drained(),
    }
  }

  /** Something was said, or has happened. */
  add(entry: NewEntry): void {
    if (this.#hasFailed) return
    const { at = this.nowMs, ...rest } = entry
    const whole = { ...rest, at } as Entry
    const line = textLine(whole)
    this.#keep(this.#lines.append(jsonLine(whole, this.#beganWall)))
    if (line !== undefined) this.#keep(this.#text.append(line))
  }

  /** Writes what is left. */
  close(): Promise<void> {
    this.#closing ??= this.#finish()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #finish(): Promise<void> {
    this.#alarm?.cancel()
    this.#write(true)
    await Promise.all([this.#sound.close(), this.#lines.close(), this.#text.close()])
    const { stats } = this.#options
    stats.add('recording_lost_samples', this.#recording.lost)
    stats.add('recording_lost_bytes', this.#sound.lost)
    stats.add('transcript_lost_lines', this.#lines.lost + this.#text.lost)
  }

  #tick(): void {
    this.#alarm = this.#options.clock.after(WRITE_EVERY_MS, () => {
      this.#write(false)
      this.#tick()
    })
  }

  #write(isOver: boolean): void {
    const stereo = this.#recording.take(this.nowMs, isOver)
    if (stereo.length > 0 && !this.#hasFailed) this.#keep(this.#sound.append(stereo))
  }

  #keep(writing: Promise<void>): void {
    writing.catch(thrown => {
      if (this.#hasFailed) return
      this.#hasFailed = true
      this.#options.stats.add('recordings_failed')
      this.#options.log.error('recording failed: look at RECORD_DIR', { error: asError(thrown) })
      this.#options.onFailed()
    })
  }
}

/** Where a conversation is kept, if it is. */
export type Book = Pick<Keeper, 'nowMs' | 'people' | 'agent' | 'add' | 'close'> & { isKept: boolean }

const blank: Book = {
  isKept: false,
  nowMs: 0,
  people: () => {},
  agent: track => track,
  add: () => {},
  close: async () => {},
}

/** A book for a conversation that begins now; a blank one where nothing is to be kept, or nothing can be. */
export async function openBook({
  dir,
  ...options
}: Omit<KeeperOptions, 'dir'> & { dir: string | undefined }): Promise<Book> {
  if (dir === undefined) return blank
  try {
    return await Keeper.open({ dir, ...options })
  } catch (thrown) {
    options.stats.add('recordings_failed')
    options.log.error('nothing is recorded: RECORD_DIR cannot be written', { error: asError(thrown) })
    return blank
  }
}

/** A room's name as a folder's, whatever it holds. */
function folderOf(room: string): string {
  return room.replace(/[^\p{L}\p{N}_-]+/gu, '_').slice(0, 80) || '_'
}
