/** An Opus track out of a WebM file. */
export type OpusTrack = {
  channels: number
  /** What the encoder put before the sound, in samples at 48 kHz. RFC 7845, 5.1. */
  preSkip: number
  /** One packet each, in order. */
  packets: Uint8Array[]
}

/** The elements of Matroska that matter here. RFC 9559. */
const SEGMENT = 0x18538067
const TRACKS = 0x1654ae6b
const TRACK_ENTRY = 0xae
const CODEC_ID = 0x86
const CODEC_PRIVATE = 0x63a2
const CLUSTER = 0x1f43b675
const SIMPLE_BLOCK = 0xa3
const BLOCK_GROUP = 0xa0
const BLOCK = 0xa1
/** Those that hold others are stepped into, whatever they say about their size: a recorder does not know it yet. */
const holders = new Set([SEGMENT, TRACKS, TRACK_ENTRY, CLUSTER, BLOCK_GROUP])

/** The first bytes of every WebM file. */
export const WEBM_MAGIC = 0x1a45dfa3

/**
 * The Opus packets of a WebM file with one track, as browsers' MediaRecorder writes it. A file that was cut short gives what is there.
 * @throws Error that says what it is instead
 */
export function readWebM(file: Uint8Array): OpusTrack {
  let codec = ''
  let head: Uint8Array | undefined
  const packets: Uint8Array[] = []
  for (const { id, data } of elements(file)) {
    if (id === CODEC_ID) codec = Buffer.from(data).toString('latin1')
    if (id === CODEC_PRIVATE) head = data
    if (id === SIMPLE_BLOCK || id === BLOCK) packets.push(...packetOf(data))
  }
  if (codec !== 'A_OPUS')
    throw new Error(codec === '' ? 'is no WebM file with sound' : `holds ${codec.slice(0, 32)}`)
  // "OpusHead", version, channels, pre-skip.
  const hasHead =
    head !== undefined && head.length >= 12 && Buffer.from(head).toString('latin1', 0, 8) === 'OpusHead'
  const channels = hasHead ? head![9]! : 1
  if (channels < 1 || channels > 2) throw new Error(`holds ${channels} channels`)
  return { channels, preSkip: hasHead ? head![10]! + 256 * head![11]! : 0, packets }
}

function* elements(file: Uint8Array): Generator<{ id: number; data: Uint8Array }> {
  for (let at = 0; at < file.length; ) {
    const id = idAt(file, at)
    const size = id && sizeAt(file, at + id.length)
    if (!id || !size) return
    const from = at + id.length + size.length
    if (holders.has(id.value)) {
      at = from
      continue
    }
    yield { id: id.value, data: file.subarray(from, from + size.value) }
    at = from + size.value
  }
}

/** How long a number is that begins with this byte: one more than the zeros before its first one. */
const lengthOf = (first: number | undefined) => (first ? Math.clz32(first) - 23 : 9)

/** An element's id, its length marker included. */
function idAt(file: Uint8Array, at: number): { value: number; length: number } | undefined {
  const length = lengthOf(file[at])
  if (length > 4 || at + length > file.length) return undefined
  let value = 0
  for (let i = 0; i < length; i++) value = value * 256 + file[at + i]!
  return { value, length }
}

/** An element's size, without the marker; one that is not known, all ones, is larger than any file. */
function sizeAt(file: Uint8Array, at: number): { value: number; length: number } | undefined {
  const length = lengthOf(file[at])
  if (length > 8 || at + length > file.length) return undefined
  let value = file[at]! & (0xff >> length)
  for (let i = 1; i < length; i++) value = value * 256 + file[at + i]!
  return { value, length }
}

/** A block is the track's number, two bytes of time, a byte of flags, and a packet. Several in one, laced, no recorder writes. */
function packetOf(block: Uint8Array): Uint8Array[] {
  const start = lengthOf(block[0]) + 3
  const isLaced = ((block[start - 1] ?? 0) & 0x06) !== 0
  return isLaced || start >= block.length ? [] : [block.subarray(start)]
}
