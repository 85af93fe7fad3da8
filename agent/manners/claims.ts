import type { Ms } from '../units.ts'
import type { Address } from './address.ts'

/** Naming the agent counts for an answer that begins within this time, ms; a model that thinks long begins by then. */
const NAMED_MS: Ms = 15_000
/** Asking counts for this long: people ask first and then find their words. */
const ASKED_MS: Ms = 60_000
/** So many characters back a name may have begun. */
const TAIL = 400

/** Whom somebody calls upon: the agent, somebody else, nobody by name; `unclear` while there are too few words to tell. */
export type Called = 'us' | 'another' | 'nobody' | 'unclear'

/** Who has asked the agent for an answer, by its name or otherwise, and whom it owes one. */
export class Claims {
  readonly #us: Address
  readonly #callsAnother: (identity: string, text: string) => boolean
  /** Until when each counts. */
  readonly #until = new Map<string, Ms>()
  /** The words of each since the last answer: a name may come in two pieces. */
  readonly #words = new Map<string, string>()
  #served: readonly string[] = []
  #promised: readonly string[] | undefined
  #refusedUntil: Ms = Number.NEGATIVE_INFINITY

  /**
   * @param us how the agent is called
   * @param callsAnother whether the words of `identity` begin by calling upon somebody else in the room
   */
  constructor(us: Address, callsAnother: (identity: string, text: string) => boolean) {
    this.#us = us
    this.#callsAnother = callsAnother
  }

  /** The next piece of somebody's words, at `now` (ms). Returns whom they call upon, as far as is known. */
  heard(identity: string, piece: string, now: Ms): Called {
    const words = ((this.#words.get(identity) ?? '') + piece).slice(-TAIL)
    this.#words.set(identity, words)
    if (this.#us.isIn(words)) {
      this.#words.delete(identity)
      this.#claim(identity, now + NAMED_MS)
      return 'us'
    }
    return this.called(identity)
  }

  /** Whom somebody has called upon with the words that are known so far. */
  called(identity: string): Called {
    const words = this.#words.get(identity) ?? ''
    if (this.#callsAnother(identity, words)) return 'another'
    // The name of another would be at the beginning.
    return /\S\s+\S+\s/.test(words) || words.length > 20 ? 'nobody' : 'unclear'
  }

  asked(identity: string, now: Ms): void {
    this.#claim(identity, now + ASKED_MS)
  }

  /** Who the answer that begins at `now` is for; undefined when nobody has asked for one. */
  claimants(now: Ms): readonly string[] | undefined {
    const people = [...this.#until].filter(([, until]) => until >= now).map(([identity]) => identity)
    return people.length > 0 ? people : this.#promised
  }

  /** These are being answered: all that was asked for until now is used up. */
  serve(people: readonly string[]): void {
    this.#until.clear()
    this.#promised = undefined
    this.#served = people
  }

  /** What this person asked for is no longer owed. */
  drop(identity: string): void {
    this.#until.delete(identity)
  }

  /** More is to come for those who are being answered: in this turn, or in the next. */
  promise(): void {
    this.#promised = this.#served
  }

  /** It came, in this turn. */
  kept(): void {
    this.#promised = undefined
  }

  /** The next answer is not wanted by whoever prompted it. */
  refuse(now: Ms): void {
    this.#refusedUntil = now + NAMED_MS
  }

  takeRefusal(now: Ms): boolean {
    const isRefused = this.#refusedUntil >= now
    this.#refusedUntil = Number.NEGATIVE_INFINITY
    return isRefused
  }

  /** The words so far have had their answer. */
  forget(): void {
    this.#words.clear()
  }

  #claim(identity: string, until: Ms): void {
    this.#until.set(identity, Math.max(until, this.#until.get(identity) ?? 0))
  }
}
