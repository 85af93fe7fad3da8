import { RequestError } from '../errors.ts'
import type { FunctionDeclaration } from './declaration.ts'
import type { ModelProfile } from './models.ts'
import { type LiveSettings, settle, withChange } from './settings.ts'
import { isPath, readWish, type WishField, wishFields } from './wish.ts'
import { fillIn, type Words } from './words.ts'

/** What can be changed while a conversation runs: everything but which tools there are and what it began with. */
export const changeable = wishFields.filter(field => field !== 'tools' && field !== 'greeting')

/** The settings of one room's session, as they are now. */
export class Tuning {
  readonly #words: () => Words
  readonly #declare: (profile: ModelProfile) => FunctionDeclaration[]
  #settings: LiveSettings

  /**
   * @param first what the conversation begins with
   * @param words what `{room}` and `{people}` stand for now
   * @param declare the functions there are now, for this model
   */
  constructor(
    first: LiveSettings,
    words: () => Words,
    declare: (profile: ModelProfile) => FunctionDeclaration[],
  ) {
    this.#settings = first
    this.#words = words
    this.#declare = declare
  }

  /** The rules of the model that is talked with. */
  get profile(): ModelProfile {
    return this.#settings.profile
  }

  /** For a session that is opened now. */
  get settings(): LiveSettings {
    const { instructions, greeting, profile } = this.#settings
    return {
      ...this.#settings,
      instructions: fillIn(instructions, this.#words()),
      greeting: greeting === undefined ? undefined : fillIn(greeting, this.#words()),
      functions: this.#declare(profile),
    }
  }

  /** What is asked for, of these fields; null where nothing is. */
  read(fields: readonly WishField[] = changeable): Record<string, unknown> {
    return Object.fromEntries(fields.map(field => [field, this.#settings.wish[field] ?? null]))
  }

  /**
   * Takes changes from outside: all of them, or none. null makes a field what the model has by itself.
   * @param may the fields that whoever asks may change
   * @throws RequestError with a sentence for each that cannot be
   */
  change(given: Readonly<Record<string, unknown>>, may: readonly WishField[] = changeable): void {
    const problems: string[] = []
    const report = (field: string, what: string) => problems.push(`${field}: ${what}`)
    for (const field of Object.keys(given))
      if (!may.some(one => one === field))
        report(field.slice(0, 64), `cannot be changed here; ${may.join(', ') || 'nothing'} can`)
    // What is refused as it is need not be refused a second time for what it says.
    if (problems.length > 0) throw new RequestError('malformed', problems.join('. '))
    const wish = withChange(this.#settings.wish, given, readTextWish(given, report))
    const settings = settle(wish, this.#settings.on, report)
    if (problems.length > 0) throw new RequestError('malformed', problems.join('. '))
    this.#settings = settings
  }
}

/** Wishes that come as JSON: instructions are a text there, and never a file of the operator's. */
export function readTextWish(
  given: Readonly<Record<string, unknown>>,
  report: (field: string, what: string) => void,
) {
  const { instructions, ...rest } = given
  if (typeof instructions !== 'string' || !isPath(instructions)) return readWish(given, report)
  report('instructions', 'names a file; here it is a text')
  return readWish(rest, report)
}
