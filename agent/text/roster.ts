import type { Alarm, Clock } from '../clock.ts'
import type { Ms } from '../units.ts'

/** Changes are collected for this long: people come in twos and threes, and a reload is a leaving and a coming. */
const BATCH_MS: Ms = 2_000
/** When the moment is not right it is looked for again, ms. */
const AGAIN_MS: Ms = 500
/** More names than this make no short line; the rest are a number. */
const MOST_NAMES = 25

export type RosterOptions = {
  /** Whether the model may be told something now: it says nothing, and nobody speaks to it. */
  isQuiet(): boolean
  /** The names of everybody who is here now. */
  names(): readonly string[]
  /** Tells the model something that it is to know and not to answer. */
  tell(line: string): void
}

/**
 * Tells the model who is in the room, who comes and goes, and who spoke, as short lines between turns. A line in the middle of a turn
 * may interrupt it, so it waits; what has changed back meanwhile is not told.
 */
export class Roster {
  readonly #clock: Clock
  readonly #options: RosterOptions
  /** Whom the model knows to be here; undefined while it has been told nothing. */
  #known: readonly string[] | undefined
  #knownSpeaker = ''
  #speaker = ''
  /** Who of those whom the model knows is called otherwise now. */
  #renames: { from: string; to: string }[] = []
  #alarm: Alarm | undefined

  constructor(clock: Clock, options: RosterOptions) {
    this.#clock = clock
    this.#options = options
  }

  /** Somebody came or went. */
  changed(): void {
    this.#soon(BATCH_MS)
  }

  /** Somebody is called otherwise. */
  renamed(from: string, to: string): void {
    const known = this.#renames.find(one => one.to === from)
    if (known !== undefined) known.to = to
    else this.#renames = [...this.#renames, { from, to }].slice(-MOST_NAMES)
    if (this.#speaker === from) this.#speaker = to
    if (this.#knownSpeaker === from) this.#knownSpeaker = to
    this.#soon(BATCH_MS)
  }

  /** This person, by name, speaks. */
  spoke(name: string): void {
    this.#speaker = name
    if (name !== this.#knownSpeaker) this.#soon(BATCH_MS)
  }

  /** The model has forgotten, or never knew. */
  renew(): void {
    this.#known = undefined
    this.#knownSpeaker = ''
    this.#soon(AGAIN_MS)
  }

  close(): void {
    this.#alarm?.cancel()
  }

  #soon(delay: Ms): void {
    this.#alarm ??= this.#clock.after(delay, () => {
      this.#alarm = undefined
      if (!this.#options.isQuiet()) return this.#soon(AGAIN_MS)
      const line = this.#line(this.#options.names())
      if (line !== undefined) this.#options.tell(line)
    })
  }

  /** What is new; from now on it is known. */
  #line(here: readonly string[]): string | undefined {
    const renames = this.#renames.filter(
      ({ from, to }) => from !== to && this.#known?.includes(from) && here.includes(to),
    )
    this.#renames = []
    const before = this.#known?.map(name => renames.find(({ from }) => from === name)?.to ?? name)
    const came = without(here, before ?? [])
    const left = without(before ?? [], here)
    const isOther = before === undefined || came.length + left.length + renames.length > 0
    // With one person there is nobody to tell apart.
    const speaker = here.length > 1 && this.#speaker !== this.#knownSpeaker ? this.#speaker : ''
    this.#known = here
    if (speaker !== '') this.#knownSpeaker = speaker
    const parts = [
      ...renames.map(({ from, to }) => `${list([from])} is called ${list([to])} now.`),
      before !== undefined && came.length > 0 ? `Joined: ${list(came)}.` : '',
      left.length > 0 ? `Left: ${list(left)}.` : '',
      isOther ? `Here now: ${list(here)}.` : '',
      speaker !== '' ? `Last to speak: ${list([speaker])}.` : '',
    ].filter(part => part !== '')
    return parts.length > 0 ? `[room] ${parts.join(' ')}` : undefined
  }
}

/** Names are data: in quotes, so that none of them reads as a sentence of ours. */
function list(names: readonly string[]): string {
  if (names.length === 0) return 'nobody'
  const shown = names.slice(0, MOST_NAMES).map(name => `"${name.replace(/["\\]/g, "'")}"`)
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}

/** What is in `some` and not in `others`; a name that is there twice counts twice. */
function without(some: readonly string[], others: readonly string[]): string[] {
  const left = [...others]
  return some.filter(name => {
    const at = left.indexOf(name)
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}
