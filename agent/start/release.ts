import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { asError, StartError } from '../errors.ts'
import type { Bytes, Ms } from '../units.ts'

export type Machine = { platform: NodeJS.Platform; arch: NodeJS.Architecture }

export type ReleaseOptions = {
  /** Such as `1.13.5`. */
  version: string
  /** The folder of all releases, without a slash at its end. */
  baseUrl: string
  /** An empty folder to unpack into. */
  into: string
  machine: Machine
  /** Told every so often how far it is. */
  progress: (line: string) => void
  signal: AbortSignal
  /** No answer, or no further byte, for so long is a failure. Default 20 s. */
  stallMs?: Ms
}

/** The biggest archive by far would be a mistake: 1.13.5 has 25 MB. */
const MOST: Bytes = 300_000_000

/**
 * Downloads LiveKit's release archive for this machine, verifies its SHA-256 against the release's `checksums.txt`
 * and unpacks the server. Resolves with the path of the program.
 * @throws StartError with the address and the reason: no archive for this machine, unreachable, truncated, wrong checksum.
 */
export async function downloadRelease(options: ReleaseOptions): Promise<string> {
  const { version, baseUrl, into, machine } = options
  const asset = archiveName(version, machine)
  if (asset === undefined)
    throw new StartError(`LiveKit releases no server for ${machine.platform} on ${machine.arch}`)
  const folder = `${baseUrl}/v${version}`
  const checksums = await text(`${folder}/checksums.txt`, options)
  const expected = checksumOf(asset, checksums)
  if (expected === undefined) throw new StartError(`${folder}/checksums.txt does not name ${asset}`)
  const archive = join(into, asset)
  const actual = await save(`${folder}/${asset}`, archive, options)
  if (actual !== expected)
    throw new StartError(
      `${folder}/${asset} has the SHA-256 ${actual}, but its release says ${expected}; it was thrown away`,
    )
  const program = machine.platform === 'win32' ? 'livekit-server.exe' : 'livekit-server'
  await unpack(archive, into, program, options.signal)
  return join(into, program)
}

const architectures: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'armv7',
}

/** What the archive is called; undefined where LiveKit makes none (macOS has Homebrew's). livekit/.goreleaser.yaml */
export function archiveName(version: string, { platform, arch }: Machine): string | undefined {
  const cpu = architectures[arch]
  if (cpu === undefined) return undefined
  if (platform === 'linux') return `livekit_${version}_linux_${cpu}.tar.gz`
  if (platform === 'win32') return `livekit_${version}_windows_${cpu}.zip`
  return undefined
}

/** The checksum of `asset` in a file of lines `<sha256>  <name>`, in lower case. */
export function checksumOf(asset: string, checksums: string): string | undefined {
  for (const line of checksums.split('\n')) {
    const [sum = '', name] = line.trim().split(/\s+\*?/)
    if (name === asset && /^[0-9a-f]{64}$/i.test(sum)) return sum.toLowerCase()
  }
  return undefined
}

async function text(url: string, options: ReleaseOptions): Promise<string> {
  let all = ''
  await receive(url, options, async body => {
    for await (const piece of body.pipeThrough(new TextDecoderStream())) all += piece
  })
  return all
}

/** Saves what is at `url` and resolves with its SHA-256. */
async function save(url: string, file: string, options: ReleaseOptions): Promise<string> {
  const hash = createHash('sha256')
  await receive(url, options, async (body, length) => {
    let got = 0
    const measure = new Transform({
      transform(piece: Buffer, _encoding, done) {
        hash.update(piece)
        got += piece.length
        options.progress(`fetching livekit-server ${options.version}: ${megabytes(got, length)}`)
        done(null, piece)
      },
    })
    await pipeline(Readable.fromWeb(body), measure, createWriteStream(file))
    if (length !== undefined && got !== length)
      throw new StartError(`${url} ended after ${got} of ${length} bytes`)
  })
  return hash.digest('hex')
}

function megabytes(got: Bytes, length: Bytes | undefined): string {
  const mb = (bytes: Bytes) => (bytes / 1e6).toFixed(0)
  return length === undefined ? `${mb(got)} MB` : `${mb(got)} of ${mb(length)} MB`
}

/** Hands the body at `url` to `take`; every failure becomes a StartError that names the address. */
async function receive(
  url: string,
  { signal, stallMs = 20_000 }: ReleaseOptions,
  take: (body: ReadableStream<Uint8Array<ArrayBuffer>>, length: Bytes | undefined) => Promise<void>,
): Promise<void> {
  const stalled = new AbortController()
  const stall = () => stalled.abort(new StartError(`${url} sent nothing for ${stallMs / 1000} s`))
  const timer = setTimeout(stall, stallMs)
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, stalled.signal]) })
    if (!response.ok || response.body === null)
      throw new StartError(`${url} answers ${response.status} ${response.statusText}`)
    const length = Number(response.headers.get('content-length')) || undefined
    if ((length ?? 0) > MOST) throw new StartError(`${url} would be ${length} bytes long`)
    await take(response.body.pipeThrough(watched(timer, url)), length)
  } catch (thrown) {
    signal.throwIfAborted()
    stalled.signal.throwIfAborted()
    throw thrown instanceof StartError
      ? thrown
      : new StartError(`${url}: ${reason(thrown)}`, { cause: thrown })
  } finally {
    clearTimeout(timer)
  }
}

/** Starts `timer` anew with every piece, and stops what never ends. */
function watched(timer: NodeJS.Timeout, url: string): TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
  let got = 0
  return new TransformStream({
    transform(piece, controller) {
      timer.refresh()
      got += piece.length
      if (got > MOST) throw new StartError(`${url} is longer than ${MOST / 1e6} MB`)
      controller.enqueue(piece as Uint8Array<ArrayBuffer>)
    },
  })
}

/** `fetch failed` says nothing; what caused it does. */
function reason(thrown: unknown): string {
  const error = asError(thrown)
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message
}

/** The system's `tar` reads tar.gz everywhere, and zip on Windows 10 and later. */
async function unpack(archive: string, into: string, program: string, signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)('tar', ['-xf', archive, '-C', into, program], { signal })
  } catch (thrown) {
    signal.throwIfAborted()
    throw new StartError(`${archive} cannot be unpacked by tar: ${asError(thrown).message}`, {
      cause: thrown,
    })
  }
}
