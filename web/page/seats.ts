import type { AgentSign } from './agent-sign.ts'
import { byId, make } from './dom.ts'
import type { Person } from './roster.ts'

/** A dot for everybody around the agent's table; it grows as they talk, and wears a ring while they are answered. */
export class Seats {
  readonly #place = byId('seats', HTMLElement)

  render(people: readonly Person[], sign: AgentSign | undefined): void {
    while (this.#place.children.length > people.length) this.#place.lastElementChild?.remove()
    while (this.#place.children.length < people.length) this.#place.append(make('i', 'seat'))
    people.forEach(({ identity, hue, isSpeaking, level }, index) => {
      const seat = this.#place.children[index] as HTMLElement
      seat.style.setProperty('--hue', `${hue}`)
      seat.style.setProperty('--turn', `${(index / people.length).toFixed(3)}turn`)
      seat.style.setProperty('--level', isSpeaking ? Math.sqrt(level).toFixed(2) : '0')
      seat.classList.toggle('speaking', isSpeaking)
      seat.classList.toggle('answered', sign?.state === 'speaking' && identity === sign.floor)
    })
  }
}
