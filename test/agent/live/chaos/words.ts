import { type Hz, type Ms, SPEECH_RATE } from '../../../../agent/units.ts'

/** A word is a tone of its own: so many can be told from one another, also when several sound at once. */
export const MOST_WORDS = 48
export const WORD_MS: Ms = 200
/** Shorter than the pause that ends a sentence, longer than a block of the decoder. */
export const GAP_MS: Ms = 120
const BLOCK_MS: Ms = 20
const LOUDNESS = 5_000

const frequency = (word: number): Hz => 450 + word * 150

/** Adds a piece of `word` to `pcm`, `from` samples after its beginning. */
export function speakInto(pcm: Int16Array, word: number, from: number, rate: Hz): void {
  const step = (2 * Math.PI * frequency(word)) / rate
  for (let i = 0; i < pcm.length; i++) pcm[i]! += LOUDNESS * Math.sin(step * (from + i))
}

/** The words in `pcm` that were said whole, in the order of their beginnings. */
export function wordsIn(pcm: Int16Array, rate: Hz): number[] {
  const block = (rate * BLOCK_MS) / 1000
  const found: { word: number; at: number }[] = []
  for (let word = 0; word < MOST_WORDS; word++) {
    const turn = 2 * Math.cos((2 * Math.PI * frequency(word)) / rate)
    let run = 0
    for (let at = 0; at <= pcm.length; at += block) {
      if (at + block <= pcm.length && level(pcm, at, block, turn) > LOUDNESS / 3) run++
      else {
        if (run * BLOCK_MS >= WORD_MS - 2 * BLOCK_MS) found.push({ word, at: at - run * block })
        run = 0
      }
    }
  }
  return found.sort((a, b) => a.at - b.at).map(({ word }) => word)
}

/** Goertzel's amplitude of one tone in a block. */
function level(pcm: Int16Array, from: number, length: number, turn: number): number {
  let last = 0
  let beforeLast = 0
  for (let i = from; i < from + length; i++) {
    const next = pcm[i]! + turn * last - beforeLast
    beforeLast = last
    last = next
  }
  return (
    (2 * Math.sqrt(Math.max(0, last * last + beforeLast * beforeLast - turn * last * beforeLast))) / length
  )
}

/** Some voice to answer with: loud enough to be one. */
export function voice(ms: Ms): Int16Array {
  const pcm = new Int16Array((SPEECH_RATE * ms) / 1000)
  speakInto(pcm, 0, 0, SPEECH_RATE)
  return pcm
}
