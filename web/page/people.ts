import type { Track } from 'livekit-client'
import { byId, icon, make, press, setText } from './dom.ts'
import type { Person } from './roster.ts'

/** Tiles shown; whoever is beyond is counted in one more. */
const MOST_TILES = 12

type Tile = {
  root: HTMLLIElement
  name: HTMLElement
  state: HTMLElement
  video: HTMLVideoElement
  pin: HTMLButtonElement
  track?: Track
}

/** Whose camera the agent looks at first; undefined where that cannot be chosen. */
export type Pinning = { pinned: string | undefined } | undefined

/** A tile for everybody: initial or camera, name, a ring while they talk. */
export class People {
  readonly #list = byId('people', HTMLUListElement)
  readonly #more = make('li', 'more')
  readonly #tiles = new Map<string, Tile>()
  readonly #pin: (identity: string | null) => void

  /** @param pin asks the agent to look at somebody's camera first, or with null at nobody's */
  constructor(pin: (identity: string | null) => void) {
    this.#pin = pin
  }

  render(people: readonly Person[], pinning: Pinning): void {
    const shown = people.length > MOST_TILES ? people.slice(0, MOST_TILES - 1) : people
    const here = new Set(shown.map(({ identity }) => identity))
    for (const [identity, tile] of this.#tiles) if (!here.has(identity)) this.#remove(identity, tile)
    shown.forEach((person, index) => {
      const tile = this.#tiles.get(person.identity) ?? this.#add(person)
      this.#update(tile, person, pinning)
      if (this.#list.children[index] !== tile.root)
        this.#list.insertBefore(tile.root, this.#list.children[index] ?? null)
    })
    const beyond = people.length - shown.length
    setText(this.#more, beyond > 0 ? `+${beyond}` : '')
    if (beyond > 0) this.#list.append(this.#more)
    else this.#more.remove()
  }

  close(): void {
    for (const [identity, tile] of this.#tiles) this.#remove(identity, tile)
    this.#more.remove()
  }

  #add({ identity, name, hue }: Person): Tile {
    const root = make('li', 'tile')
    root.style.setProperty('--hue', `${hue}`)
    const initial = make('span', 'initial', [...name][0]?.toUpperCase() ?? '')
    initial.ariaHidden = 'true'
    const video = make('video', 'face')
    video.autoplay = true
    video.muted = true
    video.playsInline = true
    video.hidden = true
    const label = make('span', 'label')
    const pin = make('button', 'pin')
    pin.type = 'button'
    pin.append(icon('M12 17v5M8 3h8l-1 6 3 4H6l3-4z'))
    pin.onclick = () => this.#pin(pin.ariaPressed === 'true' ? null : identity)
    const tile = { root, name: make('bdi', 'name'), state: make('span', 'state'), video, pin }
    label.append(tile.name, tile.state)
    root.append(initial, video, label, pin)
    this.#tiles.set(identity, tile)
    return tile
  }

  #update(tile: Tile, person: Person, pinning: Pinning): void {
    setText(tile.name, person.isYou ? `${person.name} (you)` : person.name)
    const states = [person.isMuted ? 'muted' : '', person.isWeak ? 'weak connection' : '']
    setText(tile.state, states.filter(state => state !== '').join(', '))
    tile.root.classList.toggle('speaking', person.isSpeaking)
    tile.video.classList.toggle('mirrored', person.isYou)
    const isPinned = pinning?.pinned === person.identity
    tile.pin.hidden = pinning === undefined || (person.camera === undefined && !isPinned)
    tile.pin.ariaLabel = `Let the agent look at ${person.isYou ? 'you' : person.name} first`
    press(tile.pin, isPinned)
    if (tile.track === person.camera) return
    tile.track?.detach(tile.video)
    if (person.camera === undefined) delete tile.track
    else {
      person.camera.attach(tile.video)
      tile.track = person.camera
    }
    tile.video.hidden = person.camera === undefined
  }

  #remove(identity: string, tile: Tile): void {
    tile.track?.detach(tile.video)
    tile.root.remove()
    this.#tiles.delete(identity)
  }
}
