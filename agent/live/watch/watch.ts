import type { Ms } from '../../units.ts'
import type { LiveEvent, ToolCall } from '../events.ts'
import { Audible, type Outcome } from './audible.ts'
import { OpenCalls } from './calls.ts'
import { Peer } from './peer.ts'
import { Silence } from './silence.ts'
import { Tail } from './tail.ts'

/** What was heard is answered within this, or not at all, ms. */
const THINKS_MS: Ms = 6_000

/** What is to be done about a session that may have gone wrong. */
export type Alert =
  | { do: 'ping' }
  /** Nobody is there, or somebody who has gone mute: take another connection. */
  | { do: 'leave'; because: string }
  /** Answer in the tool's stead. */
  | { do: 'answer'; call: ToolCall }

/** Everything that watches one conversation with the model, over all its connections. */
export class Watch {
  readonly calls = new OpenCalls()
  readonly #audible = new Audible()
  readonly #silence = new Silence()
  readonly #tail = new Tail()
  #peer = new Peer(0)
  #isAnswering = false
  #thinksUntil: Ms = Number.NEGATIVE_INFINITY
  #isStale = false

  /** The model is in the middle of something that would be lost with the connection, or is about to begin it. */
  isBusy(at: Ms): boolean {
    return this.#isAnswering || this.calls.areOpen || at < this.#thinksUntil
  }

  /** A turn has ended that lies behind no handle yet. */
  get isStale(): boolean {
    return this.#isStale
  }

  /** Something of the turn under way could be heard. */
  get isHeard(): boolean {
    return this.#audible.isHeard
  }

  /** Turns in a row that could not be heard. */
  get misses(): number {
    return this.#audible.misses
  }

  /** A connection is open; `isResumed` says whether the session behind it knows what went before. */
  opened(at: Ms, isResumed: boolean): void {
    this.#peer = new Peer(at)
    this.#tail.reset()
    this.#audible.brokenOff()
    this.#isAnswering = this.#isStale = false
    this.#thinksUntil = Number.NEGATIVE_INFINITY
    if (!isResumed) this.calls.orphan()
  }

  /** A message or a pong came. */
  sign(at: Ms): void {
    this.#peer.sign(at)
  }

  /** Something was said or typed that is to be answered aloud. */
  asked(): void {
    this.#audible.asked()
  }

  /** Whether the turn under way was talked over. */
  isInterrupted(at: Ms): boolean {
    return this.#tail.isInterrupted(at)
  }

  /** Takes an event in; false where it belongs to an answer that is over, and nobody is to hear of it. */
  received(event: LiveEvent, at: Ms): boolean {
    if (!this.#tail.passes(event, at)) return false
    switch (event.type) {
      case 'audio':
        this.#isAnswering = true
        this.#audible.sound(event.pcm)
        break
      case 'call':
        this.calls.called(event.calls, at)
        // A slip that comes between two turns excuses neither.
        if (!this.calls.isRepetition) this.#audible.excused()
        break
      case 'cancel':
        this.calls.cancelled(event.ids)
        break
      case 'interrupted':
        // Its `turnComplete` may be missing.
        this.#isAnswering = false
        this.#audible.excused()
        break
      case 'heard':
        this.#thinksUntil = at + THINKS_MS
        break
      case 'handle':
        if (event.handle !== undefined) this.#isStale = false
        return true
      case 'goAway':
      case 'usage':
        return true
    }
    this.#silence.heard()
    return true
  }

  /** The turn is over. Whether it came to anything. */
  turnEnded(reason: string | undefined): Outcome {
    this.#isAnswering = false
    this.#thinksUntil = Number.NEGATIVE_INFINITY
    this.#isStale = true
    return this.#audible.turnEnded(reason)
  }

  /** @param unansweredMs for how long what was said has met no message at all */
  step(at: Ms, unansweredMs: Ms): Alert[] {
    const alerts: Alert[] = this.calls.overdue(at).map(call => ({ do: 'answer', call }))
    const peer = this.#peer.step(at)
    if (peer === 'ask') alerts.push({ do: 'ping' })
    if (peer === 'dead')
      alerts.push({ do: 'leave', because: 'nothing has come from it for more than a minute' })
    else if (this.#silence.step(unansweredMs))
      alerts.push({ do: 'leave', because: 'it says nothing to what is said' })
    return alerts
  }
}
