import type { Room } from '@livekit/rtc-node'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Book } from '../record/keeper.ts'
import type { Stats } from '../stats.ts'
import { ChatLimit } from '../text/chat.ts'
import { Digits } from '../text/digits.ts'
import { Roster } from '../text/roster.ts'
import { answerCalls, type Controls } from './controls.ts'
import type { Face } from './face.ts'
import { Guests } from './guests.ts'
import { Newcomers } from './newcomers.ts'
import { hearKeys, type Person } from './people.ts'
import { readChat } from './text.ts'

export type CompanyOptions = {
  clock: Clock
  log: Log
  stats: Stats
  book: Book
  /** Typed lines are for the model, as far as their author does not flood it. */
  typed(person: Person, line: string): void
  left(person: Person): void
  /** Whether the model may be told something that is not to be answered. */
  isQuiet(): boolean
  /** Left out: it is told nothing. */
  tell: ((line: string) => void) | undefined
}

/** The people in the room: who they are, what they type, whom they want to see, and what the model is told of them. */
export class Company {
  readonly #room: Room
  readonly #options: CompanyOptions
  readonly #guests: Guests
  readonly #newcomers: Newcomers
  /** What the model is told of who is here, unless it is told nothing. */
  readonly #roster: Roster | undefined
  readonly #lines = new ChatLimit()
  /** What people press on telephones is typed too. */
  readonly #digits: Digits
  #pinned: string | undefined

  constructor(room: Room, options: CompanyOptions) {
    this.#room = room
    this.#options = options
    this.#guests = new Guests(room)
    this.#newcomers = new Newcomers(room, options.clock)
    this.#digits = new Digits(options.clock, (person, keys) => this.read(person, keys))
    const { clock, tell } = options
    this.#roster =
      tell &&
      new Roster(clock, {
        isQuiet: () => options.isQuiet(),
        names: () => this.list().map(({ name }) => name),
        tell,
      })
  }

  /** Whose pictures come first; undefined: nobody's. */
  get pinned(): string | undefined {
    return this.#pinned
  }

  list(): Person[] {
    return this.#guests.list()
  }

  /** What somebody is, or was, called. */
  nameOf(identity: string): string {
    return this.#guests.nameOf(identity)
  }

  /** The same with names for identities. */
  called<T extends { identity: string }>(people: readonly T[]): (T & { name: string })[] {
    return people.map(one => ({ ...one, name: this.nameOf(one.identity) }))
  }

  /** Somebody talks. */
  spoke(identity: string): void {
    this.#roster?.spoke(this.nameOf(identity))
  }

  /** The model knows nothing of who is here. */
  introduce(): void {
    this.#roster?.renew()
  }

  /** From now on they are met, read and obeyed. */
  receive(face: Face, controls: Omit<Controls, 'pin'>): void {
    const { book, clock, log } = this.#options
    const pin = (identity: string | null) => {
      this.#pinned = identity ?? undefined
      face.sign.show({ pinned: identity ?? '' })
      return { identity }
    }
    this.#guests.watch({
      came: person => {
        book.add({ kind: 'joined', ...person })
        if (book.isKept) face.text.say('This conversation is recorded.', person.identity)
        this.#roster?.changed()
      },
      gone: person => {
        book.add({ kind: 'left', ...person })
        if (person.identity === this.#pinned) pin(null)
        this.#digits.left(person.identity)
        this.#options.left(person)
        this.#roster?.changed()
      },
      renamed: ({ name }, before) => this.#roster?.renamed(before, name),
    })
    hearKeys(this.#room, (person, key) => this.#digits.press(person, key))
    const { localParticipant } = this.#room
    readChat(this.#room, this.#newcomers, log, (person, line) => this.read(person, line))
    answerCalls({ localParticipant, newcomers: this.#newcomers }, clock, log, {
      ...controls,
      pin: (_person, identity) => pin(identity),
    })
  }

  /** A line that somebody typed, from wherever it came. */
  read({ identity }: Person, line: string): void {
    const { clock, stats, book, typed } = this.#options
    if (!this.#lines.accepts(identity, clock.now())) return stats.add('chat_lines_refused')
    const person = { identity, name: this.nameOf(identity) }
    book.add({ kind: 'typed', ...person, text: line })
    typed(person, line)
  }

  close(): void {
    this.#newcomers.close()
    this.#digits.close()
    this.#roster?.close()
  }
}
