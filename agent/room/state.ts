import { type LocalParticipant, type Room, RoomEvent } from '@livekit/rtc-node'
import type { Alarm, Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Floor } from '../live/turns.ts'
import type { Log } from '../log.ts'
import type { Manners } from '../manners/manners.ts'
import type { Ms } from '../units.ts'

/** The words of LiveKit's front ends; a room whose agent is none of the last three for 20 s is taken for failed. */
export type AgentState = 'initializing' | 'idle' | 'listening' | 'thinking' | 'speaking'

/** What the room is shown of the agent, by its participant's attributes. People are named by their identities. */
export type Sign = {
  state: AgentState
  /** Who is being answered; empty when nobody is. */
  floor: string
  /** Who is heard talking now. */
  hearing: readonly string[]
  manners: Manners
  /** `holding-back`: there is an answer that is not said aloud, so far or at all. */
  choice: '' | 'holding-back'
  /** Who has deafened the agent; empty while it hears. */
  deafened: string
  /** Who presses to talk: the first is heard, the others wait. */
  talkers: readonly string[]
  /** The session with the model. `down`: only a person can mend it. */
  model: 'up' | 'reconnecting' | 'down'
  /** A stand-in answers in the place of Gemini. */
  isRehearsal: boolean
  /** Whose pictures come first; empty when nobody's do. */
  pinned: string
  /** Sound and words are kept. */
  isRecorded: boolean
}

/** What is shown of an agent that has just come in. */
export function firstSign(
  { manners, gemini }: Pick<Config, 'manners' | 'gemini'>,
  isRecorded: boolean,
): Sign {
  return {
    state: 'initializing',
    floor: '',
    hearing: [],
    manners: manners.first,
    choice: '',
    deafened: '',
    talkers: [],
    model: 'reconnecting',
    isRehearsal: gemini.at === 'rehearsal',
    pinned: '',
    isRecorded,
  }
}

/** The floor in LiveKit's words. `idle` is the truth while the model is away: front ends then say that the agent is not ready. */
export const stateFor: Record<Floor, AgentState> = {
  down: 'idle',
  listening: 'listening',
  thinking: 'thinking',
  speaking: 'speaking',
}

/** Who is heard changes with every breath; it is shown no more often than this, ms. */
const HEARING_EVERY_MS: Ms = 250
/** More people than this are not listed. */
const MOST_LISTED = 50
const HEARING = 'roundtable.hearing'

/** The sign as attributes. LiveKit takes an attribute away when it is set to nothing. */
export function attributesOf(sign: Sign): Record<string, string> {
  return {
    'lk.agent.state': sign.state,
    floor: sign.floor,
    [HEARING]: JSON.stringify(sign.hearing.slice(0, MOST_LISTED)),
    'roundtable.manners': sign.manners,
    'roundtable.choice': sign.choice,
    'roundtable.deafened': sign.deafened,
    'roundtable.talkers': JSON.stringify(sign.talkers.slice(0, MOST_LISTED)),
    'roundtable.model': sign.model,
    'roundtable.rehearsal': sign.isRehearsal ? 'true' : '',
    'roundtable.pinned': sign.pinned,
    'roundtable.recording': sign.isRecorded ? 'true' : '',
  }
}

/** The part of LiveKit's participant that a sign is put up on. */
export type SignPost = Pick<LocalParticipant, 'setAttributes'>

/**
 * Publishes what the agent is doing: only what has changed, and only the newest. While one update is under way, those between it and
 * the last are skipped.
 */
export class StateSign {
  readonly #post: SignPost
  readonly #clock: Clock
  readonly #log: Log
  #sign: Sign
  /** What the room has been told. */
  #told: Record<string, string> = {}
  #hearingAt: Ms = Number.NEGATIVE_INFINITY
  #alarm: Alarm | undefined
  #isBusy = false

  /** Shows nothing yet: `first` is published with the first change. */
  constructor(post: SignPost, clock: Clock, log: Log, first: Sign) {
    this.#post = post
    this.#clock = clock
    this.#log = log
    this.#sign = first
  }

  show(change: Partial<Sign>): void {
    this.#sign = { ...this.#sign, ...change }
    if (!this.#isBusy) void this.#update()
  }

  /** Tells everything again: after a reconnection LiveKit may know us without our attributes. */
  repeat(): void {
    this.#told = {}
    this.show({})
  }

  close(): void {
    this.#alarm?.cancel()
  }

  async #update(): Promise<void> {
    this.#isBusy = true
    for (let news = this.#news(); Object.keys(news).length > 0; news = this.#news()) {
      try {
        if (HEARING in news) this.#hearingAt = this.#clock.now()
        this.#told = { ...this.#told, ...news }
        await this.#post.setAttributes(news)
      } catch (error) {
        // The connection is down or gone; when it is back, everything is told again.
        this.#log.debug('state not shown', { ...news, error })
      }
    }
    this.#isBusy = false
  }

  /** The attributes that the room has not been told, without those whose time has not come. */
  #news(): Record<string, string> {
    const all = Object.entries(attributesOf(this.#sign))
    const news = Object.fromEntries(all.filter(([name, value]) => (this.#told[name] ?? '') !== value))
    const wait = this.#hearingAt + HEARING_EVERY_MS - this.#clock.now()
    if (HEARING in news && wait > 0) {
      delete news[HEARING]
      this.#alarm?.cancel()
      this.#alarm = this.#clock.after(wait, () => this.show({}))
    }
    return news
  }
}

/** Repeats the sign whenever the connection to the room was lost and is back. */
export function keepShown(room: Room, sign: StateSign): void {
  room.on(RoomEvent.Reconnected, () => sign.repeat())
}
