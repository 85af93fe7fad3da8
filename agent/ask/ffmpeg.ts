import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Bytes, HEARING_RATE, type Ms } from '../units.ts'

/** Where a program is, by the folders of PATH; undefined where it is not. */
export function findProgram(name: string, path: string): string | undefined {
  const names = process.platform === 'win32' ? [`${name}.exe`] : [name]
  const places = path.split(delimiter).flatMap(folder => names.map(one => join(folder, one)))
  return places.find(place => {
    try {
      accessSync(place, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Far more than a quarter of an hour of film takes. */
const WITHIN_MS: Ms = 120_000

/**
 * Everything that `ffmpeg` writes for this file.
 * @param mostBytes where it would write more, it is stopped
 * @throws FfmpegError
 */
async function run(
  program: string,
  path: string,
  args: readonly string[],
  mostBytes: Bytes,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  // `file:`, or a name with a colon or a dash in front would be taken for something else.
  const child = spawn(program, ['-v', 'error', '-nostdin', '-i', `file:${path}`, ...args, 'pipe:1'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: WITHIN_MS,
    killSignal: 'SIGKILL',
  })
  const parts: Buffer[] = []
  let size = 0
  let said = ''
  child.stdout.on('data', (data: Buffer) => {
    parts.push(data)
    size += data.length
    if (size > mostBytes) child.kill('SIGKILL')
  })
  child.stderr.on('data', data => {
    if (said.length < 2_000) said += data
  })
  child.once('error', reject)
  child.once('close', code => {
    if (size > mostBytes) reject(new FfmpegError('is longer than what one session takes', said))
    else if (code === 0) resolve(Buffer.concat(parts))
    else reject(new FfmpegError(`cannot be read by ffmpeg${firstLine(said)}`, said))
  })
  return promise
}

/** ffmpeg could make nothing of a file. The message begins with a verb, for the file's name to stand before it. */
class FfmpegError extends Error {
  override name = 'FfmpegError'
  /** All that it said. */
  readonly said: string
  constructor(message: string, said: string) {
    super(message)
    this.said = said
  }
}

/** The first of its words, which tells the cause, without the path or part that it begins with. */
function firstLine(said: string): string {
  const line = (said.trim().split('\n')[0] ?? '').replace(/^(\[[^\]]*\] |file:.*?: )/, '')
  return line === '' ? '' : ` (${line.slice(0, 200)})`
}

/** Sound of any kind as 16 kHz mono PCM16; empty where the file has none. */
export async function soundBy(program: string, path: string, mostBytes: Bytes): Promise<Int16Array> {
  const args = ['-map', '0:a:0', '-ac', '1', '-ar', `${HEARING_RATE}`, '-f', 's16le']
  const bytes = await run(program, path, args, mostBytes).catch(noneThere)
  const pcm = new Int16Array(bytes.length >> 1)
  bytes.copy(new Uint8Array(pcm.buffer), 0, 0, pcm.byteLength)
  return pcm
}

/** One picture a second of a film, JPEG, at most `side` pixels wide and high; none where it has no pictures. */
export async function framesBy(
  program: string,
  path: string,
  side: number,
  mostBytes: Bytes,
): Promise<Uint8Array[]> {
  const fit = `fps=1,scale=w='min(${side},iw)':h='min(${side},ih)':force_original_aspect_ratio=decrease`
  const args = ['-map', '0:v:0', '-vf', fit, '-c:v', 'mjpeg', '-q:v', '4', '-f', 'image2pipe']
  return splitJpegs(await run(program, path, args, mostBytes).catch(noneThere))
}

/** The file has no track of the kind that was asked for. */
function noneThere(thrown: unknown): Buffer {
  if (thrown instanceof FfmpegError && /matches no streams/.test(thrown.said)) return Buffer.alloc(0)
  throw thrown
}

/** JPEGs that follow one another: an end marker stands nowhere else, as what looks like one inside of a picture is escaped. */
export function splitJpegs(bytes: Buffer): Uint8Array[] {
  const pictures: Uint8Array[] = []
  for (let from = 0; ; ) {
    const end = bytes.indexOf(END, from, 'latin1')
    if (end < 0) return pictures
    pictures.push(bytes.subarray(from, end + 2))
    from = end + 2
  }
}

const END = '\xff\xd9'
