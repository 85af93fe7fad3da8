import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../agent/clock.ts'
import { StartError } from '../../../agent/errors.ts'
import { readLiveSettings } from '../../../agent/live/settings.ts'
import { Settings } from '../../../agent/settings.ts'
import { checkGemini } from '../../../agent/start/gemini-check.ts'
import { type LiveClient, startFakeLive } from '../../fakes/live-server.ts'

const settings = readLiveSettings(new Settings({}), 'developer', () => undefined)

async function check(greet?: (client: LiveClient) => void): Promise<string | undefined> {
  await using live = await startFakeLive(greet)
  return await checkGemini(
    { at: 'developer', apiKey: 'AIza-wrong', baseUrl: live.url },
    settings,
    systemClock,
  )
}

describe('before the rooms open, Gemini is asked', () => {
  it('and says nothing when all is well', async () => {
    expect(await check()).toBeUndefined()
  })

  it('and a key that it refuses ends the start, with the setting and without the key', async () => {
    const refused = check(client =>
      client.socket.close(1007, 'API key not valid. Please pass a valid API key.'),
    )
    await expect(refused).rejects.toThrow(StartError)
    await expect(refused).rejects.toThrow(/^(?!.*AIza-wrong).*GEMINI_API_KEY/)
  })

  it('and a model that it does not know ends the start, with the living ones', async () => {
    const refused = check(client => client.socket.close(1008, 'models/x is not found for API version v1'))
    await expect(refused).rejects.toThrow(/MODEL to one of gemini-3\.8-live/)
  })

  it('and trouble that may pass is told, and ends nothing', async () => {
    expect(
      await check(client => client.socket.close(1011, 'The service is currently unavailable.')),
    ).toContain('currently unavailable')
  })
})
