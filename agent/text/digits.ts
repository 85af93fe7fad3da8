import type { Alarm, Clock } from '../clock.ts'
import type { Ms } from '../units.ts'

/** Whoever presses no further key for this long has pressed them all, ms. */
const PAUSE_MS: Ms = 2_000
/** A longer row is somebody leaning on the telephone; it is passed on in parts. */
const MOST_KEYS = 32

type Caller = { identity: string; name: string }

/** Keys that are pressed on a telephone, put together to what was typed: until `#`, a pause, or 32 of them. */
export class Digits {
  readonly #clock: Clock
  readonly #typed: (person: Caller, keys: string) => void
  readonly #rows = new Map<string, { keys: string; alarm: Alarm }>()

  /** @param typed takes a row of the keys 0-9, *, # and A-D; a `#` that ends it is not part of it, unless it is all there is */
  constructor(clock: Clock, typed: (person: Caller, keys: string) => void) {
    this.#clock = clock
    this.#typed = typed
  }

  press(person: Caller, key: string): void {
    if (!/^[0-9*#A-D]$/.test(key)) return
    const open = this.#rows.get(person.identity)
    open?.alarm.cancel()
    const keys = `${open?.keys ?? ''}${key}`
    const alarm = this.#clock.after(PAUSE_MS, () => this.#end(person))
    this.#rows.set(person.identity, { keys, alarm })
    if (key === '#' || keys.length >= MOST_KEYS) this.#end(person)
  }

  /** They have hung up; what they were typing is not whole. */
  left(identity: string): void {
    this.#rows.get(identity)?.alarm.cancel()
    this.#rows.delete(identity)
  }

  close(): void {
    for (const identity of [...this.#rows.keys()]) this.left(identity)
  }

  #end(person: Caller): void {
    const keys = this.#rows.get(person.identity)?.keys ?? ''
    this.left(person.identity)
    this.#typed(person, keys.length > 1 ? keys.replace(/#$/, '') : keys)
  }
}
