import type { Slice, Voice } from '../audio/timeline.ts'
import type { Alarm, Clock } from '../clock.ts'
import type { Ms } from '../units.ts'
import { attribute, endOf, type Run, wordsOf } from './attribution.ts'
import type { Word } from './division.ts'
import { Telling } from './telling.ts'

/** After this long without another piece, what was said is taken as whole, ms. */
const SETTLED_MS: Ms = 1_500
/** A text is cut here and the next begins: nobody reads a longer one, and each update carries all of it. */
const MOST_CHARACTERS = 2_000
/** So many stretches of sound that was not sent are remembered. */
const MOST_SKIPPED = 50
/** Words are never about speech that is older than this, ms. */
const OLDEST_MS: Ms = 60_000
/** The end of a word is sounding yet when the word arrives; so much of it is no word of its own, ms. */
const LAST_SOUND_MS: Ms = 500

/** What a person was heard to say, whole each time. */
export type HeardCaption = {
  identity: string
  /** The track it was heard on; empty when unknown. */
  trackId: string
  segment: string
  text: string
  /** Nothing will change any more. Until then words may still move to whoever said them; an empty text takes a caption back. */
  isFinal: boolean
  /** When it was said, in media time as the timeline has it; all 0 when unknown. */
  fromMs: Ms
  toMs: Ms
}

/** Where captions are shown. */
export type CaptionSink = {
  heard(caption: HeardCaption): void
  /** Opens a caption of the agent's own words, written in pieces until it is closed. */
  speak(segment: string): SaidCaption
}

export type SaidCaption = {
  write(text: string): void
  close(): void
  /** Somebody talked over it, and no more than `text` of it was heard. Closes it; may come after its close. */
  cut(text: string): void
}

/** What is known of who spoke when. */
export type Spoken = {
  /** How far the room's sound has come, ms. */
  readonly nowMs: Ms
  slices(fromMs: Ms, toMs: Ms): Slice[]
  /** Whom words are put down to when nobody was heard. */
  somebody(): string
}

/** Words of one person on their way to the screen. */
type Segment = Omit<HeardCaption, 'isFinal'>

/**
 * Makes captions out of the pieces of text that the model sends for what it hears and what it says. What it heard is given to the
 * people who said it (see `attribute`), anew with every piece until the text is whole: captions grow while people talk, and the last
 * word on whose they are is spoken when all of it is known.
 */
export class Captions {
  readonly #sink: CaptionSink
  readonly #clock: Clock
  readonly #spoken: Spoken
  readonly #newId: () => string
  #words: Word[] = []
  #segments: Segment[] = []
  #settling: Alarm | undefined
  /** Sound that the model never got. */
  readonly #skipped: { fromMs: Ms; toMs: Ms }[] = []
  /** Speech before this has been written down. */
  #doneMs: Ms = 0
  /** The agent's answers that may not have been heard to their end yet, the one being written last. */
  #tellings: { telling: Telling; caption: SaidCaption | undefined; isOpen: boolean }[] = []

  constructor(sink: CaptionSink, clock: Clock, spoken: Spoken, newId: () => string) {
    this.#sink = sink
    this.#clock = clock
    this.#spoken = spoken
    this.#newId = newId
  }

  /**
   * A piece of what people said: a word with the blank before it, or all of a turn.
   * @param spans where its words were said in media time, if the model tells
   * @returns who said its last word, as far as is known; of several the first
   */
  heard(piece: string, spans: readonly Required<Word>['span'][] = []): string {
    const arrivedMs = this.#spoken.nowMs
    const texts = wordsOf(this.#words.length === 0 ? piece.trimStart() : piece)
    for (const [i, text] of texts.entries()) {
      const last = this.#words.at(-1)
      const span = spans.length === texts.length ? spans[i] : undefined
      // A piece may end in the middle of a word.
      if (i === 0 && last !== undefined && /^\S/.test(text) && !/\s$/.test(last.text))
        this.#words[this.#words.length - 1] = { ...last, text: last.text + text }
      else this.#words.push({ text, arrivedMs, ...(span && { span }) })
    }
    const runs = this.#runs()
    const speaker = runs.at(-1)?.who[0]?.identity ?? this.#spoken.somebody()
    if (this.#words.length === 0) return speaker
    this.#show(runs, false)
    this.#settling?.cancel()
    if (this.#words.reduce((sum, { text }) => sum + text.length, 0) > MOST_CHARACTERS) this.#settle()
    else this.#settling = this.#clock.after(SETTLED_MS, () => this.#settle())
    return speaker
  }

  /** The last `duration` of sound was not sent to the model: no words are about it. */
  skip(duration: Ms): void {
    const { nowMs } = this.#spoken
    const last = this.#skipped.at(-1)
    if (last !== undefined && last.toMs >= nowMs - duration) last.toMs = nowMs
    else this.#skipped.push({ fromMs: nowMs - duration, toMs: nowMs })
    if (this.#skipped.length > MOST_SKIPPED) this.#skipped.shift()
  }

  /** A piece of what the agent says. */
  said(piece: string): void {
    const said = this.#told()
    said.telling.words(piece)
    said.caption ??= this.#sink.speak(this.#newId())
    said.caption.write(piece)
  }

  /** So much of the agent's voice is on its way to people's ears. */
  voiced(duration: Ms): void {
    this.#told().telling.sound(duration)
  }

  /** The agent's turn is over: everything open becomes final. */
  endTurn(): void {
    this.#settle()
    const said = this.#tellings.at(-1)
    if (!said?.isOpen) return
    said.isOpen = false
    said.caption?.close()
  }

  /** The agent was silenced, and the last `unheardMs` of its voice were never heard: nor are the words of them shown any longer. */
  cut(unheardMs: Ms): void {
    this.#settle()
    let left = unheardMs
    for (const { telling, caption, isOpen } of this.#tellings.splice(0).reverse()) {
      const lost = Math.min(left, telling.soundMs)
      left -= lost
      if (lost > 0) caption?.cut(telling.until(telling.soundMs - lost).trimEnd())
      else if (isOpen) caption?.close()
    }
  }

  /** All that the agent has said has been heard. */
  fellSilent(): void {
    this.#tellings = this.#tellings.filter(({ isOpen }) => isOpen)
  }

  #told() {
    const last = this.#tellings.at(-1)
    if (last?.isOpen) return last
    const said = { telling: new Telling(), caption: undefined as SaidCaption | undefined, isOpen: true }
    this.#tellings.push(said)
    return said
  }

  #slices(): Slice[] {
    const { nowMs } = this.#spoken
    const all = this.#spoken.slices(Math.max(this.#doneMs, nowMs - OLDEST_MS), nowMs)
    return this.#skipped.reduce(without, all)
  }

  #runs(): Run[] {
    const runs = attribute(this.#words, this.#slices())
    if (runs.length > 0) return runs
    const who = [{ identity: this.#spoken.somebody(), trackId: '' }]
    return [{ who, text: this.#words.map(({ text }) => text).join(''), fromMs: 0, toMs: 0 }]
  }

  /** Sends what differs from what was sent last; with `isFinal` all of it. */
  #show(runs: readonly Run[], isFinal: boolean): void {
    const before = [...this.#segments]
    const after: Segment[] = []
    for (const { identity, trackId, text, fromMs, toMs } of byPerson(runs)) {
      // The first caption of a person stays theirs, and so on: a word that moves changes texts, not whose they are.
      const at = before.findIndex(one => one.identity === identity)
      const [known] = at === -1 ? [] : before.splice(at, 1)
      const segment = known?.segment ?? this.#newId()
      const shown = { identity, trackId, segment, text: text.trim(), fromMs, toMs }
      after.push(shown)
      if (isFinal || known?.text !== shown.text) this.#sink.heard({ ...shown, isFinal })
    }
    for (const gone of before) this.#sink.heard({ ...gone, text: '', isFinal: true })
    this.#segments = after
  }

  #settle(): void {
    this.#settling?.cancel()
    this.#settling = undefined
    if (this.#words.length === 0) return
    this.#show(this.#runs(), true)
    const slices = this.#slices()
    const end = endOf(this.#words, slices) ?? 0
    const last = slices.find(({ fromMs, toMs }) => fromMs <= end && toMs > end && toMs - end <= LAST_SOUND_MS)
    this.#doneMs = Math.max(this.#doneMs, last?.toMs ?? end)
    this.#words = []
    this.#segments = []
  }
}

/** What is left of `slices` when a stretch of time is taken out. */
function without(slices: Slice[], { fromMs, toMs }: { fromMs: Ms; toMs: Ms }): Slice[] {
  return slices.flatMap(slice => {
    if (slice.toMs <= fromMs || slice.fromMs >= toMs) return [slice]
    const before = slice.fromMs < fromMs ? [{ ...slice, toMs: fromMs }] : []
    return slice.toMs > toMs ? [...before, { ...slice, fromMs: toMs }] : before
  })
}

type Part = Voice & { text: string; fromMs: Ms; toMs: Ms }

/** What each person said, in one piece where they went on talking while others came in or fell silent. */
function byPerson(runs: readonly Run[]): Part[] {
  const parts: Part[] = []
  let open = new Map<string, Part>()
  for (const { who, text, fromMs, toMs } of runs) {
    const going = new Map<string, Part>()
    for (const voice of who) {
      const part = open.get(voice.identity)
      if (part !== undefined) {
        part.text += text
        part.toMs = toMs
        going.set(voice.identity, part)
      } else {
        const begun = { ...voice, text, fromMs, toMs }
        parts.push(begun)
        going.set(voice.identity, begun)
      }
    }
    open = going
  }
  return parts
}
