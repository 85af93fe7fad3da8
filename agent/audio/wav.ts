import { closeSync, openSync, writeSync } from 'node:fs'
import type { Bytes, Hz, Ms } from '../units.ts'

/** Sound out of a file: mono PCM16 at the file's own rate. */
export type Sound = {
  pcm: Int16Array
  rate: Hz
  /** How much more the file's header promises than is there; absent where nothing is missing. */
  missingMs?: Ms
}

/** The header of a WAV file as it is written here, bytes. */
const HEADER = 44
const PCM = 1
const FLOAT = 3
const EXTENSIBLE = 0xfffe
/** Who writes into a pipe does not know how much will come, and promises about the most that the header can say. */
const UNKNOWN_LENGTH: Bytes = 0x7fff_0000

/**
 * Reads a RIFF/WAVE file: PCM of 8, 16, 24 or 32 bits or 32-bit float, any number of channels, which are averaged into one. A file that
 * was cut short gives what is there.
 * @throws Error that says what the file is instead
 */
export function readWav(file: Uint8Array): Sound {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  if (
    bytes.length < 12 ||
    bytes.toString('latin1', 0, 4) !== 'RIFF' ||
    bytes.toString('latin1', 8, 12) !== 'WAVE'
  )
    throw new Error('is not a WAV file')
  let format: { kind: number; channels: number; rate: Hz; bits: number } | undefined
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4)
    const body = bytes.subarray(at + 8, at + 8 + bytes.readUInt32LE(at + 4))
    if (name === 'fmt ' && body.length >= 16) {
      const tag = body.readUInt16LE(0)
      const kind = tag === EXTENSIBLE && body.length >= 26 ? body.readUInt16LE(24) : tag
      format = {
        kind,
        channels: body.readUInt16LE(2),
        rate: body.readUInt32LE(4),
        bits: body.readUInt16LE(14),
      }
    }
    if (name === 'data') {
      if (!format) throw new Error('is a WAV file without a format')
      const sound = { pcm: monoOf(body, format), rate: format.rate }
      const missing = bytes.readUInt32LE(at + 4) - body.length
      const perMs = (format.rate * format.channels * format.bits) / 8_000
      return missing > 0 && body.length + missing < UNKNOWN_LENGTH
        ? { ...sound, missingMs: missing / perMs }
        : sound
    }
    // Chunks are padded to an even length.
    at += 8 + bytes.readUInt32LE(at + 4) + (bytes.readUInt32LE(at + 4) % 2)
  }
  throw new Error('is a WAV file without sound')
}

function monoOf(
  data: Buffer,
  format: { kind: number; channels: number; rate: Hz; bits: number },
): Int16Array {
  const { kind, channels, rate, bits } = format
  const read = sampleReader(data, kind, bits)
  if (!read) throw new Error(`is a WAV file in a format that is not read here (format ${kind}, ${bits} bits)`)
  if (channels < 1 || channels > 32 || rate < 4_000 || rate > 384_000)
    throw new Error(`is a WAV file of ${channels} channels at ${rate} Hz`)
  const step = bits / 8
  const pcm = new Int16Array(Math.floor(data.length / (step * channels)))
  for (let i = 0; i < pcm.length; i++) {
    let sum = 0
    for (let channel = 0; channel < channels; channel++) sum += read((i * channels + channel) * step)
    pcm[i] = Math.max(-32_768, Math.min(32_767, Math.round((sum / channels) * 32_768)))
  }
  return pcm
}

/** Reads the sample at a byte offset as -1..1; undefined for a format that is not read here. */
function sampleReader(data: Buffer, kind: number, bits: number): ((at: number) => number) | undefined {
  if (kind === FLOAT && bits === 32) return at => data.readFloatLE(at) || 0
  if (kind !== PCM) return undefined
  switch (bits) {
    case 8:
      return at => (data.readUInt8(at) - 128) / 128
    case 16:
      return at => data.readInt16LE(at) / 32_768
    case 24:
      return at => data.readIntLE(at, 3) / 8_388_608
    case 32:
      return at => data.readInt32LE(at) / 2_147_483_648
    default:
      return undefined
  }
}

/** Writes a mono PCM16 WAV file as the sound comes; the file is valid after every write, at whatever moment it is stopped. */
export class WavWriter {
  readonly #file: number
  readonly #rate: Hz
  #bytes = 0

  /** @throws Error from the file system when `path` cannot be written */
  constructor(path: string, rate: Hz) {
    this.#file = openSync(path, 'w')
    this.#rate = rate
    this.#writeHeader()
  }

  write(pcm: Int16Array): void {
    writeSync(
      this.#file,
      Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength),
      0,
      pcm.byteLength,
      HEADER + this.#bytes,
    )
    this.#bytes += pcm.byteLength
    this.#writeHeader()
  }

  close(): void {
    closeSync(this.#file)
  }

  #writeHeader(): void {
    writeSync(this.#file, wavHeader(this.#bytes, this.#rate, 1), 0, HEADER, 0)
  }
}

/** The header of a WAV file of PCM16 that holds `length` bytes of sound so far, channels in turn. It is `wavHeader.bytes` long. */
export function wavHeader(length: Bytes, rate: Hz, channels: number): Buffer {
  const header = Buffer.alloc(HEADER)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(HEADER - 8 + length, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(PCM, 20)
  header.writeUInt16LE(channels, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * 2 * channels, 28)
  header.writeUInt16LE(2 * channels, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(length, 40)
  return header
}
wavHeader.bytes = HEADER
