/** Who says a paragraph. */
type Who = 'you' | 'agent'

const names: Record<Who, string> = { you: 'You', agent: 'Model' }

/** What is said, a paragraph for each who says it, in the order of saying. */
export class Captions {
  readonly #log: HTMLElement
  #who: Who | undefined
  #words: Text | undefined
  /** The answer under way. What was said over it may be written down before it is told to stop. */
  #answer: Text | undefined

  constructor(log: HTMLElement) {
    this.#log = log
  }

  add(who: Who, text: string): void {
    if (this.#who !== who || this.#words === undefined) this.#begin(who)
    this.#words!.data += text
    this.#log.scrollTop = this.#log.scrollHeight
  }

  /** The turn is over: whoever speaks next begins a paragraph. */
  end(): void {
    this.#who = undefined
    this.#words = undefined
    this.#answer = undefined
  }

  interrupt(): void {
    if (this.#answer !== undefined) this.#answer.data += '\u2003(interrupted)'
    this.end()
  }

  #begin(who: Who): void {
    const paragraph = document.createElement('p')
    paragraph.className = who
    paragraph.dir = 'auto'
    const name = document.createElement('b')
    name.textContent = `${names[who]}: `
    this.#words = document.createTextNode('')
    paragraph.append(name, this.#words)
    this.#log.append(paragraph)
    this.#who = who
    if (who === 'agent') this.#answer = this.#words
  }
}
