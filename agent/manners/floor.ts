/** More people than this do not wait for the floor: the room would have left the subject. */
const MOST_WAITING = 50

/** What pressing and letting go changed. `none`: somebody waits, or stops waiting, or nothing happened. */
export type FloorChange =
  | { to: 'none' }
  /** The floor was free: this person is heard from now on. */
  | { to: 'opened'; by: string }
  /** The holder let go and the next one, who was waiting, is heard instead; what both say is one turn. */
  | { to: 'passed'; by: string }
  /** The last one let go: the turn is complete. */
  | { to: 'closed'; by: string }

/** Who may talk to the agent when people press to talk: one at a time, the others in the order in which they pressed. */
export class TalkFloor {
  #talkers: string[] = []

  /** Those who press, in order; the first holds the floor. */
  get talkers(): readonly string[] {
    return this.#talkers
  }

  get holder(): string | undefined {
    return this.#talkers[0]
  }

  /** Somebody presses; pressing twice is pressing once. */
  press(identity: string): FloorChange {
    if (this.#talkers.includes(identity) || this.#talkers.length > MOST_WAITING) return { to: 'none' }
    this.#talkers = [...this.#talkers, identity]
    return this.#talkers.length === 1 ? { to: 'opened', by: identity } : { to: 'none' }
  }

  /** Somebody lets go, or has left. */
  release(identity: string): FloorChange {
    const wasHolder = this.holder === identity
    this.#talkers = this.#talkers.filter(talker => talker !== identity)
    if (!wasHolder) return { to: 'none' }
    return this.holder === undefined ? { to: 'closed', by: identity } : { to: 'passed', by: this.holder }
  }

  /** Nobody presses any more; returns who held the floor, if anybody did. */
  clear(): string | undefined {
    const holder = this.holder
    this.#talkers = []
    return holder
  }
}
