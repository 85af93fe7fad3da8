import type { Clock } from '../clock.ts'
import type { ModelProfile } from '../live/models.ts'
import type { Log } from '../log.ts'
import type { Ms } from '../units.ts'
import type { Tokens } from './door/tokens.ts'
import type { Handles } from './life/handles.ts'
import type { ScaledClock } from './life/life.ts'
import type { Behaviour } from './profiles.ts'
import type { Director } from './scenario/director.ts'
import type { Answers } from './turns/script.ts'
import type { Voice } from './voice/voice.ts'
import type { ServerMessage } from './wire/server-message.ts'

/** The socket as a session sees it. */
export type Line = {
  send(message: ServerMessage, asText: boolean): void
  /** A text frame as it is. */
  raw(text: string): void
  close(code: number, reason: string): void
  /** Tears the connection down without a word. */
  cut(): void
  /** Reads nothing for `ms`. */
  stall(ms: Ms): void
}

/** What all sessions of a server share. */
export type Stage = {
  clock: Clock
  /** For ages and caps: may run faster than the world's. */
  lifeClock: ScaledClock
  voice: Voice
  log: Log
  tokens: Tokens
  handles: Handles
  answers: Answers | undefined
  silent: boolean
  seed: number
  /** Plays the scenario of the moment. */
  director: () => Director
  /** Changes a session's behaviour before it begins. */
  adjust: (behaviour: Behaviour, model: ModelProfile) => Behaviour
}
