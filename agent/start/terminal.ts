import type { Ms } from '../units.ts'

/** Between two lines of progress where a line cannot be written over, as in a log. */
const PATIENCE: Ms = 5000

/** Lines for people; progress is written over where that is possible. */
export class Terminal {
  /** Resolves when nobody reads any more. */
  readonly gone: Promise<void>
  readonly #out: NodeJS.WriteStream
  #told = Number.NEGATIVE_INFINITY
  #isOver = false

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
    this.gone = new Promise(resolve => out.once('error', () => resolve()))
  }

  readonly say = (line: string): void => {
    this.#clear()
    this.#out.write(`${line}\n`)
  }

  readonly progress = (line: string): void => {
    if (this.#out.isTTY) {
      this.#clear()
      this.#out.write(line.slice(0, this.#out.columns - 1))
      this.#isOver = true
    } else if (performance.now() - this.#told >= PATIENCE) {
      this.#told = performance.now()
      this.#out.write(`${line}\n`)
    }
  }

  /** Takes back the line of progress. */
  #clear(): void {
    if (this.#isOver) this.#out.write('\r\u001b[K')
    this.#isOver = false
  }
}
