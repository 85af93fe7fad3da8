import type { RemoteParticipant } from 'livekit-client'
import { Track } from 'livekit-client'
import { type AgentWords, agentWords } from './agent-mood.ts'
import type { AgentSign } from './agent-sign.ts'
import { Bars } from './bars.ts'
import { byId, setText } from './dom.ts'
import { displayName, type Person } from './roster.ts'
import { Seats } from './seats.ts'

/** The spoken status changes no more often than this, ms: a screen reader must be able to keep up. */
const STATUS_EVERY = 1000

/** The agent at its table: one word for what it does, bars that move with its voice, a seat for everybody. */
export class AgentPanel {
  readonly #stage = byId('stage', HTMLElement)
  readonly #word = byId('agent-word', HTMLElement)
  readonly #hint = byId('agent-hint', HTMLElement)
  readonly #status = byId('agent-status', HTMLElement)
  readonly #rehearsal = byId('is-rehearsal', HTMLElement)
  readonly #recorded = byId('is-recorded', HTMLElement)
  readonly #bars = new Bars()
  readonly #seats = new Seats()
  #wasHere = false
  #missingSince = performance.now()
  #statusAt = Number.NEGATIVE_INFINITY
  #statusTimer: number | undefined

  render(agent: RemoteParticipant | undefined, sign: AgentSign | undefined, people: readonly Person[]): void {
    if (agent !== undefined) {
      this.#wasHere = true
      this.#missingSince = performance.now()
    }
    const words = this.#words(sign, people)
    this.#stage.dataset.mood = words.mood
    this.#stage.setAttribute('aria-label', agent === undefined ? 'Agent' : displayName(agent))
    setText(this.#word, words.word)
    setText(this.#hint, words.hint)
    this.#say(words)
    this.#rehearsal.hidden = sign?.isRehearsal !== true
    this.#recorded.hidden = sign?.isRecorded !== true
    this.#seats.render(people, sign)
    this.#bars.listenTo(agent?.getTrackPublication(Track.Source.Microphone)?.track?.mediaStreamTrack)
    if (words.mood === 'speaking') this.#bars.move()
    else if (words.mood === 'hearing') this.#bars.show(Math.max(0, ...people.map(({ level }) => level)))
    else this.#bars.rest()
  }

  close(): void {
    clearTimeout(this.#statusTimer)
    this.#bars.close()
    this.#seats.render([], undefined)
  }

  #words(sign: AgentSign | undefined, people: readonly Person[]): AgentWords {
    const named = (person: Person) => (person.isYou ? 'you' : person.name)
    return agentWords({
      sign,
      wasHere: this.#wasHere,
      missingMs: performance.now() - this.#missingSince,
      talking: people.filter(({ isSpeaking }) => isSpeaking).map(named),
      nameOf(identity) {
        const found = people.find(person => person.identity === identity)
        return found && named(found)
      },
    })
  }

  #say(words: AgentWords): void {
    clearTimeout(this.#statusTimer)
    const text = words.hint === '' ? words.word : `${words.word}. ${words.hint}`
    const wait = this.#statusAt + STATUS_EVERY - performance.now()
    if (wait > 0) {
      this.#statusTimer = window.setTimeout(() => this.#say(words), wait)
    } else if (this.#status.textContent !== text) {
      this.#statusAt = performance.now()
      this.#status.textContent = text
    }
  }
}
