import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../../agent/clock.ts'
import { readConfig } from '../../../agent/config.ts'
import type { LiveEvent } from '../../../agent/live/events.ts'
import { Supervisor } from '../../../agent/live/supervisor.ts'
import { Log } from '../../../agent/log.ts'
import { Stats } from '../../../agent/stats.ts'
import { Registry } from '../../../agent/tools/registry.ts'
import { Runner } from '../../../agent/tools/runner.ts'
import { readyTool } from '../../../agent/tools/tool.ts'
import { type GoogleCredentials, startGoogleCredentials } from '../../fakes/google-credentials.ts'
import { stage } from '../rehearsal/contract/stage.ts'

const on = stage()
let credentials: GoogleCredentials
let live: Supervisor | undefined
let events: LiveEvent[]
beforeAll(async () => {
  credentials = await startGoogleCredentials()
  for (const [name, value] of Object.entries(credentials.env)) vi.stubEnv(name, value)
})
afterEach(async () => {
  await live?.close()
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await credentials[Symbol.asyncDispose]()
})

/** By the standard variables, and what `GOOGLE_VERTEX_BASE_URL` leads to. */
function configured(more: Record<string, string> = {}) {
  return readConfig({
    GOOGLE_GENAI_USE_VERTEXAI: 'true',
    GOOGLE_CLOUD_PROJECT: 'a-project',
    GOOGLE_CLOUD_LOCATION: 'europe-west4',
    GOOGLE_VERTEX_BASE_URL: on.url,
    ...more,
  })
}

function begin(more: Record<string, string> = {}): Supervisor {
  const { gemini, live: settings } = configured(more)
  const tool = readyTool({ name: 'get_light', description: 'd', run: () => ({ light: 'on' }) }, 'test')
  const registry = new Registry([tool])
  const common = { clock: systemClock, log: new Log({}, 'error', () => {}), stats: new Stats() }
  events = []
  const runner = new Runner({
    ...common,
    registry,
    profile: () => settings.profile,
    context: { room: 'r', people: () => [], asker: () => '' },
    answer: (call, { response, ...how }) => supervisor.sendToolResult(call, response, how),
    show: () => {},
  })
  const supervisor = new Supervisor({
    ...common,
    gemini,
    settings: { ...settings, functions: registry.declarations(settings.profile) },
    onEvent: event => {
      events.push(event)
      if (event.type === 'call') runner.call(event.calls)
    },
    onUp: () => {},
    onDown: () => {},
  })
  supervisor.start()
  return supervisor
}

const said = () => events.map(event => (event.type === 'said' ? event.text : '')).join('')
const until = (claim: () => boolean) =>
  vi.waitFor(() => expect(claim()).toBe(true), { timeout: 10_000, interval: 10 })

describe.each(['gemini-3.8-live', 'gemini-live-2.5-flash-native-audio'])('Vertex AI with %s', MODEL => {
  it('is reached by the standard variables, under the full name of the model, and answers', async () => {
    live = begin({ MODEL })
    live.sendText('Good morning.')
    await until(() => said().includes('Good morning'))
    const session = JSON.stringify(on.rehearsal.journal.sessions.at(-1)!.entries[0])
    expect(session).toContain(`projects/a-project/locations/europe-west4/publishers/google/models/${MODEL}`)
  })

  it('that sends calls without an id gets their answers all the same', async () => {
    on.rehearsal.play({ behaviour: { callIds: false } })
    live = begin({ MODEL })
    live.sendText('call get_light')
    await until(() => said().includes('get light answered: light on'))
  })
})

it('the Developer API does not know the models that are on Vertex AI alone', () => {
  expect(() => readConfig({ MODEL: 'gemini-live-2.5-flash-native-audio' })).toThrow(
    'is not on the Gemini Developer API',
  )
  expect(() => configured({ MODEL: 'gemini-3.1-flash-live-preview' })).toThrow('is not on Vertex AI')
})
