import type { Ms } from '../../units.ts'
import type { ServerMessage, Transcription } from '../wire/server-message.ts'

/** What is to happen, in a file: see agent/rehearsal/README.md. Every session plays it from the beginning, but for what names a session. */
export type Scenario = {
  name?: string
  /** Every chance follows from it; 1 unless set. */
  seed?: number
  /** Ages, caps and lifetimes of handles pass this many times as fast. */
  timeScale?: number
  /** Nothing is ever answered. */
  silent?: boolean
  /** Switches of the profile, by their names in `Behaviour`; `pacing` and `life` may be given in part. */
  behaviour?: Switches
  /** The same for some sessions alone, over what holds for all. */
  sessions?: SessionScript[]
  /** Versions of the API that know ephemeral tokens: sources disagree, so all do unless set. */
  tokenVersions?: string[]
  turns?: TurnScript[]
  faults?: FaultScript[]
}

export type Switches = Record<string, unknown>

/** Sessions by their number, counted from 1 since the scenario was loaded; all of them where it is unset. */
export type Which = number | readonly number[]

export type SessionScript = { session?: Which; behaviour?: Switches }

/** What is heard and answered in one turn. The first unused one that fits is taken; without one the turn is honest. */
export type TurnScript = {
  /** What prompts it; anything unless set. */
  on?: 'SPEECH' | 'TYPED' | 'RESULT'
  /** A regular expression, any case, that typed words must match. */
  matches?: string
  session?: Which
  /** Taken again and again. */
  repeat?: boolean
  /** The transcript of what was said. */
  hears?: HeardScript[]
  /** The answer: nothing at all where it is empty, the honest one where it is unset. */
  does?: ItemScript[]
  /** `NEVER`: the turn does not end. */
  end?: 'COMPLETE' | 'NEVER'
  /** The turn's `turnCompleteReason`. */
  reason?: string
}

export type HeardScript = {
  text?: string
  /** The `speakerLabel`. */
  speaker?: string
  /** When it comes, ms after the end of the speech; at once unless set. */
  afterMs?: Ms
  /** Instead: ms after the start of the speech, while it may still go on. */
  duringMs?: Ms
  languageCode?: string
  /** Durations such as `1.2s`, here and in the words. */
  startOffset?: string
  endOffset?: string
  words?: NonNullable<Transcription['words']>
}

/** One step, named by its one key. */
export type ItemScript = {
  say?: string
  /** With `say`, times as loud. */
  gain?: number
  /** A text part. */
  write?: string
  /** A text part that is a thought. */
  thought?: string
  play?: { toneHz?: number; ms?: Ms; base64?: Buffer }
  /** Plays back what was heard. */
  echo?: boolean
  waitMs?: Ms
  call?: { name?: string; args?: Record<string, unknown>; id?: string }[]
  /** With `call`: the steps after its answers. Without it they are spoken. */
  after?: ItemScript[]
  send?: Record<string, unknown>
  /** `generationComplete` comes here; what follows is late. */
  done?: boolean
}

export const moments = [
  'UPGRADE',
  'SETUP',
  'OPEN',
  'MESSAGE',
  'ACTIVITY',
  'TURN',
  'SOUND',
  'CALL',
  'DONE',
  'TURN_END',
] as const
/**
 * When a fault strikes: when the socket opens, when setup came, after setupComplete, at a client's message, when speech began, when an answer
 * begins, when its first sound left, when a call left, at generationComplete, at turnComplete.
 */
export type Moment = (typeof moments)[number]

export type FaultScript = Fault & {
  at?: Moment
  /** The how manieth such moment of the session, from 1; every one where it is 0. 1 unless set. */
  nth?: number
  /** ms after the moment. */
  afterMs?: Ms
  /** Up to so much later still, drawn from the seed, ms. */
  spreadMs?: Ms
  session?: Which
  /** How likely it is, from 0 to 1. */
  chance?: number
}

export const faultKinds = [
  'REFUSE',
  'CLOSE',
  'CUT',
  'MUTE',
  'RAW',
  'HUGE',
  'GO_AWAY',
  'POISON',
  'FORGET',
  'STALL',
  'HOLD',
  'SEND',
  'REPEAT_CALL',
] as const

/** Something that goes wrong. README.md says what each of them is. */
export type Fault = {
  fault?: (typeof faultKinds)[number]
  /** REFUSE: the HTTP status of the upgrade; 403 unless set. */
  status?: number
  /** CLOSE: the code, 1011 unless set, and the reason. */
  code?: number
  reason?: string
  /** RAW: a frame as it is, such as broken JSON. */
  text?: string
  /** HUGE: the size of a message, 2 MiB unless set. */
  bytes?: number
  /** GO_AWAY: how long the session still lives. STALL, HOLD: for how long nothing is read, or sent. 5 s unless set. */
  ms?: Ms
  /** SEND: any message. */
  message?: Record<string, unknown>
}

/** Any message of a script: written by hand, and sent as it stands. */
export const asMessage = (message: Record<string, unknown>) => message as ServerMessage
