import type { Ms } from '../../agent/units.ts'
import type { StandIn } from './stand-in.ts'
import type { HeardWord } from './words.ts'

/** Word by word a moment after each, as some models write; or all of a turn after its end, as others do. */
export type Style = 'pieces' | 'whole'

const PIECE_AFTER_MS: Ms = 250
const TURN_AFTER_MS: Ms = 500

/** What a word looks like in a transcript: it says whose it is, so that anybody can tell whether it stands under the right name. */
export const written = (who: string, id: number | undefined): string => `${who}-${id ?? 'x'}`

/** Writes down for the agent the words that the stand-in hears, without a notion of who speaks. */
export class Transcriber {
  /** Undefined: it writes nothing, and answers are the sign that it hears: a model that gives none would be left for another. */
  style: Style | undefined
  readonly #standIn: StandIn
  #words: HeardWord[] = []
  #end: NodeJS.Timeout | undefined

  constructor(standIn: StandIn) {
    this.#standIn = standIn
  }

  hear(word: HeardWord): void {
    if (this.style === undefined) return
    this.#words.push(word)
    const text = ` ${written(`p${word.person}`, word.id)}`
    if (this.style === 'pieces') setTimeout(() => this.#standIn.newest?.transcribe(text), PIECE_AFTER_MS)
    clearTimeout(this.#end)
    this.#end = setTimeout(() => this.#endTurn(), TURN_AFTER_MS)
  }

  #endTurn(): void {
    const words = this.#words.toSorted((a, b) => a.from - b.from)
    this.#words = []
    const text = words.map(({ person, id }) => written(`p${person}`, id)).join(' ')
    if (this.style === 'whole') this.#standIn.newest?.transcribe(text)
    this.#standIn.newest?.endTurn()
  }
}
