import { byId, make, setText } from './dom.ts'
import { hueOf } from './hue.ts'
import type { Line, Link } from './transcript.ts'

/** Nearer to the end than this counts as being there, px. */
const NEAR = 48

/** What is said and written, one paragraph a segment, under the name of who said it. */
export class Conversation {
  readonly #log = byId('log', HTMLElement)
  readonly #quiet = byId('quiet', HTMLElement)
  readonly #newer = byId('newer', HTMLButtonElement)
  readonly #rows = new Map<string, HTMLElement>()
  readonly #size = new ResizeObserver(() => this.#toEnd())
  readonly #you: string
  #follows = true

  constructor(you: string) {
    this.#you = you
    this.#log.onscroll = () => {
      const { scrollHeight, scrollTop, clientHeight } = this.#log
      this.#follows = scrollHeight - scrollTop - clientHeight < NEAR
      if (this.#follows) this.#newer.hidden = true
    }
    this.#newer.onclick = () => {
      this.#follows = true
      this.#toEnd()
      this.#log.focus()
    }
    // A keyboard that comes up makes the log shorter.
    this.#size.observe(this.#log)
  }

  show(line: Line): void {
    if (line.text.trim() === '') {
      this.drop(line)
      return
    }
    const row = this.#rows.get(line.id) ?? this.#add(line)
    const said = row.querySelector<HTMLElement>('.said')!
    setText(said, line.isInterrupted ? `${line.text.trim()}\u2003(interrupted)` : line.text.trim())
    if (line.links.length > 0) said.append(...line.links.flatMap(link => [' · ', anchor(link)]))
    row.ariaBusy = line.isFinal ? 'false' : 'true'
    this.#toEnd()
  }

  drop({ id }: Line): void {
    this.#rows.get(id)?.remove()
    this.#rows.delete(id)
  }

  close(): void {
    this.#size.disconnect()
    this.#rows.clear()
    this.#log.replaceChildren()
    this.#newer.hidden = true
    this.#quiet.hidden = false
  }

  #add(line: Line): HTMLElement {
    const row = make('p', line.isAgent ? 'agent' : '')
    const isYou = line.identity === this.#you
    if (isYou) row.classList.add('you')
    if (line.kind === 'typed') row.classList.add('typed')
    row.dir = 'auto'
    if (line.kind === 'did') row.classList.add('did')
    const name = make('bdi', 'who', isYou ? 'You' : line.name)
    name.style.setProperty('--hue', `${hueOf(line.identity)}`)
    if (line.kind !== 'did') row.append(name)
    row.append(make('span', 'said'))
    this.#rows.set(line.id, row)
    this.#log.append(row)
    this.#quiet.hidden = true
    return row
  }

  #toEnd(): void {
    if (this.#follows) this.#log.scrollTop = this.#log.scrollHeight
    else this.#newer.hidden = false
  }
}

/** To a page that knows nothing of ours. */
function anchor({ title, url }: Link): HTMLAnchorElement {
  const link = make('a', '', title)
  link.href = url
  link.target = '_blank'
  link.rel = 'noopener noreferrer'
  return link
}
