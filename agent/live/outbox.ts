import { levelOf, msOf } from '../audio/pcm.ts'
import { Speaker } from '../audio/speaker.ts'
import { HEARING_RATE, type Ms } from '../units.ts'
import type { ToolCall } from './events.ts'

/** Something for the model. Everything goes out in the order in which it came. */
export type Letter =
  /** 16 kHz mono PCM16. */
  | { kind: 'audio'; pcm: Int16Array }
  /** The microphones are off. */
  | { kind: 'pause' }
  /** Marks of somebody who talks by pressing, for sessions whose own detector is off. */
  | { kind: 'activityStart' }
  | { kind: 'activityEnd' }
  /** Words to be answered. */
  | { kind: 'text'; text: string }
  /** Words to be known, not answered. */
  | { kind: 'context'; text: string }
  | {
      kind: 'result'
      call: ToolCall
      response: Record<string, unknown>
      how: ResultManner
      /** The session may not know the call, or have closed it: it is told what came of it. */
      inWords?: boolean
    }

/** How a tool's answer is to be taken, where the model has a choice. */
export type ResultManner = {
  scheduling?: 'SILENT' | 'WHEN_IDLE' | 'INTERRUPT'
  willContinue?: boolean
}

/** Sound kept, sent or not: an outage of 5 s in the middle of a long sentence, with room to spare. 640 kB a room at most. */
const MOST_MS: Ms = 20_000
/** Of what is not sound, so many wait. People type slower than this for any outage that they would sit through. */
const MOST_WORDS = 100
/** Sound goes in pieces of at most this length when it has waited; longer ones gain nothing. */
const PIECE_MS: Ms = 100
/** After so much silence nobody waits for the end of a sentence: silence goes in pieces of so much, at a quarter of the work. */
const SILENT_AFTER_MS: Ms = 1_000
const SILENT_PIECE_MS: Ms = 40
/** What comes before the first loud frame belongs to the word: consonants are quiet. */
const PREROLL_MS: Ms = 300
/** The server lives and has said nothing to what was said for this long: it has chosen not to. */
const SETTLED_MS: Ms = 4_000
/** A word is known to be one this long after its first sound, at most: a server may have answered it by then. */
const ONSET_MS: Ms = 100
/** A server's own detector waits for less silence than this before it takes a sentence for whole. */
const WHOLE_MS: Ms = 1_000
/** The server says nothing at all for this long: what was said is not kept for ever. */
const GIVEN_UP_MS: Ms = 60_000

type Entry = {
  letter: Letter
  /** Number of the message that carried it on the present connection, from 1, and when; undefined while it waits. */
  sent: number | undefined
  sentAt: Ms
  /** The number of the sentence that it is part of; 0 where it is part of none. */
  sentence: number
  /** `open`: it says something, and nothing shows yet that the server has made a turn of it. `settled`: it has. `quiet`: it says nothing. */
  state: 'quiet' | 'open' | 'settled'
}

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
  readonly #speaker = new Speaker()
  readonly #took: (letter: Letter) => void
  #entries: Entry[] = []
  /** How many at the front have been sent. */
  #sent = 0
  #audioMs: Ms = 0
  #words = 0
  /** How many entries are open. */
  #open = 0
  /** Sentences so far, and whether the last is still being spoken. */
  #sentences = 0
  #isSpeaking = false
  #silentMs: Ms = 0
  #isMarked = false
  #isInTurn = false
  /** It answers, and nobody can hear it yet. */
  #isMumbling = false
  /** A sentence whose answer began while it still went on. */
  #coveredSentence: number | undefined
  /** When an answer began although nothing was known to be said. */
  #unpromptedAt: Ms = Number.NEGATIVE_INFINITY
  /** Something spoken has been written down since the last turn. */
  #isWritten = false
  /** When the last open entry left, and when anything last came. */
  #spokeAt: Ms = Number.NEGATIVE_INFINITY
  #heardFromAt: Ms = Number.NEGATIVE_INFINITY
  /** Since when something whole has been over there, and nothing has come. */
  #wholeAt: Ms | undefined
  #droppedMs: Ms = 0

  /** @param took is told of every letter that the server has made part of a turn, once. */
  constructor(took: (letter: Letter) => void = () => {}) {
    this.#took = took
  }

  /** Sound lost because more than 20 s were waiting, ms. */
  get droppedMs(): Ms {
    return this.#droppedMs
  }

  /** Sound that has not been sent, ms. */
  get waitingMs(): Ms {
    let ms = 0
    for (let i = this.#sent; i < this.#entries.length; i++) ms += lengthOf(this.#entries[i]!.letter)
    return ms
  }

  /** All that waits is a moment of a long silence; it may go out together with what follows, which is never later for it. */
  get mayWait(): boolean {
    if (this.#silentMs < SILENT_AFTER_MS || this.#open > 0) return false
    for (let i = this.#sent; i < this.#entries.length; i++)
      if (this.#entries[i]!.letter.kind !== 'audio') return false
    return this.waitingMs < SILENT_PIECE_MS
  }

  /** Something was said that the server has not made a turn of yet, as far as one can know. */
  get isOpen(): boolean {
    return this.#open > 0
  }

  /** For how long what was said whole has met no message at all, ms; 0 where nothing waits for one. */
  unansweredMs(at: Ms): Ms {
    return this.#open > 0 && this.#wholeAt !== undefined ? at - this.#wholeAt : 0
  }

  /** Takes a letter; false where there is no room for more words. Copies sound. */
  push(letter: Letter, at: Ms): boolean {
    if (letter.kind === 'audio') {
      this.#hear(letter.pcm, at)
      return true
    }
    if (this.#words >= MOST_WORDS) return false
    this.#words++
    if (letter.kind === 'activityStart') this.#begin(true, at)
    this.#add(letter, letter.kind === 'pause' ? 'quiet' : 'open')
    if (letter.kind === 'activityEnd') this.#isMarked = this.#isSpeaking = false
    return true
  }

  /**
   * The next message to send, which is message number `index` of this connection; undefined when nothing waits. Sound that has
   * waited comes in larger pieces.
   */
  take(index: number, at: Ms): Letter | undefined {
    const first = this.#entries[this.#sent]
    if (first === undefined) return undefined
    if (first.letter.kind !== 'audio') {
      this.#mark(first, index, at)
      return first.letter
    }
    const pieces: Int16Array[] = []
    let ms = 0
    for (;;) {
      const entry = this.#entries[this.#sent]
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
   */
  answered(isAudible = true): void {
    if (this.#isInTurn) return
    this.#isMumbling = !isAudible
    if (!isAudible) return
    this.#isInTurn = true
    // Where nothing else waits for an answer, the server has heard the end of a sentence that goes on for our ears.
    const isAboutThis =
      this.#isSpeaking &&
      !this.#entries.some(({ state, sentence }) => state === 'open' && sentence !== this.#sentences)
    this.#coveredSentence = isAboutThis ? this.#sentences : undefined
    this.#unpromptedAt = this.#open === 0 ? this.#heardFromAt : Number.NEGATIVE_INFINITY
    this.#settle()
  }

  /** Somebody talks over the answer: what is being said is no part of its turn. */
  interrupted(): void {
    this.#coveredSentence = undefined
    this.#unpromptedAt = Number.NEGATIVE_INFINITY
  }

  /** The turn is over; an empty one is a sign too. That of one who was talked over says nothing about the words that did it. */
  turnEnded(wasInterrupted: boolean): void {
    if (!this.#isInTurn && (!wasInterrupted || this.#isMumbling)) this.#settle()
    this.#isInTurn = this.#isMumbling = false
  }

  /** Something that was spoken has been written down; the answer to it may follow. */
  writtenDown(): void {
    this.#isWritten = true
  }

  /** All that became a turn lies behind a handle, and none is given out while a turn is open. */
  saved(): void {
    if (!this.#isSpeaking && !this.#hasJustSpoken()) this.#settle()
  }

  /** Vertex AI: the place behind the last handle includes every message up to number `index` of this connection. */
  consumedUntil(index: number): void {
    for (let i = 0; i < this.#sent; i++) {
      const entry = this.#entries[i]!
      if (entry.sent !== undefined && entry.sent <= index) this.#close(entry)
    }
    this.#trim()
  }

  /** The connection is gone: what is open is to be sent again, from a little before it, and nothing else that was sent. */
  rewind(): void {
    const again = this.#entries.slice(0, this.#sent)
    let from = again.findIndex(({ letter, state }) => state === 'open' && isSpoken(letter.kind))
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
    this.#entries = [...kept, ...this.#entries.slice(this.#sent)]
    for (const entry of kept) {
      entry.sent = undefined
      // The call may be closed over there, and its answer lost.
      if (entry.letter.kind === 'result') entry.letter = { ...entry.letter, inWords: true }
    }
    this.#sent = 0
    this.#isInTurn = this.#isMumbling = this.#isWritten = false
    this.#wholeAt = this.#coveredSentence = undefined
    this.#unpromptedAt = Number.NEGATIVE_INFINITY
    this.#count()
  }

  #hear(pcm: Int16Array, at: Ms): void {
    const lasts = msOf(pcm.length, HEARING_RATE)
    const change = this.#speaker.step(levelOf(pcm), lasts)
    this.#silentMs = this.#speaker.isLoud ? 0 : this.#silentMs + lasts
    if (!this.#isMarked && change === 'began') this.#begin(false, at)
    if (!this.#isMarked && change === 'ended') {
      this.#isSpeaking = false
      if (this.#coveredSentence === this.#sentences) this.#closeSentence(this.#sentences)
      if (this.#sent === this.#entries.length) this.#wholeAt ??= at
    }
    this.#add({ kind: 'audio', pcm: pcm.slice() }, this.#isSpeaking ? 'open' : 'quiet')
    while (this.#audioMs > MOST_MS) this.#dropOldest()
    this.#giveUp(at)
    this.#trim()
  }

  #begin(isMarked: boolean, at: Ms): void {
    this.#isMarked = isMarked
    this.#isSpeaking = true
    this.#sentences++
    // It was sent as it came; the answer that began in this very moment can only be about it, unless it is talked over now.
    if (at - this.#unpromptedAt <= ONSET_MS) this.#coveredSentence = this.#sentences
  }

  #add(letter: Letter, state: Entry['state']): void {
    const sentence = state === 'open' && isSpoken(letter.kind) ? this.#sentences : 0
    this.#entries.push({ letter, sent: undefined, sentAt: 0, sentence, state })
    this.#audioMs += lengthOf(letter)
    if (state === 'open') this.#open++
  }

  #mark(entry: Entry, index: number, at: Ms): void {
    entry.sent = index
    entry.sentAt = at
    this.#sent++
    if (entry.state !== 'open') return
    this.#spokeAt = at
    // Nobody answers what is only to be known.
    if (!this.#isSpeaking && isAsking(entry.letter)) this.#wholeAt ??= at
  }

  /**
   * A turn has come of what was sent. Where both spoken and typed words wait, it is about one of them: about the spoken ones if they
   * have been written down, else about the typed ones, and about spoken ones only if those are not quite new.
   */
  #settle(): void {
    const sent = this.#entries.slice(0, this.#sent).filter(({ state }) => state === 'open')
    const typed = sent.filter(({ letter }) => !isSpoken(letter.kind))
    const spoken = sent.filter(({ letter }) => isSpoken(letter.kind))
    const areBoth = typed.length > 0 && spoken.length > 0
    for (const entry of this.#turnOf(spoken, areBoth && !this.#isWritten)) this.#close(entry)
    if (!areBoth || !this.#isWritten) for (const entry of this.#askedBy(typed)) this.#close(entry)
    this.#isWritten = false
    this.#trim()
  }

  /**
   * Of what was spoken and sent, that which the server can have made a turn of: the oldest sentence that is whole, and each later one
   * that has had the time. After an outage several arrive at once, and the answer to the first is none to the second.
   */
  #turnOf(spoken: readonly Entry[], isOfAge: boolean): Entry[] {
    const unsent = this.#entries.slice(this.#sent).find(({ sentence }) => sentence > 0)?.sentence
    const current = this.#isSpeaking ? this.#sentences : undefined
    const whole = spoken.filter(({ sentence }) => sentence !== unsent && sentence !== current)
    const oldest = isOfAge ? undefined : whole[0]?.sentence
    const leftAt = new Map(whole.map(({ sentence, sentAt }) => [sentence, sentAt]))
    return whole.filter(
      ({ sentence }) => sentence === oldest || this.#heardFromAt - leftAt.get(sentence)! > WHOLE_MS,
    )
  }

  /** The same of typed words and answers of tools, which are taken one after the other; and all that only adds to what is known. */
  #askedBy(typed: readonly Entry[]): Entry[] {
    const oldest = typed.find(({ letter }) => isAsking(letter))
    return typed.filter(
      entry => entry === oldest || !isAsking(entry.letter) || this.#heardFromAt - entry.sentAt > WHOLE_MS,
    )
  }

  #closeSentence(number: number): void {
    for (const entry of this.#entries.slice(0, this.#sent)) if (entry.sentence === number) this.#close(entry)
  }

  #close(entry: Entry): void {
    if (entry.state !== 'open') return
    entry.state = 'settled'
    this.#open--
    this.#took(entry.letter)
  }

  /** A handle that was on its way while these words were on theirs does not know them. */
  #hasJustSpoken(): boolean {
    return this.#heardFromAt - this.#spokeAt < SETTLED_MS
  }

  /** The server has had the time to answer, and did not. */
  #giveUp(at: Ms): void {
    if (this.#open === 0 || this.#isSpeaking || this.#sent < this.#entries.length - 1) return
    const since = at - this.#spokeAt
    const isAlive = this.#heardFromAt > this.#spokeAt
    if (since > GIVEN_UP_MS || (isAlive && since > SETTLED_MS)) this.#settle()
  }

  /** Lets go of what was sent and is over, but for a little sound before what is to come. */
  #trim(): void {
    let over = 0
    let lead = 0
    while (over < this.#sent && this.#entries[over]!.state !== 'open')
      lead += lengthOf(this.#entries[over++]!.letter)
    let gone = 0
    while (gone < over && lead > PREROLL_MS) {
      const { letter } = this.#entries[gone++]!
      lead -= lengthOf(letter)
      this.#audioMs -= lengthOf(letter)
      if (letter.kind !== 'audio') this.#words--
    }
    if (gone === 0) return
    this.#entries.splice(0, gone)
    this.#sent -= gone
  }

  #dropOldest(): void {
    const oldest = this.#entries.findIndex(({ letter }) => letter.kind === 'audio')
    const [entry] = this.#entries.splice(oldest, 1)
    // What was sent and cannot be kept any longer is lost only should the connection break now.
    if (oldest < this.#sent) this.#sent--
    else this.#droppedMs += lengthOf(entry!.letter)
    this.#audioMs -= lengthOf(entry!.letter)
    if (entry!.state === 'open') this.#open--
  }

  #count(): void {
    this.#audioMs = this.#words = this.#open = 0
    for (const { letter, state } of this.#entries) {
      this.#audioMs += lengthOf(letter)
      if (letter.kind !== 'audio') this.#words++
      if (state === 'open') this.#open++
    }
  }
}

/** Whether it is to be answered, not only known. */
const isAsking = (letter: Letter) =>
  letter.kind !== 'context' && !(letter.kind === 'result' && letter.how.scheduling === 'SILENT')
const isMark = (kind: Letter['kind']) => kind === 'activityStart' || kind === 'activityEnd'
const isSpoken = (kind: Letter['kind']) => kind === 'audio' || isMark(kind)

function lengthOf(letter: Letter): Ms {
  return letter.kind === 'audio' ? msOf(letter.pcm.length, HEARING_RATE) : 0
}

function joined(pieces: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
