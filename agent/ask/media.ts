import { readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resample } from '../audio/resample.ts'
import { readWav } from '../audio/wav.ts'
import { asError } from '../errors.ts'
import { type Bytes, HEARING_RATE, type Ms } from '../units.ts'
import { fromFile, MOST_PIXELS } from '../video/jpeg.ts'
import { framesBy, soundBy } from './ffmpeg.ts'
import { UsageError } from './usage-error.ts'

/** One session takes a quarter of an hour; a question is shorter. */
export const MOST_MS: Ms = 15 * 60_000
const MOST_SOUND: Bytes = (MOST_MS / 1000) * HEARING_RATE * 2
/** Files are read whole: fifteen minutes of the largest kind of WAV that is common, and a photograph of the largest. */
const MOST_FILE: Bytes = 512 * 2 ** 20
const MOST_PICTURE: Bytes = 64 * 2 ** 20
const MOST_FRAMES: Bytes = 128 * 2 ** 20

/** A film as the model takes it: a picture for each second, and the sound of it. */
export type Film = { frames: readonly Uint8Array[]; pcm: Int16Array }

/** What reading needs besides the files. */
export type Means = {
  /** Where ffmpeg is; undefined where this machine has none. */
  ffmpeg: string | undefined
  /** What is on standard input, for `-`. */
  standardInput: () => Promise<Buffer>
  /** Told what is not quite right with a file that is used all the same. */
  notice: (sentence: string) => void
}

/**
 * A file of sound as 16 kHz mono PCM16: WAV by ourselves, all others by ffmpeg.
 * @throws UsageError
 */
export async function readSound(option: string, path: string, means: Means): Promise<Int16Array> {
  const bytes = await open(option, path, MOST_FILE, means)
  const { ffmpeg } = means
  const refuse = (what: string) => new UsageError(`${option}: ${path} ${what}`)
  let pcm: Int16Array
  try {
    pcm = wavAt16k(option, path, bytes, means)
  } catch (thrown) {
    const what = asError(thrown).message
    // A WAV file that is broken is broken for ffmpeg too, and its words are no better.
    if (!/is not a WAV file|format that is not read here/.test(what)) throw refuse(what)
    if (ffmpeg === undefined)
      throw refuse(`${what}; other kinds of sound are read by ffmpeg, which is not on the PATH`)
    pcm = await asFile(path, bytes, file => soundBy(ffmpeg, file, MOST_SOUND)).catch((reason: unknown) => {
      throw refuse(asError(reason).message)
    })
  }
  if (pcm.length === 0) throw refuse('has no sound in it')
  if (pcm.byteLength > MOST_SOUND) throw refuse(`is longer than ${MOST_MS / 60_000} minutes`)
  return pcm
}

/** @throws Error that says what the file is instead */
function wavAt16k(option: string, path: string, bytes: Uint8Array, { notice }: Means): Int16Array {
  const { pcm, rate, missingMs } = readWav(bytes)
  if (missingMs !== undefined && pcm.length > 0)
    notice(
      `${option}: ${path} was cut short: ${seconds(missingMs)} of it are missing, the ${seconds((pcm.length * 1000) / rate)} that are there are used`,
    )
  return resample(pcm, rate, HEARING_RATE)
}

/**
 * A picture file as the model takes it, JPEG.
 * @throws UsageError
 */
export async function readPicture(option: string, path: string, means: Means): Promise<Uint8Array> {
  const bytes = await open(option, path, MOST_PICTURE, means)
  try {
    return await fromFile(bytes)
  } catch (thrown) {
    const isBomb = /pixel limit/i.test(asError(thrown).message)
    const what = isBomb
      ? 'unpacks to more than 100 million pixels; make it smaller'
      : 'is no picture that can be read: use JPEG, PNG or WebP'
    throw new UsageError(`${option}: ${path} ${what}`)
  }
}

/**
 * A film by ffmpeg.
 * @throws UsageError, also where there is no ffmpeg
 */
export async function readFilm(option: string, path: string, means: Means): Promise<Film> {
  const { ffmpeg } = means
  if (ffmpeg === undefined)
    throw new UsageError(
      `${option}: films are read by ffmpeg, which is not on the PATH; install it, or give pictures`,
    )
  const bytes = await open(option, path, MOST_FILE, means)
  try {
    return await asFile(path, bytes, async file => {
      const frames = await framesBy(ffmpeg, file, MOST_PIXELS, MOST_FRAMES)
      if (frames.length === 0) throw new Error('has no pictures in it')
      return { frames, pcm: await soundBy(ffmpeg, file, MOST_SOUND) }
    })
  } catch (thrown) {
    throw new UsageError(`${option}: ${path} ${asError(thrown).message}`)
  }
}

/** The bytes of a file, or of standard input for `-`. */
async function open(option: string, path: string, most: Bytes, { standardInput }: Means): Promise<Buffer> {
  const refuse = (what: string) => new UsageError(`${option}: ${path} ${what}`)
  let bytes: Buffer
  if (path === '-') bytes = await standardInput()
  else
    try {
      const file = statSync(path)
      // A device or a pipe has no end that we know of.
      if (!file.isFile() && !file.isDirectory()) throw refuse('is no file; use - for standard input')
      if (file.isFile() && file.size > most) throw refuse(`is larger than ${most / 2 ** 20} MB`)
      bytes = readFileSync(path)
    } catch (thrown) {
      if (thrown instanceof UsageError) throw thrown
      throw refuse(`cannot be read (${(thrown as NodeJS.ErrnoException).code ?? asError(thrown).message})`)
    }
  if (bytes.length === 0) throw refuse('is empty')
  return bytes
}

/** Calls `use` with a path to the bytes: ffmpeg must go back and forth in a film, which a pipe does not allow. */
async function asFile<T>(path: string, bytes: Buffer, use: (path: string) => Promise<T>): Promise<T> {
  if (path !== '-') return use(path)
  const folder = await mkdtemp(join(tmpdir(), 'roundtable-'))
  try {
    await writeFile(join(folder, 'input'), bytes)
    return await use(join(folder, 'input'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const seconds = (ms: Ms) => `${(ms / 1000).toFixed(1)} s`
