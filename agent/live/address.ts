import type { ToolCall } from './events.ts'
import type { Letter } from './outbox/letter.ts'
import type { LiveSettings } from './settings.ts'

/** What a letter becomes in one session. Letters may have waited for it, and were written for another. */
export class Address {
  readonly #settings: LiveSettings
  readonly #isResumed: boolean
  readonly #learn: (text: string) => void
  /** Calls that came on this connection, and answers to others that were told to it in words. */
  readonly #calls = new Set<string>()
  readonly #told = new Set<string>()

  /** @param learn takes what the session is to know, and is not sent by itself */
  constructor(settings: LiveSettings, isResumed: boolean, learn: (text: string) => void) {
    this.#settings = settings
    this.#isResumed = isResumed
    this.#learn = learn
  }

  called(calls: readonly ToolCall[]): void {
    for (const { id } of calls) this.#calls.add(id)
  }

  /**
   * The letter as it is sent; undefined where it has no place here. A tool's answer may come after its connection: the session knows
   * the call if it was resumed and went on meanwhile.
   */
  of(letter: Letter): Letter | undefined {
    const { turns } = this.#settings
    switch (letter.kind) {
      case 'activityStart':
      case 'activityEnd':
        return turns === 'by marks' ? letter : undefined
      case 'pause':
        return turns === 'by itself' ? letter : undefined
      case 'result': {
        const { call, inWords } = letter
        const isKnown = this.#isResumed && !isAwaited(call, this.#settings) && inWords !== true
        return isKnown || this.#calls.has(call.id) ? letter : this.#inWords(letter)
      }
      default:
        return letter
    }
  }

  #inWords({ call, response, how }: Extract<Letter, { kind: 'result' }>): Letter | undefined {
    const facts = JSON.stringify({ function: call.name, arguments: call.args, answer: response })
    // A call that the model made twice by mistake has two answers.
    if (this.#told.has(facts)) return undefined
    this.#told.add(facts)
    const text = `[This is the answer to what you looked up before the connection broke. ${facts}]`
    if (how.scheduling !== 'SILENT') return { kind: 'text', text }
    if (this.#settings.profile.context === 'clientContent') return { kind: 'context', text }
    this.#learn(text)
    return undefined
  }
}

/** Whether the model is silent until this call is answered. */
export function isAwaited({ name }: ToolCall, { functions, profile }: LiveSettings): boolean {
  const declared = functions.find(one => one.name === name)?.behavior
  return (declared ?? profile.toolBehaviours[0]) === 'BLOCKING'
}
