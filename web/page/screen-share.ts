import type { Track } from 'livekit-client'
import { byId, make, setText } from './dom.ts'
import type { Shared } from './roster.ts'

/** The screen that somebody shows, in the agent's place; the agent moves into its corner. */
export class ScreenShare {
  readonly #stage = byId('stage', HTMLElement)
  readonly #place = byId('share', HTMLElement)
  readonly #name = byId('share-name', HTMLElement)
  readonly #video = make('video')
  #track: Track | undefined

  constructor() {
    this.#video.autoplay = true
    this.#video.muted = true
    this.#video.playsInline = true
    this.#place.prepend(this.#video)
  }

  render(shared: Shared | undefined): void {
    this.#stage.classList.toggle('sharing', shared !== undefined)
    this.#place.hidden = shared === undefined
    // One's own screen would show itself in itself, without end.
    this.#video.hidden = shared?.isYours === true
    setText(this.#name, label(shared))
    if (shared?.track === this.#track) return
    this.#track?.detach(this.#video)
    this.#track = shared?.track
    this.#track?.attach(this.#video)
  }

  close(): void {
    this.render(undefined)
    this.#video.remove()
  }
}

function label(shared: Shared | undefined): string {
  if (shared === undefined) return ''
  return shared.isYours ? 'You are showing your screen.' : `${shared.name}'s screen`
}
