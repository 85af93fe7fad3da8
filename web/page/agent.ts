import type { RemoteParticipant } from 'livekit-client'
import { Track } from 'livekit-client'
import { agentWords } from './agent-mood.ts'
import { byId, make, setText } from './dom.ts'
import { Meter } from './meter.ts'
import { displayName, type Person } from './roster.ts'

/** The spoken status changes no more often than this, ms: a screen reader must be able to keep up. */
const STATUS_EVERY = 1000
const BARS = 5

/** The agent at its table: one word for what it does, bars that move with its voice, a seat for everybody. */
export class AgentPanel {
  readonly #stage = byId('stage', HTMLElement)
  readonly #word = byId('agent-word', HTMLElement)
  readonly #hint = byId('agent-hint', HTMLElement)
  readonly #status = byId('agent-status', HTMLElement)
  readonly #seats = byId('seats', HTMLElement)
  readonly #bars = [...byId('bars', HTMLElement).children] as HTMLElement[]
  readonly #isStill = matchMedia('(prefers-reduced-motion: reduce)')
  #meter: Meter | undefined
  #metered: MediaStreamTrack | undefined
  #frame: number | undefined
  #wasHere = false
  #missingSince = performance.now()
  #statusAt = Number.NEGATIVE_INFINITY
  #statusTimer: number | undefined

  render(agent: RemoteParticipant | undefined, people: readonly Person[]): void {
    if (agent !== undefined) {
      this.#wasHere = true
      this.#missingSince = performance.now()
    }
    const answered = people.find(({ identity }) => identity === agent?.attributes.floor)
    const { mood, word, hint } = agentWords({
      isHere: agent !== undefined,
      wasHere: this.#wasHere,
      missingMs: performance.now() - this.#missingSince,
      state: agent?.attributes['lk.agent.state'],
      answering: answered && nameOf(answered),
      talking: people.filter(({ isSpeaking }) => isSpeaking).map(nameOf),
    })
    this.#stage.dataset.mood = mood
    this.#stage.setAttribute('aria-label', agent === undefined ? 'Agent' : displayName(agent))
    setText(this.#word, word)
    setText(this.#hint, hint)
    this.#say(word)
    this.#seat(people, answered?.identity)
    this.#listenTo(agent?.getTrackPublication(Track.Source.Microphone)?.track?.mediaStreamTrack)
    if (mood === 'speaking') this.#move()
    else if (mood === 'hearing')
      this.#follow(Math.max(...people.map(({ isSpeaking, level }) => (isSpeaking ? level : 0))))
    else this.#rest()
  }

  close(): void {
    clearTimeout(this.#statusTimer)
    this.#listenTo(undefined)
    this.#rest()
    this.#seats.replaceChildren()
  }

  #say(word: string): void {
    clearTimeout(this.#statusTimer)
    const wait = this.#statusAt + STATUS_EVERY - performance.now()
    if (wait > 0) {
      this.#statusTimer = window.setTimeout(() => this.#say(word), wait)
    } else if (this.#status.textContent !== word) {
      this.#statusAt = performance.now()
      this.#status.textContent = word
    }
  }

  #seat(people: readonly Person[], answered: string | undefined): void {
    while (this.#seats.children.length > people.length) this.#seats.lastElementChild?.remove()
    while (this.#seats.children.length < people.length) this.#seats.append(make('i', 'seat'))
    people.forEach(({ identity, hue, isSpeaking }, index) => {
      const seat = this.#seats.children[index] as HTMLElement
      seat.style.setProperty('--hue', `${hue}`)
      seat.style.setProperty('--turn', `${(index / people.length).toFixed(3)}turn`)
      seat.classList.toggle('speaking', isSpeaking)
      seat.classList.toggle('answered', identity === answered)
    })
  }

  #listenTo(track: MediaStreamTrack | undefined): void {
    if (track === this.#metered) return
    this.#meter?.close()
    this.#meter = track === undefined ? undefined : new Meter(track)
    this.#metered = track
  }

  /** Follows the loudest person; the middle most. */
  #follow(level: number): void {
    this.#rest()
    if (this.#isStill.matches) return
    for (const [index, bar] of this.#bars.entries())
      bar.style.setProperty('--level', (Math.sqrt(level) * (1 - 0.3 * Math.abs(index - 2))).toFixed(3))
  }

  /** Runs only while the agent speaks; nothing moves by itself. */
  #move(): void {
    if (this.#frame !== undefined || this.#isStill.matches) return
    const draw = () => {
      if (this.#stage.dataset.mood !== 'speaking' || this.#meter === undefined) return this.#rest()
      const bands = this.#meter.bands(BARS)
      this.#bars.forEach((bar, index) => {
        // Lowest in the middle, rising to both sides, as a mouth does.
        const band = bands[[3, 1, 0, 2, 4][index] ?? 0] ?? 0
        bar.style.setProperty('--level', (0.7 * band + 0.3 * Math.max(...bands)).toFixed(3))
      })
      this.#frame = requestAnimationFrame(draw)
    }
    this.#frame = requestAnimationFrame(draw)
  }

  #rest(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame)
    this.#frame = undefined
    for (const bar of this.#bars) bar.style.removeProperty('--level')
  }
}

function nameOf(person: Person): string {
  return person.isYou ? 'you' : person.name
}
