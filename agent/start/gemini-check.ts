import type { Clock } from '../clock.ts'
import type { GeminiConfig } from '../config.ts'
import { asError, LiveError, StartError } from '../errors.ts'
import { LiveConnection } from '../live/connection.ts'
import { isPassing } from '../live/refusal.ts'
import type { LiveSettings } from '../live/settings.ts'

/**
 * Opens a Live session and closes it: a wrong key is learnt here, and not by the first guest. Resolves with what is wrong
 * where that may pass, a sentence for people; undefined where nothing is.
 * @throws StartError where only another key, model or setting helps
 */
export async function checkGemini(
  gemini: GeminiConfig,
  settings: LiveSettings,
  clock: Clock,
): Promise<string | undefined> {
  try {
    await using _ = await LiveConnection.open({
      gemini,
      settings,
      clock,
      handle: undefined,
      onEvent: () => {},
    })
    return undefined
  } catch (thrown) {
    const error = asError(thrown)
    if (error instanceof LiveError && isPassing(error.kind)) return error.message
    throw new StartError(error.message, { cause: error })
  }
}
