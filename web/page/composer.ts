import type { Captions } from './captions.ts'
import { byId } from './dom.ts'
import type { Notices } from './notices.ts'

/** The line below the conversation: Enter sends it to everyone and the agent. */
export class Composer {
  readonly #form = byId('composer', HTMLFormElement)
  readonly #line = byId('line', HTMLInputElement)

  constructor(captions: Captions, notices: Notices) {
    this.#form.onsubmit = event => {
      event.preventDefault()
      const text = this.#line.value.trim()
      if (text === '') return
      this.#line.value = ''
      captions.send(text).catch(() => notices.say('That line was not sent: the connection is gone.'))
    }
  }

  close(): void {
    this.#form.onsubmit = null
    this.#line.value = ''
  }
}
