import { type Clock, systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import { asError } from '../errors.ts'
import { LiveConnection } from '../live/connection.ts'
import { type Finding, ill, well } from './finding.ts'

/** Opens a Live session with the model and the settings there are, and closes it; nothing is said in it. */
export async function examineGemini({ gemini, live }: Config, clock: Clock = systemClock): Promise<Finding> {
  if (gemini.at === 'rehearsal' && gemini.isOurs)
    return well('Gemini', 'no GEMINI_API_KEY is set: npm start runs a rehearsal, which only stands in for it')
  const began = clock.now()
  try {
    const settings = { gemini, settings: live, clock, handle: undefined, onEvent: () => {} }
    await using _ = await LiveConnection.open(settings)
    const took = Math.round(clock.now() - began)
    const name = gemini.at === 'rehearsal' ? `the stand-in at ${gemini.baseUrl}` : live.model
    return well('Gemini', `${name} took our settings in ${took} ms`)
  } catch (thrown) {
    return ill('Gemini', asError(thrown).message)
  }
}
