import type { Letter } from './outbox/letter.ts'
import type { Recall } from './recall.ts'
import type { LiveSettings } from './settings.ts'

/** How a session learns what it does not know. */
export type Introduction = {
  /** The settings to open it with. */
  asked: LiveSettings
  /** Said before anything else. */
  opening: Letter | undefined
  /** It knows all of the conversation then, or what it does not know lies behind no handle. */
  isTold: boolean
}

/** A new session is told what the conversation was about, a resumed one what came after its handle. */
export function introduce(recall: Recall, settings: LiveSettings, isResumed: boolean): Introduction {
  const text = isResumed ? recall.missing() : recall.whole()
  const plain = { asked: settings, opening: undefined, isTold: isResumed }
  if (text === undefined) return plain
  if (settings.profile.context === 'clientContent') return { ...plain, opening: { kind: 'context', text } }
  // It takes no content in its midst, and a resumed one keeps the instructions that it had.
  return isResumed
    ? plain
    : { ...plain, asked: { ...settings, instructions: `${settings.instructions}\n\n${text}` } }
}
