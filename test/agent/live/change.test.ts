import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { GeminiConfig } from '../../../agent/config.ts'
import { type LiveSettings, readLiveSettings, type Service } from '../../../agent/live/settings.ts'
import { Supervisor } from '../../../agent/live/supervisor.ts'
import { Log } from '../../../agent/log.ts'
import { Settings } from '../../../agent/settings.ts'
import { Stats } from '../../../agent/stats.ts'
import { FakeClock } from '../../fakes/clock.ts'
import { type GoogleCredentials, startGoogleCredentials } from '../../fakes/google-credentials.ts'
import { type FakeLive, startFakeLive } from '../../fakes/live-server.ts'

let server: FakeLive
let live: Supervisor
let clock: FakeClock
let ups: number
let logged: string
let credentials: GoogleCredentials

beforeEach(async () => {
  server = await startFakeLive()
  clock = new FakeClock()
  ups = 0
  logged = ''
  credentials = await startGoogleCredentials()
  for (const [name, value] of Object.entries(credentials.env)) vi.stubEnv(name, value)
})
afterEach(async () => {
  await live.close()
  await server[Symbol.asyncDispose]()
  vi.unstubAllEnvs()
  await credentials[Symbol.asyncDispose]()
})

const until = (claim: () => boolean) =>
  vi.waitFor(() => expect(claim()).toBe(true), { timeout: 10_000, interval: 5 })

async function begin(
  on: Service,
  env: Record<string, string> = {},
  functions: LiveSettings['functions'] = [],
) {
  const gemini: GeminiConfig =
    on === 'vertex'
      ? { at: 'vertex', project: 'a-project', location: 'global', baseUrl: server.url }
      : { at: 'developer', apiKey: 'key', baseUrl: server.url }
  live = new Supervisor({
    gemini,
    settings: { ...readLiveSettings(new Settings(env), on, () => undefined), functions },
    clock,
    log: new Log({}, 'error', line => {
      logged += line
    }),
    stats: new Stats(),
    onEvent: () => {},
    onUp: () => ups++,
    onDown: () => {},
  })
  live.start()
  await until(() => ups === 1)
  const client = server.clients.at(-1)!
  client.send({ sessionResumptionUpdate: { newHandle: 'place', resumable: true } })
  await until(() => live.phase.at === 'live' && live.phase.handle === 'place')
  return client
}

describe('changed instructions and tools', () => {
  const changed = { instructions: 'Be brief.', functions: [{ name: 'get', description: 'gets' }] }

  it('go into the session there is, where the API can do that', async () => {
    const client = await begin('vertex')
    live.change(changed)
    await until(() => client.received.length === 1)
    expect(client.received[0]).toMatchObject({
      contextUpdate: {
        systemInstruction: { parts: [{ text: 'Be brief.' }] },
        tools: { tools: [{ functionDeclarations: [{ name: 'get' }] }] },
      },
    })
    clock.pass(20_000)
    expect(server.clients).toHaveLength(1)
  })

  it('are in the next session there too', async () => {
    const client = await begin('vertex')
    live.change(changed)
    await until(() => client.received.length === 1)
    client.socket.terminate()
    await until(() => live.phase.at !== 'live')
    clock.pass(1_000)
    await until(() => server.clients.length === 2)
    const next = server.clients[1]!
    expect(next.setup).toMatchObject({ systemInstruction: { parts: [{ text: 'Be brief.' }] } })
  })

  it.each([
    ['the Developer API', 'developer', {}, changed],
    ['Vertex AI with 2.5', 'vertex', { MODEL: 'gemini-live-2.5-flash-native-audio' }, changed],
    ['Vertex AI, when the voice changes too', 'vertex', {}, { ...changed, voice: 'Kore' }],
  ] as const)('on %s go on in a session that takes this one up', async (_, on, env, change) => {
    await begin(on, env)
    live.change(change)
    clock.pass(10_000)
    await until(() => server.clients.length === 2)
    const next = server.clients[1]!
    expect(next.setup).toMatchObject({
      sessionResumption: { handle: 'place' },
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
    })
  })
})

it('who finds the turns changes with the session that takes this one up, there and back', async () => {
  await begin('developer')
  const isByMarks = () => JSON.stringify(server.clients.at(-1)!.setup).includes('"disabled":true')
  expect(isByMarks()).toBe(false)
  for (const [turns, sessions] of [
    ['by marks', 2],
    ['by itself', 3],
  ] as const) {
    live.change({ turns })
    clock.pass(10_000)
    await until(() => server.clients.length === sessions && ups === sessions)
    expect(isByMarks()).toBe(turns === 'by marks')
    expect(server.clients.at(-1)!.setup.sessionResumption?.handle).toBe('place')
  }
})

it('settings that change nothing leave the session alone', async () => {
  const client = await begin('developer', { VOICE: 'Kore', GREETING: 'Hello' })
  live.change({ voice: 'Kore', greeting: undefined })
  clock.pass(20_000)
  live.sendText('still here')
  await until(() => client.received.length === 1)
  expect(server.clients).toHaveLength(1)
})

describe('a tool that the service refuses', () => {
  const refusals: [string, string][] = [
    [
      'by its place',
      'Unknown name "x" at \'setup.tools[0].function_declarations[1].parameters_json_schema\'',
    ],
    ['by its name', 'Invalid function name "bad". Must start with a letter.'],
  ]
  it.each(refusals)('%s is left out, in words, and the session opens without it', async (_, reason) => {
    await server[Symbol.asyncDispose]()
    server = await startFakeLive(client => {
      if (JSON.stringify(client.setup).includes('"bad"')) client.socket.close(1007, reason)
      else client.send({ setupComplete: {} })
    })
    const functions = ['good', 'bad', 'other'].map(name => ({ name, description: 'd' }))
    const client = await begin('developer', {}, functions)
    expect(JSON.stringify(client.setup)).toMatch(/good.*other/)
    expect(logged).toContain('Gemini refused the tool bad:')
    expect(logged).toContain('take it out of TOOLS or MCP')
  })
})
