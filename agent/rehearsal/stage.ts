import type { Clock } from '../clock.ts'
import type { ModelProfile } from '../live/models.ts'
import type { Log } from '../log.ts'
import type { Tokens } from './door/tokens.ts'
import type { Handles } from './life/handles.ts'
import type { ScaledClock } from './life/life.ts'
import type { Behaviour } from './profiles.ts'
import type { Director } from './scenario/director.ts'
import type { Answers } from './turns/script.ts'
import type { Voice } from './voice/voice.ts'

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
  /** Changes a session's behaviour before its scenario does. */
  adjust: (behaviour: Behaviour, model: ModelProfile) => Behaviour
}
