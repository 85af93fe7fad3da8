/** The same numbers from 0 to 1 for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A sine of `samples` at 16 kHz; `level` is its RMS in dBFS. */
export function tone(hz: number, samples: number, level: number, from = 0, rate = 16_000): Int16Array {
  const peak = Math.SQRT2 * 10 ** (level / 20) * 32_768
  return Int16Array.from(
    { length: samples },
    (_, i) => peak * Math.sin((2 * Math.PI * hz * (from + i)) / rate),
  )
}

/** Even noise of that RMS in dBFS. */
export function noise(samples: number, level: number, random: () => number): Int16Array {
  const peak = Math.sqrt(3) * 10 ** (level / 20) * 32_768
  return Int16Array.from({ length: samples }, () => (random() * 2 - 1) * peak)
}

/** How loud `hz` is in `pcm`, as RMS in dBFS (Goertzel's algorithm). */
export function levelAt(hz: number, pcm: ArrayLike<number>, rate = 16_000): number {
  const turn = 2 * Math.cos((2 * Math.PI * hz) / rate)
  let [last, beforeLast] = [0, 0]
  for (let i = 0; i < pcm.length; i++) [last, beforeLast] = [pcm[i]! + turn * last - beforeLast, last]
  const power = last * last + beforeLast * beforeLast - turn * last * beforeLast
  return 10 * Math.log10((2 * power) / (pcm.length * 32_768) ** 2 + 1e-12)
}

/**
 * Something like speech: syllables of a buzzing voice of changing pitch and colour, with pauses, different for each seed, the same each
 * time. Its RMS over the whole is about `level` dBFS.
 */
export function babble(seconds: number, level: number, seed: number, rate = 16_000): Int16Array {
  const random = seeded(seed)
  const out = new Float64Array(Math.round(seconds * rate))
  const base = 90 + 130 * random()
  for (let at = 0; at < out.length; ) {
    const length = Math.round((0.08 + 0.22 * random()) * rate)
    const pitch = base * (0.8 + 0.5 * random())
    const glide = 1 + 0.3 * (random() - 0.5)
    const formants = [300 + 500 * random(), 900 + 1_300 * random()]
    const isHiss = random() < 0.2
    let phase = 0
    for (let i = 0; i < length && at + i < out.length; i++) {
      const shape = Math.sin((Math.PI * i) / length)
      phase += (pitch * glide ** (i / length)) / rate
      let sample = isHiss ? random() - 0.5 : 0
      if (!isHiss)
        for (let harmonic = 1; harmonic * pitch < 3_500; harmonic++) {
          const hz = harmonic * pitch
          const colour = formants.reduce((sum, formant) => sum + 1 / (1 + ((hz - formant) / 120) ** 2), 0.02)
          sample += colour * Math.sin(2 * Math.PI * harmonic * phase)
        }
      out[at + i] = shape * sample
    }
    at += length + Math.round((random() < 0.25 ? 0.3 * random() : 0.03) * rate)
  }
  const power = out.reduce((sum, one) => sum + one * one, 0) / out.length
  const gain = (10 ** (level / 20) * 32_768) / Math.sqrt(power)
  return Int16Array.from(out, one => Math.max(-32_768, Math.min(32_767, one * gain)))
}

/** The same in a room with walls, a fifth of a second longer; each seed is another room. */
export function reverberant(dry: Int16Array, seed: number): Float64Array {
  const random = seeded(seed)
  const taps = Array.from({ length: 40 }, () => {
    const atMs = 200 * random()
    return { at: Math.round(atMs * 16), weight: 0.4 * (random() - 0.5) * 10 ** (-atMs / 100) }
  })
  const out = new Float64Array(dry.length + 3_201)
  for (let i = 0; i < dry.length; i++) {
    const sample = dry[i]!
    if (sample === 0) continue
    out[i]! += sample
    for (const { at, weight } of taps) out[i + at]! += sample * weight
  }
  return out
}

/** Three samples for every two: 16 kHz as 24 kHz, by straight lines. */
export function faster(pcm: Int16Array): Int16Array {
  return Int16Array.from({ length: Math.floor((pcm.length * 3) / 2) - 3 }, (_, i) => {
    const at = (i * 2) / 3
    const [low, share] = [Math.floor(at), at % 1]
    return pcm[low]! * (1 - share) + pcm[low + 1]! * share
  })
}
