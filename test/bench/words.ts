import type { Hz, Ms, Samples } from '../../agent/units.ts'

/** How many people have a band of their own. */
export const MOST_PEOPLE = 20
/** How many words there are. */
export const WORDS = 8
/** A word is one mark and three bits of this length. */
const SLOT_MS: Ms = 60
const SLOTS = 4
export const WORD_MS: Ms = SLOT_MS * SLOTS
/** Edges are rounded over this: a click would be heard in every band. */
const EDGE_MS: Ms = 6
/** Peak of a word, of full scale. */
const LOUDNESS = 0.25

/** The band of a person: a zero is said at its lower tone, a one at its upper. */
const bandOf = (person: number): [Hz, Hz] => [420 + 180 * person, 510 + 180 * person]

/** A word of a person as mono PCM16: tones that nobody else uses, in a pattern that no other word has. */
export function word(person: number, id: number, rate: Hz): Int16Array {
  const band = bandOf(person)
  const slot = (SLOT_MS * rate) / 1000
  const edge = (EDGE_MS * rate) / 1000
  let phase = 0
  return Int16Array.from({ length: slot * SLOTS }, (_, i) => {
    const bit = bitOf(id, Math.floor(i / slot))
    phase += (2 * Math.PI * band[bit]!) / rate
    const shape = Math.min(1, (i + 1) / edge, (slot * SLOTS - i) / edge)
    return LOUDNESS * 32_767 * shape * Math.sin(phase)
  })
}

/** The first slot is always a zero; then come the bits, the highest first. */
const bitOf = (id: number, slot: number) => (slot === 0 ? 0 : (id >> (SLOTS - 1 - slot)) & 1)

/** A word that was heard. */
export type HeardWord = {
  person: number
  /** Undefined: something of this person, but no whole word. */
  id: number | undefined
  /** Where it began, in samples since the stream did. */
  from: Samples
  /** How loud its middle was, of full scale. */
  level: number
}

const HOP_MS: Ms = 10
const LOOK_MS: Ms = 40
/** Below this a band is silent, of full scale: a word whose tones change is heard faintly in the bands beside its own. */
const FAINT = 0.04
/** A word is over when its band has been silent for this long. */
const OVER_MS: Ms = 40

type Hearing = { from: Samples; marks: { isOne: boolean; level: number }[]; silentMs: Ms }

/** Finds everybody's words in one stream of chunks of any length. */
export class WordDecoder {
  readonly #rate: Hz
  readonly #people: number
  readonly #window: Float64Array
  readonly #shape: Float64Array
  readonly #shaped: Float64Array
  readonly #hearing = new Map<number, Hearing>()
  #filled = 0
  #heard: Samples = 0

  constructor(people: number, rate: Hz) {
    this.#rate = rate
    this.#people = people
    const look = (LOOK_MS * rate) / 1000
    this.#window = new Float64Array(look)
    this.#shaped = new Float64Array(look)
    this.#shape = Float64Array.from(
      { length: look },
      (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / look),
    )
  }

  /** Whether anybody is in the middle of a word. */
  get isBusy(): boolean {
    return this.#hearing.size > 0
  }

  /** Takes a chunk; returns the words that ended in it. `began` is told of each that begins. */
  push(pcm: Int16Array, began: (person: number) => void = () => {}): HeardWord[] {
    const hop = (HOP_MS * this.#rate) / 1000
    const words: HeardWord[] = []
    for (let i = 0; i < pcm.length; i++) {
      this.#window[this.#window.length - hop + this.#filled] = pcm[i]! / 32_768
      this.#heard++
      if (++this.#filled < hop) continue
      this.#filled = 0
      for (let at = 0; at < this.#window.length; at++) this.#shaped[at] = this.#window[at]! * this.#shape[at]!
      for (let person = 0; person < this.#people; person++) this.#look(person, words, began)
      this.#window.copyWithin(0, hop)
    }
    return words
  }

  #look(person: number, words: HeardWord[], began: (person: number) => void): void {
    const [zero, one] = bandOf(person).map(hz => this.#level(hz)) as [number, number]
    const level = Math.max(zero, one)
    const hearing = this.#hearing.get(person)
    if (hearing === undefined) {
      if (level < FAINT) return
      this.#hearing.set(person, { from: this.#heard, marks: [{ isOne: one > zero, level }], silentMs: 0 })
      return began(person)
    }
    hearing.silentMs = level < FAINT ? hearing.silentMs + HOP_MS : 0
    hearing.marks.push({ isOne: one > zero, level })
    if (hearing.silentMs < OVER_MS) return
    this.#hearing.delete(person)
    words.push({ person, ...read(hearing.marks.slice(0, -OVER_MS / HOP_MS)), from: hearing.from })
  }

  #level(hz: Hz): number {
    const shaped = this.#shaped
    const turn = 2 * Math.cos((2 * Math.PI * hz) / this.#rate)
    let last = 0
    let beforeLast = 0
    for (let i = 0; i < shaped.length; i++) {
      const next = shaped[i]! + turn * last - beforeLast
      beforeLast = last
      last = next
    }
    const power = last * last + beforeLast * beforeLast - turn * last * beforeLast
    return (4 * Math.sqrt(Math.max(0, power))) / shaped.length
  }
}

function read(marks: readonly { isOne: boolean; level: number }[]): {
  id: number | undefined
  level: number
} {
  const levels = marks.map(({ level }) => level).sort((a, b) => a - b)
  const level = levels[levels.length >> 1] ?? 0
  const lastsMs = marks.length * HOP_MS
  // A jitter buffer may stretch a word; it never takes a quarter of it away.
  if (lastsMs < WORD_MS * 0.75 || lastsMs > WORD_MS * 1.75) return { id: undefined, level }
  let id = 0
  for (let slot = 0; slot < SLOTS; slot++) {
    // The middle half of each quarter: a jitter buffer may have stretched the word as a whole.
    const [from, to] = [slot + 0.25, slot + 0.75].map(at => Math.round((at * marks.length) / SLOTS)) as [
      number,
      number,
    ]
    const ones = marks.slice(from, to).filter(({ isOne }) => isOne).length
    const bit = ones * 2 > to - from ? 1 : 0
    if (slot === 0 && bit === 1) return { id: undefined, level }
    id = id * 2 + bit
  }
  return { id, level }
}
