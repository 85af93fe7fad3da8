import type { AgentLine } from './agent-line.ts'
import type { AgentSign } from './agent-sign.ts'
import { byId, press, setText } from './dom.ts'

/** What anybody in the room may ask of the agent: an answer, to hear nothing, other manners. */
export class AgentControls {
  readonly #place = byId('agent-controls', HTMLElement)
  readonly #ask = byId('ask', HTMLButtonElement)
  readonly #deafen = byId('deafen', HTMLButtonElement)
  readonly #manners = byId('manners', HTMLSelectElement)

  constructor(line: AgentLine) {
    this.#ask.onclick = () => void line.call('roundtable.ask', {})
    this.#deafen.onclick = () =>
      void line.call('roundtable.deafen', { on: this.#deafen.ariaPressed !== 'true' })
    this.#manners.onchange = () => void line.call('roundtable.manners', { manners: this.#manners.value })
  }

  /** Another's agent has none of this, and shows none. */
  render(sign: AgentSign | undefined, people: number): void {
    const manners = sign?.manners
    this.#place.hidden = manners === undefined
    if (sign === undefined || manners === undefined) return
    const isDeaf = sign.deafenedBy !== undefined
    // Alone with one person it answers everything anyway.
    this.#ask.hidden = isDeaf || !(sign.isHoldingBack || (manners === 'addressed' && people > 1))
    press(this.#deafen, isDeaf)
    setText(this.#deafen.lastElementChild as HTMLElement, isDeaf ? 'Let it hear' : 'Deafen')
    if (document.activeElement !== this.#manners || this.#manners.value === '') this.#manners.value = manners
  }

  close(): void {
    this.#place.hidden = true
    this.#ask.onclick = this.#deafen.onclick = this.#manners.onchange = null
  }
}
