/** One thing that was said or typed. `who` is empty for the agent itself. */
type Said = { who: string; text: string; isSaved: boolean }

/** What is told again to a session that knows nothing: the last lines, and not more than a page of them. */
const MOST_LINES = 30
const MOST_CHARACTERS = 3_000
/** What is heard and belongs to no turn yet: so many pieces; the oldest go first. */
const MOST_HEARD = 200
/** One line is cut here; nobody needs a monologue word by word. */
const MOST_OF_A_LINE = 500

/** The last lines of the conversation, for a session that has lost them. Bounded; what a participant said stays quoted, one line each. */
export class Recall {
  #lines: Said[] = []
  /** What was written down of what is not part of a turn yet: on another connection it is heard again. */
  #heard: [who: string, words: string][] = []

  /** A piece of what somebody says, or of what the agent does (`who` is empty); pieces of one speaker in a row are one line. */
  add(who: string, piece: string): void {
    const text = piece.replace(/\s+/g, ' ')
    if (text.trim() === '') return
    const last = this.#lines.at(-1)
    if (last && last.who === who && !last.isSaved) last.text = (last.text + text).slice(0, MOST_OF_A_LINE)
    else this.#lines.push({ who, text: text.trimStart().slice(0, MOST_OF_A_LINE), isSaved: false })
    while (this.#lines.length > MOST_LINES) this.#lines.shift()
  }

  /** A piece of what somebody says, as the model heard it; it may not have understood it yet. */
  hear(who: string, words: string): void {
    this.#heard.push([who, words.slice(0, MOST_OF_A_LINE)])
    if (this.#heard.length > MOST_HEARD) this.#heard.shift()
  }

  /** The model has made a turn of all that it has heard. */
  understood(): void {
    for (const [who, words] of this.#heard.splice(0)) this.add(who, words)
  }

  /** The connection is gone. */
  brokenOff(): void {
    this.#heard = []
  }

  /** What was said so far lies behind the newest handle. */
  saved(): void {
    for (const line of this.#lines) line.isSaved = true
  }

  /** Nothing lies behind a handle any more: the next session begins anew. */
  unsaved(): void {
    for (const line of this.#lines) line.isSaved = false
  }

  /** What a resumed session does not know, in words for the model; undefined when there is nothing. */
  missing(): string | undefined {
    return this.#tell(
      this.#lines.filter(({ isSaved }) => !isSaved),
      'The connection broke for a moment. Before that, this was said; do not answer it again:',
    )
  }

  /** The conversation so far, for a session that knows nothing of it; undefined when there was none. */
  whole(): string | undefined {
    return this.#tell(
      this.#lines,
      'This conversation has been going on for a while. These were its last lines; do not answer them again:',
    )
  }

  /** The lines, to be kept elsewhere. */
  export(): [who: string, text: string][] {
    return this.#lines.map(({ who, text }) => [who, text])
  }

  /** Lines that another process kept. */
  import(lines: readonly [who: string, text: string][]): void {
    for (const [who, text] of lines.slice(-MOST_LINES))
      this.#lines.push({ who, text: text.slice(0, MOST_OF_A_LINE), isSaved: true })
  }

  #tell(lines: readonly Said[], opening: string): string | undefined {
    const told: string[] = []
    let length = 0
    for (const { who, text } of lines.toReversed()) {
      const line = `${who === '' ? 'You' : who}: ${text.trim()}`
      length += line.length
      if (length > MOST_CHARACTERS) break
      told.unshift(line)
    }
    return told.length === 0 ? undefined : `[${opening}\n${told.join('\n')}]`
  }
}
