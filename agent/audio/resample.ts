import type { Hz, Samples } from '../units.ts'

/** Half the length of the filter, in samples of the slower of the two rates: a stop band of about -80 dB. */
const REACH: Samples = 16
/** Rates whose common divisor is small would need a table of many phases; no recording has such. */
const MOST_PHASES = 1_000

/**
 * The same sound at another rate: mono PCM16, band-limited by a windowed sinc. For whole recordings, not for streams.
 * @throws RangeError for a pair of rates that no recording has, such as 44,101 to 16,000
 */
export function resample(pcm: Int16Array, from: Hz, to: Hz): Int16Array {
  if (from === to) return pcm
  const divisor = commonDivisor(from, to)
  const up = to / divisor
  const down = from / divisor
  if (up > MOST_PHASES) throw new RangeError(`sound of ${from} Hz cannot be brought to ${to} Hz`)
  // Below half of the slower rate; what is above it would come back as another tone.
  const cutoff = Math.min(1, to / from)
  const reach = Math.ceil(REACH / cutoff)
  const phases = Array.from({ length: up }, (_, phase) => kernel(phase / up, reach, cutoff))
  const out = new Int16Array(Math.floor((pcm.length * up) / down))
  for (let i = 0; i < out.length; i++) {
    const position = i * down
    const taps = phases[position % up]!
    const first = Math.floor(position / up) - reach + 1
    let sum = 0
    for (let k = 0; k < taps.length; k++) sum += taps[k]! * (pcm[first + k] ?? 0)
    out[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum)))
  }
  return out
}

/** The filter for a point `offset` samples after the one in its middle; its sum is one, so that no level changes. */
function kernel(offset: number, reach: number, cutoff: number): Float64Array {
  const taps = new Float64Array(2 * reach)
  let sum = 0
  for (let k = 0; k < taps.length; k++) {
    const x = k - (reach - 1) - offset
    const angle = Math.PI * x * cutoff
    // Blackman's window.
    const at = x / reach
    const window =
      Math.abs(at) >= 1 ? 0 : 0.42 + 0.5 * Math.cos(Math.PI * at) + 0.08 * Math.cos(2 * Math.PI * at)
    taps[k] = window * (x === 0 ? 1 : Math.sin(angle) / angle)
    sum += taps[k]!
  }
  return taps.map(tap => tap / sum)
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}
