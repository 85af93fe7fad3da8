import { type Hz, SPEECH_RATE } from '../../units.ts'

/** Samples of a WAV file's PCM16 mono. @throws Error for anything else. */
export function readWav(file: Buffer): { pcm: Int16Array; rate: Hz } {
  const data = file.indexOf('data', 12, 'latin1')
  if (file.toString('latin1', 0, 4) !== 'RIFF' || data < 0)
    throw new Error('The synthesiser gave no WAV file')
  if (file.readUInt16LE(22) !== 1 || file.readUInt16LE(34) !== 16)
    throw new Error('The synthesiser gave something other than 16-bit mono')
  // A WAV written to a pipe states no true length: what is there counts.
  const bytes = file.subarray(data + 8, file.length - (file.length % 2))
  return { pcm: samplesOf(bytes), rate: file.readUInt32LE(24) }
}

/** PCM16 little-endian bytes as samples of their own; a last odd byte is left out. */
export function samplesOf(bytes: Uint8Array): Int16Array {
  // Copied, because a Buffer may begin at an odd place in memory that it shares with others.
  const pcm = new Int16Array(bytes.length >> 1)
  new Uint8Array(pcm.buffer).set(bytes.subarray(0, pcm.length * 2))
  return pcm
}

const TAPS = 16
const PHASES = 256

/** `pcm` read at `step` input samples per output sample; below 1 lengthens. Windowed sinc, good up to step 1.5. */
export function resample(pcm: Int16Array, step: number): Float32Array {
  const table = sincTable(Math.min(1, 1 / step))
  const out = new Float32Array(Math.floor(pcm.length / step))
  // Silence on both sides, so that no tap reads outside: an index out of bounds makes this loop forty times slower.
  const padded = new Float32Array(pcm.length + 2 * TAPS)
  padded.set(pcm, TAPS)
  for (let i = 0; i < out.length; i++) {
    const at = i * step
    const whole = Math.floor(at)
    const first = whole + TAPS / 2 + 1
    const row = Math.floor((at - whole) * PHASES) * TAPS
    let sum = 0
    for (let tap = 0; tap < TAPS; tap++) sum += padded[first + tap]! * table[row + tap]!
    out[i] = sum
  }
  return out
}

const tables = new Map<number, Float32Array>()

function sincTable(cutoff: number): Float32Array {
  const known = tables.get(cutoff)
  if (known !== undefined) return known
  const table = new Float32Array(PHASES * TAPS)
  for (let phase = 0; phase < PHASES; phase++) {
    for (let tap = 0; tap < TAPS; tap++) {
      const x = tap - TAPS / 2 + 1 - phase / PHASES
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x * cutoff) / (Math.PI * x * cutoff)
      const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / (TAPS / 2))
      table[phase * TAPS + tap] = cutoff * sinc * window
    }
  }
  tables.set(cutoff, table)
  return table
}

const LOUDNESS = 32_768 * 10 ** (-21 / 20)
const HIGHEST = 31_000
const AUDIBLE = 150
const LEAD = SPEECH_RATE * 0.01
const TAIL = SPEECH_RATE * 0.15

/**
 * A synthesiser's sentence as the session speaks it: 24 kHz, at -21 dBFS whoever says it, without the silence in front
 * (somebody waits for the first sound) and with 150 ms behind it, a breath before the next sentence.
 */
export function finish(pcm: Int16Array, rate: Hz, throat: number): Int16Array {
  const sound = resample(pcm, (rate * throat) / SPEECH_RATE)
  let first = -1
  let last = -1
  let energy = 0
  let peak = 0
  for (let i = 0; i < sound.length; i++) {
    const size = Math.abs(sound[i]!)
    if (size < AUDIBLE) continue
    if (first < 0) first = i
    last = i
    energy += size * size
    if (size > peak) peak = size
  }
  if (first < 0) return new Int16Array(0)
  const from = Math.max(0, first - LEAD)
  const to = Math.min(sound.length, last + 1)
  const gain = Math.min(LOUDNESS / Math.sqrt(energy / (last - first + 1)), HIGHEST / peak)
  const out = new Int16Array(to - from + TAIL)
  for (let i = from; i < to; i++) out[i - from] = Math.round(sound[i]! * gain)
  return out
}
