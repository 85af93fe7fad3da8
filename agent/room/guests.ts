import { type Participant, type Room, RoomEvent } from '@livekit/rtc-node'
import { isPerson, type Person, peopleIn, personOf } from './people.ts'

/** The names of so many people are remembered after they have left. */
const MOST_REMEMBERED = 500

/** Gives everybody a name of their own: the second Ana is "Ana (2)" for as long as she is called Ana. */
export class Names {
  readonly #given = new Map<string, { name: string; unique: string }>()

  /** The name that `person` goes by; the same as before unless they have changed it. */
  of({ identity, name }: Person): string {
    const known = this.#given.get(identity)
    if (known?.name === name) return known.unique
    const taken = new Set(
      [...this.#given].filter(([one]) => one !== identity).map(([, { unique }]) => unique),
    )
    let unique = name
    for (let i = 2; taken.has(unique); i++) unique = `${name} (${i})`
    this.#given.delete(identity)
    this.#given.set(identity, { name, unique })
    const [oldest] = this.#given.keys()
    if (this.#given.size > MOST_REMEMBERED && oldest !== undefined) this.#given.delete(oldest)
    return unique
  }

  /** The name that somebody goes, or went, by. */
  known(identity: string): string | undefined {
    return this.#given.get(identity)?.unique
  }
}

export type GuestEvents = {
  /** Somebody is here: also told of everybody who was here before. */
  came(person: Person): void
  gone(person: Person): void
  /** Somebody is called otherwise than before. */
  renamed(person: Person, before: string): void
}

/** The people in a room, each under a name of their own. */
export class Guests {
  readonly #room: Room
  readonly #names = new Names()
  readonly #here = new Set<string>()

  constructor(room: Room) {
    this.#room = room
  }

  /** Everybody who is here now. */
  list(): Person[] {
    return peopleIn(this.#room).map(person => ({ ...person, name: this.#names.of(person) }))
  }

  /** What somebody is, or was, called; their identity where that is not known. */
  nameOf(identity: string): string {
    return this.#names.known(identity) ?? identity
  }

  /** Tells of everybody who comes and goes, once each, those who came unannounced during a reconnection included. */
  watch(events: GuestEvents): void {
    const look = () => {
      const now = new Map(this.list().map(person => [person.identity, person]))
      for (const identity of [...this.#here]) {
        if (now.has(identity)) continue
        this.#here.delete(identity)
        events.gone({ identity, name: this.nameOf(identity) })
      }
      for (const person of now.values()) {
        if (this.#here.has(person.identity)) continue
        this.#here.add(person.identity)
        events.came(person)
      }
    }
    this.#room.on(RoomEvent.ParticipantConnected, look)
    this.#room.on(RoomEvent.ParticipantDisconnected, look)
    this.#room.on(RoomEvent.Reconnected, look)
    this.#room.on(RoomEvent.ParticipantNameChanged, (_name: string, participant: Participant) => {
      if (!this.#here.has(participant.identity) || !isPerson(participant)) return
      const before = this.nameOf(participant.identity)
      const person = personOf(participant)
      events.renamed({ ...person, name: this.#names.of(person) }, before)
    })
    look()
  }
}
