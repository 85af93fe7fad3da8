import type { Ms } from '../../units.ts'

/** A word is known to be one this long after its first sound, at most: a server may have answered it by then. */
const ONSET_MS: Ms = 100

/** The turn of the model's that is under way, as far as it tells what the server has understood. */
export class Reply {
  /** `faint`: it answers, and nobody can hear it yet. */
  #at: 'none' | 'faint' | 'heard' = 'none'
  /** A sentence whose answer began while it still went on. */
  #covers: number | undefined
  /** When an answer began although nothing was known to be said. */
  #unpromptedAt: Ms = Number.NEGATIVE_INFINITY
  /** Something spoken has been written down since the last turn. */
  #isWritten = false
  /** It was talked over: its end may be missing. */
  #isTalkedOver = false
  /** One has ended of which nothing was seen, as somebody talked over it: the next is about its question too. */
  #isTakenUp = false

  /** A turn is under way: what else was asked waits for its end. */
  get isUnderWay(): boolean {
    return this.#at !== 'none' && !this.#isTalkedOver
  }

  get isTakenUp(): boolean {
    return this.#isTakenUp
  }

  /** The sentence that is being answered although it goes on. */
  get covers(): number | undefined {
    return this.#covers
  }

  get isWritten(): boolean {
    return this.#isWritten
  }

  /** A turn is under way, and nothing of it has come yet. */
  stirs(): void {
    if (this.#at === 'none') this.#at = 'faint'
  }

  /** The model answers. Whether that is the first sign of a turn. */
  begins(isAudible: boolean): boolean {
    if (this.#at === 'heard') return false
    this.#at = isAudible ? 'heard' : 'faint'
    return isAudible
  }

  /** What the turn that has just begun may be about: a sentence that still goes on, or one that is about to be noticed. */
  about(covers: number | undefined, unpromptedAt: Ms | undefined): void {
    this.#covers = covers
    this.#unpromptedAt = unpromptedAt ?? Number.NEGATIVE_INFINITY
  }

  /** A sentence has begun. The answer that began in this very moment can only be about it, unless it is talked over now. */
  sentenceBegan(sentence: number, at: Ms): void {
    if (at - this.#unpromptedAt <= ONSET_MS) this.#covers = sentence
  }

  /** Somebody talks over the answer: what is being said is no part of its turn. */
  interrupted(): void {
    this.#isTalkedOver = true
    this.about(undefined, undefined)
  }

  writtenDown(): void {
    this.#isWritten = true
  }

  /** What was written down has been made use of. */
  settled(): void {
    this.#isWritten = this.#isTakenUp = false
  }

  /** The turn is over. Whether that is its first sign. */
  ends(wasInterrupted: boolean): boolean {
    const isNews = this.#at === 'faint' || (this.#at === 'none' && !wasInterrupted)
    this.#isTakenUp ||= this.#at === 'none' && wasInterrupted
    this.#at = 'none'
    this.#isTalkedOver = false
    return isNews
  }

  /** The connection is another one. */
  reset(): void {
    this.#at = 'none'
    this.#isWritten = this.#isTakenUp = this.#isTalkedOver = false
    this.about(undefined, undefined)
  }
}
