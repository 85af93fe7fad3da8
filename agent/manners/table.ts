import type { Manners } from './manners.ts'

/** Somebody at the table. */
export type Guest = { identity: string; name: string }

/** What the host knows of the room. */
export type Table = {
  /** How the agent is called: its name, then its aliases. */
  names: readonly string[]
  /** Everybody in the room now. */
  guests(): readonly Guest[]
  /** Who talked or typed most since the last answer; empty: nobody did. */
  asker(): string
}

/** What the room is shown of the manners; the same names as in the agent's sign. */
export type Shown = {
  manners: Manners
  choice: '' | 'holding-back'
  deafened: string
  talkers: readonly string[]
}
