import { byId, setText } from './dom.ts'
import type { Notices } from './notices.ts'
import type { Person } from './roster.ts'

/** Who many, how long, how well; and the way to ask others in. */
export class Header {
  readonly #count = byId('count', HTMLElement)
  readonly #clock = byId('clock', HTMLElement)
  readonly #weak = byId('weak', HTMLElement)
  readonly #invite = byId('invite', HTMLButtonElement)
  readonly #since = Date.now()
  readonly #timer = setInterval(() => this.#tick(), 1000)

  constructor(notices: Notices) {
    this.#tick()
    this.#invite.onclick = () => void invite(notices)
  }

  render(people: readonly Person[]): void {
    setText(this.#count, people.length === 1 ? '1 person' : `${people.length} people`)
    this.#weak.hidden = people.find(({ isYou }) => isYou)?.isWeak !== true
  }

  close(): void {
    clearInterval(this.#timer)
    this.#invite.onclick = null
  }

  #tick(): void {
    const seconds = Math.floor((Date.now() - this.#since) / 1000)
    const pad = (part: number) => `${part}`.padStart(2, '0')
    const hours = Math.floor(seconds / 3600)
    const start = hours > 0 ? `${hours}:${pad(Math.floor(seconds / 60) % 60)}` : `${Math.floor(seconds / 60)}`
    setText(this.#clock, `${start}:${pad(seconds % 60)}`)
  }
}

/** Phones have a sheet for it; elsewhere the link is copied. It carries the invite code, if there is one. */
async function invite(notices: Notices): Promise<void> {
  const link = location.href
  const { share, clipboard } = navigator as { share?: Navigator['share']; clipboard?: Clipboard }
  try {
    if (share !== undefined && matchMedia('(pointer: coarse)').matches) {
      await navigator.share({ title: document.title, url: link })
    } else if (clipboard !== undefined) {
      await clipboard.writeText(link)
      notices.say('Link copied. Send it to somebody.')
    } else notices.say(link)
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') notices.say(link)
  }
}
