import { byId, setText } from './dom.ts'

const SHORT_MS = 6000

/** One sentence over the room: what lasts until it is mended, or else what was just said. */
export class Notices {
  readonly #place = byId('notice', HTMLElement)
  #lasting = ''
  #brief = ''
  #timer: number | undefined

  /** Shown for six seconds. */
  say(text: string): void {
    clearTimeout(this.#timer)
    this.#brief = text
    this.#timer = window.setTimeout(() => this.say(''), SHORT_MS)
    this.#show()
  }

  /** Takes this sentence back, if it is still the last that was said: what it told of is over. */
  unsay(text: string): void {
    if (this.#brief === text) this.say('')
  }

  /** Shown until another takes its place; empty for none. */
  hold(text: string): void {
    this.#lasting = text
    this.#show()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#brief = ''
    this.hold('')
  }

  #show(): void {
    setText(this.#place, this.#lasting || this.#brief)
  }
}
