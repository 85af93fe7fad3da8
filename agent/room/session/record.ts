import type { Ms } from '../../units.ts'

/** One thing that was said or done in a conversation. */
export type Item =
  | {
      kind: 'message'
      id: string
      /** Who said it: a person, or the agent. */
      by: { identity: string; name: string } | 'agent'
      text: string
      /** The agent was talked over before it had said all of it. */
      isInterrupted: boolean
      /** Wall-clock time in ms since 1970. */
      at: Ms
    }
  | { kind: 'call'; id: string; name: string; args: string; at: Ms }
  | { kind: 'output'; id: string; name: string; output: string; isError: boolean; at: Ms }

/** The last items, and characters in them, that are kept: what a front end shows that comes late, not a transcript. */
const MOST_ITEMS = 200
const MOST_CHARACTERS = 60_000
/** No single item is longer, characters. */
export const MOST_ITEM_CHARACTERS = 8_000

/** What has been said and done lately; the oldest makes way. */
export class Record {
  #items: Item[] = []
  #characters = 0

  add(item: Item): void {
    this.#items.push(item)
    this.#characters += lengthOf(item)
    while (this.#items.length > MOST_ITEMS || (this.#characters > MOST_CHARACTERS && this.#items.length > 1))
      this.#characters -= lengthOf(this.#items.shift()!)
  }

  get items(): readonly Item[] {
    return this.#items
  }
}

function lengthOf(item: Item): number {
  switch (item.kind) {
    case 'message':
      return item.text.length
    case 'call':
      return item.args.length
    case 'output':
      return item.output.length
  }
}
