import type { ModelProfile } from '../../live/models.ts'
import type { Ms } from '../../units.ts'
import type { Heard } from '../hearing/ear.ts'
import type { Picture } from '../hearing/picture.ts'
import type { Memory } from '../life/memory.ts'
import type { FunctionResponse } from '../wire/client-message.ts'
import type { ServerMessage } from '../wire/server-message.ts'
import type { FunctionDeclaration } from '../wire/setup.ts'

/** What an answer is given to. */
export type Prompt =
  | { kind: 'speech'; heard: Heard; typed: string; pictures: readonly Picture[] }
  | { kind: 'typed'; typed: string; pictures: readonly Picture[] }
  /** A NON_BLOCKING call was answered. */
  | { kind: 'result'; responses: FunctionResponse[]; after: After | undefined }

/** Whom an answer is given for. */
export type Scene = {
  /** Answers before this one, over all connections of the session. */
  turn: number
  /** As the journal calls it. */
  session: string
  model: ModelProfile
  /** A name of the cast. */
  voice: string
  memory: Memory
  declarations: readonly FunctionDeclaration[]
  hasSearch: boolean
  /** ms until this connection ends. */
  leftMs: Ms
  /** Speech is to be played back to who spoke. */
  isEcho: boolean
}

/** One step of an answer. */
export type Item =
  /**
   * Spoken, with its transcript. With `pcm` (24 kHz) that is what sounds; in a TEXT session only `text` is sent. `gain` makes it
   * quieter below 1.
   */
  | { kind: 'say'; text: string; pcm?: Int16Array; gain?: number }
  /** A text part, whatever the session's modality. */
  | { kind: 'write'; text: string; thought?: true }
  | { kind: 'wait'; ms: Ms }
  /** Functions to call. BLOCKING ones hold the rest back until every one is answered; `after` goes on from the answers. */
  | { kind: 'call'; calls: readonly ScriptedCall[]; after?: After }
  /** Any message, as it is. */
  | { kind: 'send'; message: ServerMessage }
  /** Says `generationComplete` here; what follows is late. */
  | { kind: 'done' }

/** A call as a script writes it; the session gives it an id where it has none. */
export type ScriptedCall = { name: string; args: Record<string, unknown>; id?: string }

/** Goes on from the answers of a call. */
export type After = (responses: FunctionResponse[]) => readonly Item[]

export type Answer = {
  items: readonly Item[]
  /** `never`: neither `generationComplete` nor `turnComplete` comes. */
  end?: 'complete' | 'never'
  /** The `turnCompleteReason` of the turn. */
  reason?: string
  /** From now on speech is played back, or no longer. */
  echo?: boolean
}

/**
 * Gives the answer to a prompt: a sentence to say, its items, or undefined for the honest one. No items make an empty turn.
 */
export type Answers = (prompt: Prompt, scene: Scene) => Answer | readonly Item[] | string | undefined

/** Whatever a script gave, as an answer. */
export function asAnswer(given: Answer | readonly Item[] | string): Answer {
  if (typeof given === 'string') return { items: [{ kind: 'say', text: given }] }
  return 'items' in given ? given : { items: given }
}
