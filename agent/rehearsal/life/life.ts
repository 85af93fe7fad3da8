import type { Alarm, Clock } from '../../clock.ts'
import type { Ms } from '../../units.ts'
import { Refusal } from '../wire/refusal.ts'

/** How long a connection and a session may live. */
export type LifeSpan = {
  /** A connection ends after this. */
  connectionMs: Ms
  /** `goAway` comes this long before the end; 0 for none, and then the end is a sudden 1011. */
  goAwayMs: Ms
  /** A session without context compression ends after this, however many connections it had. */
  audioSessionMs: Ms
  /** The same, once there was a picture in it. */
  videoSessionMs: Ms
}

export type LifeEvents = {
  goAway(timeLeft: Ms): void
  end(refusal: Refusal): void
}

const aborted = () =>
  new Refusal(
    1008,
    'Connection aborted because the client failed to close the connection after receiving a GoAway signal once the session duration expired',
  )
const deadline = () => new Refusal(1011, 'Deadline expired before operation could complete.')

/** The age of one connection. Its clock may run faster than the world's, so that ten minutes need not be waited for. */
export class Life {
  readonly #clock: Clock
  readonly #span: LifeSpan
  readonly #events: LifeEvents
  readonly #openedAt: Ms
  readonly #bornAt: Ms
  readonly #isCapped: boolean
  #alarms: Alarm[] = []
  #endsAt = Number.POSITIVE_INFINITY
  #hasSaidGoAway = false

  /** `bornAt` is when the session began, perhaps over an earlier connection; `isCapped`: without compression. */
  constructor(
    clock: Clock,
    span: LifeSpan,
    born: { bornAt: Ms; isCapped: boolean; hasVideo: boolean },
    events: LifeEvents,
  ) {
    this.#clock = clock
    this.#span = span
    this.#events = events
    this.#openedAt = clock.now()
    this.#bornAt = born.bornAt
    this.#isCapped = born.isCapped
    this.#plan(born.hasVideo)
  }

  /** ms of the session's own time until its end. */
  get leftMs(): Ms {
    return Math.max(0, this.#endsAt - this.#clock.now())
  }

  /** From the first picture on the shorter cap holds. */
  sawVideo(): void {
    this.#plan(true)
  }

  /** Says `goAway` now and ends `timeLeft` later, whatever was planned. */
  goAway(timeLeft: Ms): void {
    this.#endAt(this.#clock.now() + timeLeft, timeLeft)
  }

  close(): void {
    for (const alarm of this.#alarms) alarm.cancel()
    this.#alarms = []
  }

  #plan(hasVideo: boolean): void {
    const { connectionMs, audioSessionMs, videoSessionMs, goAwayMs } = this.#span
    const cap = this.#isCapped
      ? this.#bornAt + (hasVideo ? videoSessionMs : audioSessionMs)
      : Number.POSITIVE_INFINITY
    const endsAt = Math.min(this.#openedAt + connectionMs, cap)
    if (endsAt < this.#endsAt) this.#endAt(endsAt, goAwayMs)
  }

  #endAt(at: Ms, goAwayMs: Ms): void {
    this.close()
    this.#endsAt = at
    if (goAwayMs > 0 && !this.#hasSaidGoAway) this.#after(at - goAwayMs, () => this.#sayGoAway())
    this.#after(at, () => this.#events.end(goAwayMs > 0 ? aborted() : deadline()))
  }

  #sayGoAway(): void {
    this.#hasSaidGoAway = true
    const left = this.leftMs
    // An alarm that is a moment late does not make odd figures of whole seconds.
    this.#events.goAway(left > 2_000 ? Math.round(left / 1_000) * 1_000 : left)
  }

  #after(at: Ms, then: () => void): void {
    // Longer than a timer can wait is for ever.
    const delay = Math.max(0, at - this.#clock.now())
    if (delay < 2 ** 31) this.#alarms.push(this.#clock.after(delay, then))
  }
}

/** A clock that runs `scale` times as fast as another. The scale may change; time goes on from where it was. */
export class ScaledClock implements Clock {
  readonly #clock: Clock
  #scale: number
  #now: Ms
  #since: Ms

  constructor(clock: Clock, scale: number) {
    this.#clock = clock
    this.#scale = scale
    this.#since = clock.now()
    this.#now = this.#since
  }

  get scale(): number {
    return this.#scale
  }

  /** Alarms that wait already go off when they would have. */
  rescale(scale: number): void {
    this.#now = this.now()
    this.#since = this.#clock.now()
    this.#scale = scale
  }

  now(): Ms {
    return this.#now + (this.#clock.now() - this.#since) * this.#scale
  }

  wall(): Ms {
    return this.#clock.wall()
  }

  after(delay: Ms, then: () => void): Alarm {
    return this.#clock.after(delay / this.#scale, then)
  }
}
