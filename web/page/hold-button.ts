import type { AgentSign } from './agent-sign.ts'
import { byId, press, setText } from './dom.ts'
import type { Holding } from './holding.ts'

/** The button to talk to the agent while it is held, where the agent hears only who presses. */
export class HoldButton {
  readonly #button = byId('hold', HTMLButtonElement)
  readonly #holding: Holding

  constructor(holding: Holding) {
    this.#holding = holding
    this.#button.onpointerdown = event => {
      if (event.button !== 0) return
      // A finger that slides off still holds it.
      this.#button.setPointerCapture(event.pointerId)
      holding.press()
    }
    this.#button.onpointerup = this.#button.onlostpointercapture = () => holding.release()
    this.#button.onkeydown = event => {
      if ((event.key === ' ' || event.key === 'Enter') && !event.repeat) holding.press()
    }
    this.#button.onkeyup = this.#button.onblur = () => holding.release()
    // A long press on a phone would select, or offer to save.
    this.#button.oncontextmenu = event => event.preventDefault()
  }

  render(sign: AgentSign | undefined, you: string): void {
    const isAsked = sign?.manners === 'push-to-talk'
    if (this.#holding.isAsked && !isAsked) this.#holding.release()
    this.#holding.isAsked = isAsked
    this.#button.hidden = !isAsked
    press(this.#button, this.#holding.isHeld)
    const place = sign?.talkers.indexOf(you) ?? -1
    const label = !this.#holding.isHeld ? 'Hold to talk' : place > 0 ? 'Wait: somebody talks' : 'It hears you'
    setText(this.#button, label)
    this.#button.classList.toggle('waiting', place > 0)
  }

  close(): void {
    this.#holding.release()
    this.#button.hidden = true
  }
}
