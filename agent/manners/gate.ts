import type { Alarm, Clock } from '../clock.ts'
import type { Ms } from '../units.ts'
import type { Claims } from './claims.ts'
import { Exchanges } from './exchanges.ts'
import { HeldAnswer, type Piece } from './held.ts'
import type { Manners } from './manners.ts'

/** What a turn's words may still bring to light after its end: the model sends them in no certain order, ms. */
const LATE_MS: Ms = 800
/** Whoever goes on with an exchange is answered without having been understood, after this time, ms. */
const WORDS_MS: Ms = 600
/** How long people see that an answer was not given, ms. */
const SHOWN_MS: Ms = 5_000

/** How things stand when an answer begins. */
export type Situation = {
  manners: Manners
  /** There is one person in the room, who can mean nobody else. */
  isAlone: boolean
  isDeafened: boolean
  /** Who talked or typed most since the last answer; empty: nobody did. */
  asker: string
}

export type Outcome = {
  became: 'said' | 'dropped'
  /** Nothing more of it comes. */
  isComplete: boolean
  /** Speech that did not fit while it was held, ms. */
  lostMs: Ms
}

export type GateEvents = {
  /** A piece of an answer is to be heard and read now. */
  pass(piece: Piece): void
  /** Whether the people see that there is an answer which is not said. */
  choose(choice: '' | 'holding-back'): void
  /** An answer that was held is said after all, or is not. */
  settled(outcome: Outcome): void
}

/** Where the model's turn stands. */
type Turn =
  /** It says nothing. */
  | { at: 'rest' }
  /** It speaks and nobody has asked it to, as far as is known: it is kept. */
  | { at: 'held'; answer: HeldAnswer; isComplete: boolean }
  | { at: 'aloud' }
  /** What is left of it is not wanted. */
  | { at: 'cut' }

/** Decides for each of the model's turns whether it is said aloud: at once, as soon as it is known to be wanted, or never. */
export class SpeakGate {
  readonly #clock: Clock
  readonly #situation: () => Situation
  readonly #events: GateEvents
  readonly #claims: Claims
  readonly #exchanges = new Exchanges()
  #turn: Turn = { at: 'rest' }
  /** What became of the last turn: one that nobody prompted goes on where it left off. */
  #last: 'aloud' | 'held back' = 'aloud'
  /** Who has talked or typed since this answer began: their words are for the next one. */
  readonly #since = new Set<string>()
  #alarm: Alarm | undefined

  /** @param claims who has asked for an answer */
  constructor(clock: Clock, situation: () => Situation, claims: Claims, events: GateEvents) {
    this.#clock = clock
    this.#situation = situation
    this.#claims = claims
    this.#events = events
  }

  /** The model is in the middle of a turn, as far as is known. */
  get isBusy(): boolean {
    return this.#turn.at !== 'rest'
  }

  /** Somebody begins to talk, or has typed. */
  talked(identity: string): void {
    this.#since.add(identity)
  }

  /** Somebody said or typed this; it may come after the answer to it has begun. */
  heard(identity: string, text: string): void {
    const now = this.#clock.now()
    const called = this.#claims.heard(identity, text, now)
    if (called === 'another') this.#exchanges.over(identity)
    const goesOn = called === 'nobody' && this.#exchanges.has(identity, now)
    if (called === 'us' || goesOn) this.#release([identity])
    // Late words of the question that is being answered ask for no second answer.
    if (called === 'us' && this.#turn.at === 'aloud' && !this.#since.has(identity))
      this.#claims.drop(identity)
  }

  /** Somebody wants to hear the answer that is being held, or else the next one. */
  asked(identity: string): void {
    if (!this.#release([identity])) this.#claims.asked(identity, this.#clock.now())
  }

  /** The model calls a tool: what it says when it has the result belongs to the answer it is giving. */
  called(): void {
    if (this.#turn.at === 'aloud') this.#claims.promise()
  }

  /** A piece of the model's answer. */
  answer(piece: Piece): void {
    if (this.#turn.at === 'rest' || (this.#turn.at === 'held' && this.#turn.isComplete)) this.#begin()
    else if (this.#turn.at === 'aloud') this.#claims.kept()
    if (this.#turn.at === 'aloud') this.#events.pass(piece)
    else if (this.#turn.at === 'held') this.#turn.answer.add(piece)
  }

  /** The model's turn is over: it is complete, or somebody talked over it. */
  ended(how: 'complete' | 'interrupted'): void {
    const turn = this.#turn
    if (turn.at === 'held') {
      if (how === 'interrupted') return this.#drop()
      if (turn.isComplete) return
      turn.isComplete = true
      this.#wait(LATE_MS, () => this.#drop())
      return
    }
    if (turn.at === 'aloud') this.#last = 'aloud'
    if (turn.at !== 'rest') this.#claims.forget()
    this.#turn = { at: 'rest' }
  }

  /** The agent's voice has been heard to its end. */
  fellSilent(): void {
    this.#exchanges.answered(this.#clock.now())
  }

  /** Nothing more of this turn is wanted, if there is one. */
  cut(): void {
    if (this.#turn.at === 'held') this.#drop()
    if (this.#turn.at !== 'rest') this.#turn = { at: 'cut' }
  }

  /** The session is gone, and with it the turn. */
  reset(): void {
    this.cut()
    this.#turn = { at: 'rest' }
  }

  close(): void {
    this.#alarm?.cancel()
  }

  #begin(): void {
    if (this.#turn.at === 'held') this.#drop()
    this.#since.clear()
    const wanted = this.#wanted()
    if (wanted === 'no') {
      this.#turn = { at: 'cut' }
    } else if (wanted === 'unknown') {
      this.#turn = { at: 'held', answer: new HeldAnswer(), isComplete: false }
      this.#choose('holding-back')
      this.#wait(WORDS_MS, () => this.#goOn())
    } else {
      this.#speak(wanted)
    }
  }

  /** By whom an answer that begins now is wanted, `no`, or `unknown` while their words may still come. */
  #wanted(): readonly string[] | 'no' | 'unknown' {
    const now = this.#clock.now()
    const { manners, isAlone, isDeafened, asker } = this.#situation()
    if (isDeafened || this.#claims.takeRefusal(now)) return 'no'
    if (manners !== 'addressed' || isAlone) return asker === '' ? [] : [asker]
    const claimed = this.#claims.claimants(now)
    if (claimed !== undefined) return claimed
    if (asker === '') return this.#last === 'aloud' ? [] : 'unknown'
    return this.#exchanges.has(asker, now) && this.#claims.called(asker) === 'nobody' ? [asker] : 'unknown'
  }

  /** The words of whoever is in an exchange have not come: they are taken to go on with it. */
  #goOn(): void {
    const { asker } = this.#situation()
    if (this.#exchanges.has(asker, this.#clock.now())) this.#release([asker])
  }

  #speak(people: readonly string[]): void {
    this.#turn = { at: 'aloud' }
    this.#claims.serve(people)
    this.#exchanges.answering(people)
    this.#choose('')
  }

  /** Says what is held, if anything is. */
  #release(people: readonly string[]): boolean {
    const turn = this.#turn
    if (turn.at !== 'held') return false
    this.#speak(people)
    for (const piece of turn.answer.take()) this.#events.pass(piece)
    const { isComplete } = turn
    if (isComplete) this.ended('complete')
    this.#events.settled({ became: 'said', isComplete, lostMs: turn.answer.droppedMs })
    return true
  }

  #drop(): void {
    const turn = this.#turn
    if (turn.at !== 'held') return
    this.#turn = { at: 'rest' }
    this.#last = 'held back'
    this.#claims.forget()
    this.#events.settled({ became: 'dropped', isComplete: true, lostMs: turn.answer.droppedMs })
    this.#wait(SHOWN_MS, () => this.#choose(''))
  }

  #choose(choice: '' | 'holding-back'): void {
    this.#alarm?.cancel()
    this.#events.choose(choice)
  }

  #wait(delay: Ms, then: () => void): void {
    this.#alarm?.cancel()
    this.#alarm = this.#clock.after(delay, then)
  }
}
