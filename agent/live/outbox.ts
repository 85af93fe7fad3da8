import { joined } from '../audio/pcm.ts'
import type { Ms } from '../units.ts'
import { isAsking, isSpoken, type Letter, lengthOf } from './outbox/letter.ts'
import { Reply } from './outbox/reply.ts'
import { Sentences } from './outbox/sentences.ts'
import { type Entry, Shelf } from './outbox/shelf.ts'
import { understood } from './outbox/understood.ts'

/** Sound goes in pieces of at most this length when it has waited; longer ones gain nothing. */
const PIECE_MS: Ms = 100
/** After so much silence no detector waits for the end of a sentence: silence goes in pieces of so much, at a quarter of the work. */
const SILENT_AFTER_MS: Ms = 2_000
const SILENT_PIECE_MS: Ms = 40
/** The server lives and has said nothing to what was said for this long: it has chosen not to. */
const SETTLED_MS: Ms = 4_000
/** The server says nothing at all for this long: what was said is not kept for ever. */
const GIVEN_UP_MS: Ms = 60_000

/**
 * What goes to the model: waiting while no session is open, and kept after it was sent until the server shows that it has
 * made a turn of it.
 *
 * Why keep what was sent? A session is resumed as it was at its last handle, and none is given out while somebody speaks: the
 * sentence in the middle of which a connection breaks is lost on the other side, although every byte of it arrived. So on the
 * next connection that sentence is sent again from its beginning. What is not sent again is everything that the server has
 * answered or put behind a handle: those are the only signs there are, because no message is acknowledged. (Vertex AI
 * does count messages: `consumedUntil`.) A pong says only that bytes arrived, not that a session keeps them, so it is no sign; nor is
 * the transcript of what was said, which comes before the answer and dies with its session too.
 *
 * Doubt is left where a sentence was whole, its answer was not begun, and the connection broke in between, a second or two: it is
 * sent again. On the resumed session it is then heard once; the first hearing died with its session.
 *
 * Bounds: 20 s of sound, the oldest goes first and is counted; 100 of everything else, then `push` refuses.
 */
export class Outbox {
  readonly #shelf: Shelf
  readonly #sentences = new Sentences()
  readonly #reply = new Reply()
  /** When the last open entry left, and when anything last came. */
  #spokeAt: Ms = Number.NEGATIVE_INFINITY
  #heardFromAt: Ms = Number.NEGATIVE_INFINITY
  /** Since when something whole has been over there, and nothing has come. */
  #wholeAt: Ms | undefined
  /** When all that has come of answers can have been heard. */
  #playsUntil: Ms = Number.NEGATIVE_INFINITY

  /** @param took is told of every letter that the server has made part of a turn, once. */
  constructor(took: (letter: Letter) => void = () => {}) {
    this.#shelf = new Shelf(took)
  }

  /** Sound lost because more than 20 s were waiting, ms. */
  get droppedMs(): Ms {
    return this.#shelf.droppedMs
  }

  /** Sound that has not been sent, ms. */
  get waitingMs(): Ms {
    return this.#shelf.waiting.reduce((sum, { letter }) => sum + lengthOf(letter), 0)
  }

  /** All that waits is a moment of a long silence; it may go out together with what follows, which is never later for it. */
  get mayWait(): boolean {
    if (this.#sentences.silentMs < SILENT_AFTER_MS) return false
    return (
      this.#shelf.waiting.every(({ letter }) => letter.kind === 'audio') && this.waitingMs < SILENT_PIECE_MS
    )
  }

  /** Something was said that the server has not made a turn of yet, as far as one can know. */
  get isOpen(): boolean {
    return this.#shelf.open > 0
  }

  /** For how long what was said whole has met no message at all, or none since an answer can have been heard out, ms. */
  unansweredMs(at: Ms): Ms {
    const asked = this.#shelf.asked(this.#sentences.current)
    if (this.#reply.isUnderWay && asked !== undefined)
      return Math.max(0, at - Math.max(this.#playsUntil, this.#heardFromAt, asked.sentAt))
    return this.isOpen && this.#wholeAt !== undefined ? at - this.#wholeAt : 0
  }

  /** Takes a letter; false where there is no room for more words. Copies sound. */
  push(letter: Letter, at: Ms): boolean {
    if (letter.kind === 'audio') {
      this.#hear(letter.pcm, at)
      return true
    }
    // In a room without microphones nothing else looks after what was sent long ago.
    this.#giveUp(at)
    if (this.#shelf.isFull) return false
    if (letter.kind === 'activityStart') {
      this.#sentences.press()
      this.#reply.sentenceBegan(this.#sentences.last, at)
    }
    const sentence = isSpoken(letter) ? this.#sentences.last : 0
    if (letter.kind === 'pause') this.#shelf.add(letter, 'quiet', 0)
    else this.#shelf.add(letter, 'open', sentence)
    if (letter.kind === 'activityEnd') this.#sentences.release()
    return true
  }

  /**
   * The next message to send, which is message number `index` of this connection; undefined when nothing waits. Sound that has
   * waited comes in larger pieces.
   */
  take(index: number, at: Ms): Letter | undefined {
    const first = this.#shelf.next
    if (first === undefined) return undefined
    if (first.letter.kind !== 'audio') {
      this.#mark(first, index, at)
      return first.letter
    }
    const pieces: Int16Array[] = []
    let ms = 0
    for (;;) {
      const entry = this.#shelf.next
      if (entry?.letter.kind !== 'audio') break
      ms += lengthOf(entry.letter)
      if (pieces.length > 0 && ms > PIECE_MS) break
      pieces.push(entry.letter.pcm)
      this.#mark(entry, index, at)
    }
    return { kind: 'audio', pcm: pieces.length === 1 ? pieces[0]! : joined(pieces) }
  }

  /** Something came from the server, whatever it was. */
  heardFrom(at: Ms): void {
    this.#heardFromAt = at
    this.#wholeAt = undefined
  }

  /**
   * The server answers: what was said before has become a turn. Only the first sign of a turn says so; later ones may come
   * while the next sentence is already waiting over there. What nobody can hear is no answer: should the connection break in it,
   * the question is asked again; at its end it was a turn all the same.
   * @param lasts for how long this piece of it sounds
   */
  answered(isAudible = true, lasts: Ms = 0): void {
    this.#playsUntil = Math.max(this.#playsUntil, this.#heardFromAt) + lasts
    if (!this.#reply.begins(isAudible)) return
    const { current } = this.#sentences
    // Where nothing else waits for an answer, the server has heard the end of a sentence that goes on for our ears.
    const isAlone = [...this.#shelf.owed, ...this.#shelf.waiting].every(
      ({ state, sentence }) => state !== 'open' || sentence === current,
    )
    this.#reply.about(isAlone ? current : undefined, this.isOpen ? undefined : this.#heardFromAt)
    this.#settle()
  }

  /** The session cannot be left just now: where something was asked, a turn is under way, though nothing of it may ever be heard. */
  unsettled(): void {
    if (this.#shelf.asked(this.#sentences.current) !== undefined) this.#reply.stirs()
  }

  /** Somebody talks over the answer: what is being said is no part of its turn. */
  interrupted(): void {
    this.#reply.interrupted()
  }

  /** The turn is over; an empty one is a sign too. That of one who was talked over says nothing about the words that did it. */
  turnEnded(wasInterrupted: boolean): void {
    if (this.#reply.ends(wasInterrupted)) this.#settle()
  }

  /** Something that was spoken has been written down; the answer to it may follow. */
  writtenDown(): void {
    this.#reply.writtenDown()
  }

  /** All that became a turn lies behind a handle, and none is given out while a turn is open. */
  saved(): void {
    // One that was on its way while these words were on theirs does not know them.
    const hasJustSpoken = this.#heardFromAt - this.#spokeAt < SETTLED_MS
    if (this.#sentences.current === undefined && !hasJustSpoken) this.#settle()
    // What went before something that it knows, it knows as well.
    else this.#shelf.closeReached(this.#sentences.current)
    this.#shelf.trim()
  }

  /** Vertex AI: the place behind the last handle includes every message up to number `index` of this connection. */
  consumedUntil(index: number): void {
    this.#shelf.closeUntil(index)
    this.#shelf.trim()
  }

  /** The connection is gone: what is open is to be sent again, from a little before it, and nothing else that was sent. */
  rewind(): void {
    this.#shelf.rewind()
    this.#reply.reset()
    this.#wholeAt = undefined
  }

  #hear(pcm: Int16Array, at: Ms): void {
    const change = this.#sentences.hear(pcm)
    const { current, last } = this.#sentences
    if (change === 'began') this.#reply.sentenceBegan(last, at)
    if (change === 'ended') {
      if (this.#reply.covers === last) this.#shelf.closeSentence(last)
      if (this.#shelf.waits === 0) this.#wholeAt ??= at
    }
    this.#shelf.add(
      { kind: 'audio', pcm: pcm.slice() },
      current === undefined ? 'quiet' : 'open',
      current ?? 0,
    )
    this.#giveUp(at)
    this.#shelf.trim()
  }

  #mark(entry: Entry, index: number, at: Ms): void {
    this.#shelf.mark(entry, index, at)
    if (entry.state !== 'open') return
    this.#spokeAt = at
    const { letter } = entry
    const waits = letter.kind === 'result' && letter.how.scheduling !== 'INTERRUPT' && !letter.inWords
    entry.behind = waits ? (this.#sentences.current ?? 0) : 0
    // Nobody answers what is only to be known.
    if (this.#sentences.current === undefined && isAsking(entry.letter)) this.#wholeAt ??= at
  }

  /** A turn has come of what was sent. */
  #settle(): void {
    const unsent = this.#shelf.waiting.find(({ sentence }) => sentence > 0)?.sentence
    const facts = {
      isWritten: this.#reply.isWritten,
      isTakenUp: this.#reply.isTakenUp,
      unfinished: [unsent, this.#sentences.current],
      heardFromAt: this.#heardFromAt,
    }
    for (const entry of understood(this.#shelf.owed, facts)) this.#shelf.close(entry)
    this.#reply.settled()
    this.#shelf.trim()
  }

  /** The server has had the time to answer, and did not. */
  #giveUp(at: Ms): void {
    if (!this.isOpen || this.#sentences.current !== undefined || this.#shelf.waits > 1) return
    const since = at - this.#spokeAt
    const isAlive = this.#heardFromAt > this.#spokeAt && !this.#reply.isUnderWay
    if (since > GIVEN_UP_MS || (isAlive && since > SETTLED_MS)) this.#settle()
  }
}
