import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { converse } from '../../agent/index.ts'
import { type Rehearsal, startRehearsal } from '../../agent/rehearsal/server.ts'
import { need } from '../setup/need.ts'
import { startLiveKit, type TestLiveKit } from './livekit.ts'
import { Person, until } from './person.ts'

const canRun = await need('livekit-server')

describe.runIf(canRun)('the library', { timeout: 60_000 }, () => {
  let livekit: TestLiveKit
  let rehearsal: Rehearsal
  let settings: Record<string, string>
  beforeAll(async () => {
    livekit = await startLiveKit()
    rehearsal = await startRehearsal()
    settings = {
      LIVEKIT_URL: livekit.url,
      LIVEKIT_API_KEY: livekit.apiKey,
      LIVEKIT_API_SECRET: livekit.apiSecret,
      GOOGLE_GEMINI_BASE_URL: rehearsal.url,
      HEALTH_PORT: '0',
    }
  })
  afterAll(async () => {
    await livekit?.close()
    await rehearsal?.close()
  })

  it('talks in a room that it was not sent to, and leaves it when told', async () => {
    await using ana = await Person.join(livekit, 'kitchen', 'ana')
    const running = converse({ room: 'kitchen', settings, log: () => {} })
    await until(() => ana.agentState === 'listening', 'the agent is there')
    await ana.type('where is the salt')
    await until(() => ana.captions.some(({ text }) => text.includes('where is the salt')), 'an answer')
    await running.close()
    expect(await running.ended).toEqual({ why: 'closed' })
    await until(() => ana.agents.length === 0, 'the agent has left')
  })

  it('says why a room could not be entered, and refuses settings that cannot be used', async () => {
    await using running = converse({
      room: 'kitchen',
      settings: { ...settings, LIVEKIT_API_SECRET: 'another-secret-of-more-than-32-letters' },
      log: () => {},
    })
    expect(await running.ended).toMatchObject({
      why: 'failed',
      error: { message: expect.stringContaining('LIVEKIT_API_SECRET') },
    })
    expect(() => converse({ room: 'kitchen', settings: { VOICE: 'Nobody' } })).toThrow(/^VOICE/)
  })
})
