import type { Ms } from '../../units.ts'
import { isAsking, isSpoken, type Letter, lengthOf } from './letter.ts'

/** Sound kept, sent or not: an outage of 5 s in the middle of a long sentence, with room to spare. 640 kB a room at most. */
const MOST_MS: Ms = 20_000
/** Of what is not sound, so many wait. People type slower than this for any outage that they would sit through. */
const MOST_WORDS = 100
/** What comes before the first loud frame belongs to the word: consonants are quiet. */
const PREROLL_MS: Ms = 300

export type Entry = {
  letter: Letter
  /** Number of the message that carried it on the present connection, from 1, and when; undefined while it waits. */
  sent: number | undefined
  sentAt: Ms
  /** The number of the sentence that it is part of; 0 where it is part of none. */
  sentence: number
  /** The sentence that was being spoken when it went, where it waits for the end of that; 0 where it does not. */
  behind: number
  /** `open`: it says something, and nothing shows yet that the server has made a turn of it. `settled`: it has. `quiet`: it says nothing. */
  state: 'quiet' | 'open' | 'settled'
}

/**
 * Letters in their order: in front those that were sent and are kept, behind them those that wait. It knows what is on it, and decides
 * nothing. Bounds: 20 s of sound, the oldest goes first and is counted; 100 of everything else.
 */
export class Shelf {
  readonly #closed: (letter: Letter) => void
  #entries: Entry[] = []
  /** How many at the front have been sent. */
  #sent = 0
  #audioMs: Ms = 0
  #words = 0
  #open = 0
  /** Number of the last message on this connection of which a turn has come. */
  #reached = 0
  #droppedMs: Ms = 0

  /** @param closed is told of every letter that the server has made part of a turn, once. */
  constructor(closed: (letter: Letter) => void) {
    this.#closed = closed
  }

  /** Sound lost because more than 20 s were waiting, ms. */
  get droppedMs(): Ms {
    return this.#droppedMs
  }

  /** How many entries are open, sent or not. */
  get open(): number {
    return this.#open
  }

  /** No more words fit. */
  get isFull(): boolean {
    return this.#words >= MOST_WORDS
  }

  /** The first that waits. */
  get next(): Entry | undefined {
    return this.#entries[this.#sent]
  }

  /** Those that wait, in order. */
  get waiting(): readonly Entry[] {
    return this.#entries.slice(this.#sent)
  }

  get waits(): number {
    return this.#entries.length - this.#sent
  }

  /** Those that were sent and are open. */
  get owed(): readonly Entry[] {
    return this.#entries.slice(0, this.#sent).filter(({ state }) => state === 'open')
  }

  /** The first of them that a turn is to come of: `sentence` is not whole yet. */
  asked(sentence: number | undefined): Entry | undefined {
    return this.owed.find(
      entry => isAsking(entry.letter) && (entry.sentence === 0 || entry.sentence !== sentence),
    )
  }

  add(letter: Letter, state: Entry['state'], sentence: number): void {
    this.#entries.push({ letter, sent: undefined, sentAt: 0, sentence, behind: 0, state })
    this.#count(this.#entries.at(-1)!, 1)
    while (this.#audioMs > MOST_MS) this.#dropOldest()
  }

  /** `entry`, which is the next, has gone out as message number `index`. */
  mark(entry: Entry, index: number, at: Ms): void {
    entry.sent = index
    entry.sentAt = at
    this.#sent++
  }

  /** The server has made part of a turn of it. */
  close(entry: Entry): void {
    if (entry.state !== 'open') return
    this.#reached = Math.max(this.#reached, entry.sent ?? 0)
    entry.state = 'settled'
    this.#open--
    this.#closed(entry.letter)
  }

  /** The same of everything sent up to message number `index`. */
  closeUntil(index: number): void {
    for (const entry of this.owed) if (entry.sent !== undefined && entry.sent <= index) this.close(entry)
  }

  /** The same of all that went before something that it has made a turn of, but for `sentence`. */
  closeReached(sentence: number | undefined): void {
    for (const entry of this.owed)
      if (entry.sent! <= this.#reached && (entry.sentence === 0 || entry.sentence !== sentence))
        this.close(entry)
  }

  /** The same of all that was sent of a sentence. */
  closeSentence(sentence: number): void {
    for (const entry of this.owed) if (entry.sentence === sentence) this.close(entry)
  }

  /** What is open is to be sent again, from a little before it, and nothing else that was sent. */
  rewind(): void {
    const again = this.#entries.slice(0, this.#sent)
    let from = again.findIndex(({ letter, state }) => state === 'open' && isSpoken(letter))
    if (from === -1) from = again.length
    for (let lead = 0; from > 0 && lead < PREROLL_MS; from--) {
      const before = again[from - 1]!
      if (before.state !== 'quiet' || before.letter.kind !== 'audio') break
      lead += lengthOf(before.letter)
    }
    const kept = again.filter(
      ({ letter, state }, i) =>
        state === 'open' || (state === 'quiet' && letter.kind === 'audio' && i >= from),
    )
    for (const entry of kept) {
      entry.sent = undefined
      // The call may be closed over there, and its answer lost.
      if (entry.letter.kind === 'result') entry.letter = { ...entry.letter, inWords: true }
    }
    this.#entries = [...kept, ...this.waiting]
    this.#sent = this.#reached = this.#audioMs = this.#words = this.#open = 0
    for (const entry of this.#entries) this.#count(entry, 1)
  }

  /** Lets go of what was sent and is over, but for a little sound before what is to come. */
  trim(): void {
    let over = 0
    let lead = 0
    while (over < this.#sent && this.#entries[over]!.state !== 'open')
      lead += lengthOf(this.#entries[over++]!.letter)
    let gone = 0
    const isLead = ({ letter }: Entry) => letter.kind === 'audio' && lead <= PREROLL_MS
    while (gone < over && !isLead(this.#entries[gone]!)) lead -= lengthOf(this.#entries[gone++]!.letter)
    if (gone === 0) return
    for (const entry of this.#entries.splice(0, gone)) this.#count(entry, -1)
    this.#sent -= gone
  }

  #dropOldest(): void {
    const oldest = this.#entries.findIndex(({ letter }) => letter.kind === 'audio')
    const [entry] = this.#entries.splice(oldest, 1)
    // What was sent and cannot be kept any longer is lost only should the connection break now.
    if (oldest < this.#sent) this.#sent--
    else this.#droppedMs += lengthOf(entry!.letter)
    this.#count(entry!, -1)
  }

  #count({ letter, state }: Entry, by: 1 | -1): void {
    this.#audioMs += by * lengthOf(letter)
    if (letter.kind !== 'audio') this.#words += by
    if (state === 'open') this.#open += by
  }
}
