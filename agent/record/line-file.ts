import { appendFile } from 'node:fs/promises'

/** With more lines than this waiting for the disk, new ones are left out and counted. */
const MOST_WAITING = 10_000

/** Appends lines to a file as they come, several at once where the disk is slow. */
export class LineFile {
  readonly #path: string
  #waiting: string[] = []
  #lost = 0
  #writing: Promise<void> | undefined

  constructor(path: string) {
    this.#path = path
  }

  get lost(): number {
    return this.#lost
  }

  /**
   * Appends one line. Resolves when it is in the file.
   * @throws Error from the file system
   */
  append(line: string): Promise<void> {
    if (this.#waiting.length >= MOST_WAITING) this.#lost++
    else this.#waiting.push(line)
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async close(): Promise<void> {
    await this.#writing?.catch(() => {})
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting.splice(0)
      await appendFile(this.#path, lines.map(line => `${line}\n`).join(''), { mode: 0o600 })
    }
  }
}
