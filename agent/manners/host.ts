import type { Clock } from '../clock.ts'
import { RequestError } from '../errors.ts'
import type { Stats } from '../stats.ts'
import { Address } from './address.ts'
import { Claims } from './claims.ts'
import { Fade, type FadeEvents } from './fade.ts'
import { type FloorChange, TalkFloor } from './floor.ts'
import { type GateEvents, SpeakGate } from './gate.ts'
import type { Manners } from './manners.ts'
import type { Guest, Shown, Table } from './table.ts'

export type HostEvents = Pick<GateEvents, 'pass'> &
  FadeEvents & {
    show(change: Partial<Shown>): void
    /** The agent's voice is to stop at once. */
    hush(): void
    /** An answer that was held is complete, said or not. */
    settled(): void
    /** With marks: a person's turn begins, or the turn is complete. */
    turn(change: 'begins' | 'ends', identity: string): void
    /** Whether the session is to find people's turns by itself, or takes marks; it is told whenever that changes. */
    reopen(turns: 'by itself' | 'by marks'): void
  }

/** Keeps the manners of the table: whose words reach the model, and which of its answers are heard. Anybody may ask anything of it. */
export class Host {
  readonly gate: SpeakGate
  readonly #table: Table
  readonly #events: HostEvents
  readonly #clock: Clock
  readonly #claims: Claims
  readonly #floor = new TalkFloor()
  readonly #fade: Fade
  #manners: Manners
  #deafenedBy = ''
  /** They were taken to press because they talked: there is nobody else they could mean. */
  #unpressed: string | undefined

  constructor(first: Manners, clock: Clock, stats: Stats, table: Table, events: HostEvents) {
    this.#manners = first
    this.#clock = clock
    this.#table = table
    this.#events = events
    this.#fade = new Fade(clock, events)
    this.#claims = new Claims(new Address(table.names), (identity, text) =>
      this.#callsAnother(identity, text),
    )
    const situation = () => ({
      manners: this.#manners,
      isAlone: this.#isAlone,
      isDeafened: this.isDeafened,
      asker: table.asker(),
    })
    this.gate = new SpeakGate(clock, situation, this.#claims, {
      pass: piece => events.pass(piece),
      settled: ({ became, isComplete, lostMs }) => {
        stats.add(became === 'said' ? 'answers_released' : 'answers_held_back')
        stats.add('held_speech_dropped_ms', Math.round(lostMs))
        if (isComplete) events.settled()
      },
      choose: choice => events.show({ choice }),
    })
  }

  /** What people may ask of it, each with what is told to whoever asked. */
  get controls() {
    return {
      ask: (guest: Guest) => this.#ask(guest),
      deafen: (guest: Guest, on: boolean) => this.#deafen(guest, on),
      manners: (_guest: Guest, wanted: Manners) => this.#change(wanted),
      talk: (guest: Guest, on: boolean) => this.#talk(guest, on),
      cancelTalk: (guest: Guest) => this.#cancelTalk(guest),
    }
  }

  get manners(): Manners {
    return this.#manners
  }

  get isDeafened(): boolean {
    return this.#deafenedBy !== ''
  }

  /** Whether anything of what the room sounds like is sent to the model now. */
  get isSending(): boolean {
    return !this.isDeafened && (this.#manners !== 'push-to-talk' || this.#floor.holder !== undefined)
  }

  /**
   * What the model is sent of this moment. Sound that stops in the middle of a word leaves a turn open that is answered who knows when, so
   * silence follows it for a while.
   */
  get sends(): 'sound' | 'silence' | 'nothing' {
    if (this.isSending) return 'sound'
    return this.#fade.isOn ? 'silence' : 'nothing'
  }

  /** Nobody presses to talk, the model says nothing, and it may be told things. */
  get isIdle(): boolean {
    return !this.isDeafened && this.#floor.holder === undefined && !this.gate.isBusy
  }

  /** Whether this person's sound is listened to; that of others is silence. */
  listensTo(identity: string): boolean {
    if (this.isDeafened) return false
    return this.#manners !== 'push-to-talk' || this.#isAlone || this.#floor.holder === identity
  }

  /** Somebody is heard to begin or to end talking. */
  talked(identity: string, change: 'began' | 'ended'): void {
    if (change === 'began') this.gate.talked(identity)
    if (this.#manners !== 'push-to-talk' || this.isDeafened) return
    if (change === 'began' && this.#isAlone && this.#floor.holder === undefined) {
      this.#unpressed = identity
      this.#follow(this.#floor.press(identity))
    } else if (change === 'ended' && this.#unpressed === identity) {
      this.#unpressed = undefined
      this.#follow(this.#floor.release(identity))
    }
  }

  /** Another session with the model is open, and no turn in it. */
  begin(): void {
    // One that takes marks makes nothing of silence.
    if (this.#manners === 'push-to-talk') this.#fade.cancel()
    this.gate.reset()
  }

  /** Nothing more of the answer under way is wanted. */
  hush(): void {
    this.#silence()
  }

  /** Somebody has typed a line for the agent. */
  typed(identity: string, line: string): void {
    this.gate.talked(identity)
    this.gate.heard(identity, line)
  }

  /** Somebody has left the room. */
  left(identity: string): void {
    this.#follow(this.#floor.release(identity))
  }

  close(): void {
    this.#fade.cancel()
    this.gate.close()
  }

  /** Their next answer is said aloud, or the one that is being held. */
  #ask({ identity }: Guest): object {
    this.#mustHear()
    this.gate.asked(identity)
    return {}
  }

  #deafen({ identity }: Guest, on: boolean): object {
    if (on && !this.isDeafened) {
      this.#deafenedBy = identity
      if (this.#floor.holder !== undefined) this.#close(this.#floor.clear()!)
      this.#silence()
      // Where people press, the mark has ended their turn.
      if (this.#manners !== 'push-to-talk') this.#fade.begin()
    } else if (!on) {
      this.#deafenedBy = ''
      if (this.#manners !== 'push-to-talk') this.#fade.cancel()
    }
    this.#events.show({ deafened: this.#deafenedBy, talkers: this.#floor.talkers })
    return { deafened: this.#deafenedBy }
  }

  #change(wanted: Manners): object {
    const before = this.#manners
    if (wanted === before) return { manners: wanted }
    const holder = this.#floor.clear()
    if (holder !== undefined) this.#close(holder)
    this.#manners = wanted
    this.#events.show({ manners: wanted, talkers: [] })
    if (wanted === 'push-to-talk') {
      // For the session there is; the next takes marks.
      if (!this.isDeafened) this.#fade.begin()
      this.#events.reopen('by marks')
    } else if (before === 'push-to-talk') {
      if (!this.isDeafened) this.#fade.cancel()
      this.#events.reopen('by itself')
    }
    return { manners: wanted }
  }

  /** They press, or let go. Where nobody has to press, pressing is taking the word: the agent stops, and answers. */
  #talk({ identity }: Guest, on: boolean): object {
    if (on) this.#mustHear()
    if (this.#manners !== 'push-to-talk') {
      if (on) this.#silence()
      if (on) this.gate.asked(identity)
      return { holds: on, ahead: 0 }
    }
    if (this.#unpressed === identity) this.#unpressed = undefined
    this.#follow(on ? this.#floor.press(identity) : this.#floor.release(identity))
    const place = this.#floor.talkers.indexOf(identity)
    return { holds: place === 0, ahead: Math.max(0, place) }
  }

  #cancelTalk(guest: Guest): object {
    if (this.#floor.holder === guest.identity) this.#claims.refuse(this.#clock.now())
    return this.#talk(guest, false)
  }

  get #isAlone(): boolean {
    return this.#table.guests().length <= 1
  }

  #follow(change: FloorChange): void {
    this.#events.show({ talkers: this.#floor.talkers })
    if (change.to === 'opened') {
      this.#silence()
      this.gate.talked(change.by)
      this.#events.turn('begins', change.by)
    } else if (change.to === 'closed') {
      this.#close(change.by)
    }
  }

  #close(identity: string): void {
    this.#unpressed = undefined
    this.#events.turn('ends', identity)
  }

  /** Nobody has to wait for the model to notice that it is talked over. */
  #silence(): void {
    this.gate.cut()
    this.#events.hush()
  }

  #mustHear(): void {
    if (this.isDeafened)
      throw new RequestError(
        'not now',
        'The agent is deafened: nothing reaches it until somebody lets it hear.',
      )
  }

  #callsAnother(identity: string, text: string): boolean {
    const others = this.#table.guests().filter(guest => guest.identity !== identity)
    return new Address(others.map(({ name }) => name)).opens(text)
  }
}
