import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LiveError } from '../../../agent/errors.ts'
import type { LiveEvent } from '../../../agent/live/events.ts'
import type { Place } from '../../../agent/live/place.ts'
import { readLiveSettings } from '../../../agent/live/settings.ts'
import { Supervisor } from '../../../agent/live/supervisor.ts'
import { Log } from '../../../agent/log.ts'
import { Settings } from '../../../agent/settings.ts'
import { Stats } from '../../../agent/stats.ts'
import { FakeClock } from '../../fakes/clock.ts'
import { type FakeLive, type LiveClient, startFakeLive } from '../../fakes/live-server.ts'

let clock: FakeClock
let server: FakeLive
let live: Supervisor
let events: LiveEvent[]
let downs: LiveError[]
let unheard: string[]
let places: Place[]
let stats: Stats

const settingsOf = (env: Record<string, string> = {}) =>
  readLiveSettings(new Settings(env), 'developer', () => undefined)

async function begin(env: Record<string, string> = {}, place?: Place): Promise<LiveClient> {
  live = new Supervisor({
    gemini: { at: 'developer', apiKey: 'key', baseUrl: server.url },
    settings: settingsOf(env),
    clock,
    log: new Log({}, 'error', () => {}),
    stats,
    onEvent: event => events.push(event),
    onUp: () => {},
    onDown: error => downs.push(error),
    onUnheard: line => unheard.push(line),
    onPlace: at => places.push(at),
    speaker: () => 'Ana',
  })
  live.start(place)
  return server.next()
}

const until = (claim: () => boolean) =>
  vi.waitFor(() => expect(claim()).toBe(true), { timeout: 10_000, interval: 5 })
const content = (serverContent: unknown) => ({ serverContent })
const voice = {
  modelTurn: {
    parts: [{ inlineData: { mimeType: 'audio/pcm', data: Buffer.alloc(960, 0x20).toString('base64') } }],
  },
}
const handle = (newHandle: string) => ({ sessionResumptionUpdate: { newHandle, resumable: true } })
const texts = (client: LiveClient) =>
  client.received.flatMap(message => JSON.stringify(message).match(/"text":"(?:[^"\\]|\\.)*"/g) ?? [])

/** Ana asks, and is answered; it lies behind no handle. */
async function exchange(client: LiveClient): Promise<void> {
  client.send(content({ inputTranscription: { text: 'What is the time?' } }))
  client.send(content(voice))
  client.send(content({ outputTranscription: { text: 'Half past two.' }, turnComplete: true }))
  await until(() => events.some(event => event.type === 'turnComplete'))
}

beforeEach(async () => {
  clock = new FakeClock()
  server = await startFakeLive()
  events = []
  downs = []
  unheard = []
  places = []
  stats = new Stats()
})

afterEach(async () => {
  await live.close()
  await server[Symbol.asyncDispose]()
  expect(clock.pending).toBe(0)
})

describe('a session that begins anew', () => {
  it('because its handle has expired is told the last lines, and not asked to answer them', async () => {
    const first = await begin()
    first.send(handle('old'))
    await until(() => live.phase.at === 'live' && live.phase.handle === 'old')
    await exchange(first)
    clock.pass(20_000)
    first.socket.close(1008, 'BidiGenerateContent session not found')
    await until(() => downs.length === 1)
    clock.pass(0)
    const second = await server.next()
    expect(second.setup.sessionResumption).toEqual({})
    await until(() => second.received.length === 1)
    expect(second.received[0]).toMatchObject({ clientContent: { turnComplete: false } })
    expect(texts(second)[0]).toContain('Ana: What is the time?\\nYou: Half past two.')
  })

  it('of a model that takes no content in mid-session learns them by its instructions', async () => {
    const first = await begin({ MODEL: 'gemini-3.1-flash-live-preview' })
    await exchange(first)
    clock.pass(20_000)
    first.socket.terminate()
    await until(() => downs.length === 1)
    clock.pass(0)
    const second = await server.next()
    await until(() => live.phase.at === 'live')
    expect(JSON.stringify(second.setup)).toContain('Ana: What is the time?')
    expect(second.received).toEqual([])
  })
})

describe('a session that is resumed', () => {
  it('at a handle from before the last exchange is told that exchange', async () => {
    const first = await begin()
    first.send(handle('place'))
    await until(() => live.phase.at === 'live' && live.phase.handle === 'place')
    await exchange(first)
    clock.pass(20_000)
    first.socket.terminate()
    await until(() => downs.length === 1)
    clock.pass(0)
    const second = await server.next()
    expect(second.setup.sessionResumption?.handle).toBe('place')
    await until(() => texts(second).length === 1)
    expect(texts(second)[0]).toContain('Half past two.')
  })

  it('is told nothing that lies behind its handle', async () => {
    const first = await begin()
    await exchange(first)
    first.send(handle('after'))
    await until(() => live.phase.at === 'live' && live.phase.handle === 'after')
    clock.pass(20_000)
    first.socket.terminate()
    await until(() => downs.length === 1)
    clock.pass(0)
    const second = await server.next()
    live.sendText('go on')
    await until(() => second.received.length > 0)
    expect(texts(second)).toEqual(['"text":"go on"'])
  })

  it('gets the answer of a tool that was called before, once', async () => {
    const first = await begin()
    first.send(handle('place'))
    first.send({ toolCall: { functionCalls: [{ id: 'c1', name: 'look_up', args: {} }] } })
    await until(() => events.some(event => event.type === 'call'))
    first.socket.terminate()
    await until(() => downs.length === 1)
    const call = { id: 'c1', name: 'look_up', args: {} }
    live.sendToolResult(call, { found: 'it' })
    live.sendToolResult(call, { found: 'it again' })
    clock.pass(0)
    const second = await server.next()
    await until(() => second.received.length > 0)
    live.sendText('and?')
    await until(() => texts(second).includes('"text":"and?"'))
    expect(second.received.filter(message => message.toolResponse)).toEqual([
      { toolResponse: { functionResponses: [{ id: 'c1', name: 'look_up', response: { found: 'it' } }] } },
    ])
  })
})

describe('the answer of a tool', () => {
  const call = { id: 'c1', name: 'look_up', args: { word: 'heron' } }

  it('that comes after a session has begun anew is told to it in words, once', async () => {
    const first = await begin()
    first.send({ toolCall: { functionCalls: [call] } })
    await until(() => events.some(event => event.type === 'call'))
    // It had given no handle.
    first.socket.terminate()
    await until(() => downs.length === 1)
    clock.pass(0)
    const second = await server.next()
    await until(() => live.phase.at === 'live')
    expect(second.setup.sessionResumption).toEqual({})
    live.sendToolResult(call, { found: 'it' })
    live.sendToolResult(call, { found: 'it again' })
    live.sendText('and?')
    await until(() => texts(second).includes('"text":"and?"'))
    expect(texts(second)).toHaveLength(2)
    expect(texts(second)[0]).toContain('\\"function\\":\\"look_up\\"')
    expect(texts(second)[0]).toContain('\\"found\\":\\"it\\"')
    expect(second.received.some(message => message.toolResponse)).toBe(false)
  })

  it('that was taken back is told to no later session', async () => {
    const first = await begin()
    first.send({ toolCall: { functionCalls: [call] } })
    first.send({ toolCallCancellation: { ids: ['c1'] } })
    await until(() => events.some(event => event.type === 'cancel'))
    first.socket.terminate()
    await until(() => downs.length === 1)
    clock.pass(0)
    const second = await server.next()
    await until(() => live.phase.at === 'live')
    live.sendToolResult(call, { found: 'it' })
    live.sendText('and?')
    await until(() => second.received.length > 0)
    expect(texts(second)).toEqual(['"text":"and?"'])
  })
})

describe('changed settings', () => {
  it('are taken over in a session that goes on where this one is, at a quiet moment', async () => {
    const first = await begin()
    await exchange(first)
    live.change({ voice: 'Puck' })
    expect(live.phase.at).toBe('leaving')
    expect(server.clients).toHaveLength(1)
    first.send(handle('place'))
    const second = await server.next()
    expect(second.setup.sessionResumption?.handle).toBe('place')
    expect(JSON.stringify(second.setup)).toContain('Puck')
    expect(downs).toEqual([])
  })

  it('of another model begin a session anew, which is told what was said', async () => {
    const first = await begin()
    await exchange(first)
    first.send(handle('place'))
    await until(() => live.phase.at === 'live' && live.phase.handle === 'place')
    const { model, profile } = settingsOf({ MODEL: 'gemini-2.5-flash-native-audio-latest' })
    live.change({ model, profile })
    const second = await server.next()
    expect(second.setup.model).toBe(`models/${model}`)
    expect(second.setup.sessionResumption).toEqual({})
    await until(() => texts(second).length === 1)
    expect(texts(second)[0]).toContain('Half past two.')
  })
})

describe('a session that is not compressed and comes to its greatest age', () => {
  const old = 'Connection aborted because the session duration expired'
  /** Whatever is resumed from it is too old as well. */
  const greet = (client: LiveClient) => {
    client.send({ setupComplete: {} })
    if (client.setup.sessionResumption?.handle !== undefined) client.socket.close(1008, old)
  }

  it('is left in a pause; since its handle leads nowhere, a new one is told the last lines and gets every word', async () => {
    await server[Symbol.asyncDispose]()
    server = await startFakeLive(greet)
    const first = await begin()
    await exchange(first)
    first.send(handle('old'))
    await until(() => live.phase.at === 'live' && live.phase.handle === 'old')
    clock.pass(20_000)
    // In mid-answer: it may be said to its end.
    first.send(content(voice))
    await until(() => events.filter(event => event.type === 'audio').length === 2)
    first.send({ goAway: { timeLeft: '50s' } })
    await until(() => live.phase.at === 'leaving')
    clock.pass(5_000)
    expect(server.clients).toHaveLength(1)
    first.send(content({ outputTranscription: { text: 'It is late.' }, turnComplete: true }))
    first.send(handle('older'))
    await until(() => server.clients.length > 1)
    live.sendText('One.')
    live.sendAudio(Int16Array.from([1, 2, 3]))
    // Each attempt waits for the clock.
    await until(() => {
      clock.pass(500)
      return server.clients.at(-1)!.setup.sessionResumption?.handle === undefined
    })
    live.sendText('Two.')
    const last = server.clients.at(-1)!
    await until(() => texts(last).some(text => text.includes('Two.')))
    expect(server.clients[1]!.setup.sessionResumption?.handle).toBe('older')
    const told = JSON.stringify(last.received)
    expect(told).toContain('You: It is late.')
    expect(told.match(/"text":"One\./g)).toHaveLength(1)
    expect(told.match(/"text":"Two\./g)).toHaveLength(1)
    expect(told.match(/AQACAAMA/g)).toHaveLength(1)
    expect(live.phase.at).toBe('live')
  })
})

describe('a conversation that another process has left', () => {
  it('is taken up at its handle; one of another model by its last lines', async () => {
    const place: Place = {
      handle: 'theirs',
      model: 'gemini-3.8-live',
      lines: [['Ben', 'Remember the word heron.']],
    }
    const client = await begin({}, place)
    expect(client.setup.sessionResumption?.handle).toBe('theirs')
    await until(() => live.phase.at === 'live')
    await live.close()
    const other = await begin({ MODEL: 'gemini-2.5-flash-native-audio-latest' }, place)
    expect(other.setup.sessionResumption).toEqual({})
    await until(() => texts(other).length === 1)
    expect(texts(other)[0]).toContain('Ben: Remember the word heron.')
  })

  it('says with every handle where it could be taken up', async () => {
    const client = await begin()
    await exchange(client)
    client.send(handle('place'))
    await until(() => places.length === 1)
    expect(places[0]).toEqual({
      handle: 'place',
      model: 'gemini-3.8-live',
      lines: [
        ['Ana', 'What is the time?'],
        ['', 'Half past two.'],
      ],
    })
  })
})

describe('a turn that cannot be heard', () => {
  it.each([
    ['is empty', content({ turnComplete: true })],
    ['is rejected', content({ turnComplete: true, turnCompleteReason: 'RESPONSE_REJECTED' })],
    ['has words and no sound', content({ outputTranscription: { text: 'Hello.' }, turnComplete: true })],
    [
      'is nearly silent',
      content({
        modelTurn: {
          parts: [{ inlineData: { mimeType: 'audio/pcm', data: Buffer.alloc(960, 0).toString('base64') } }],
        },
        turnComplete: true,
      }),
    ],
  ])('because it %s is asked for once more, and then the room is told', async (_how, turn) => {
    const client = await begin()
    await until(() => live.phase.at === 'live')
    live.sendText('hello')
    await until(() => client.received.length === 1)
    client.send(turn)
    await until(() => client.received.length === 2)
    expect(texts(client)[1]).toMatch(/could be heard/)
    client.send(turn)
    await until(() => unheard.length === 1)
    expect(unheard[0]).toMatch(/ask in another way/)
    client.send(turn)
    await until(() => events.filter(event => event.type === 'turnComplete').length === 3)
    expect(client.received).toHaveLength(2)
    expect(unheard).toHaveLength(1)
  })
})

describe('a session that has gone wrong without a word', () => {
  it('because the server is mute is left after ten seconds, and what was said is said again', async () => {
    const first = await begin()
    await until(() => live.phase.at === 'live')
    live.sendText('is anybody there?')
    await until(() => first.received.length === 1)
    clock.pass(9_000)
    expect(downs).toEqual([])
    clock.pass(1_500)
    expect(downs[0]?.message).toMatch(/silent/)
    clock.pass(0)
    const second = await server.next()
    await until(() => texts(second).includes('"text":"is anybody there?"'))
  })

  it('because nobody has answered a call: the call is answered in the end, and its tool no more', async () => {
    // Whose model waits for each answer.
    const client = await begin({ MODEL: 'gemini-3.1-flash-live-preview' })
    client.send({ toolCall: { functionCalls: [{ id: 'c1', name: 'look_up', args: {} }] } })
    await until(() => events.some(event => event.type === 'call'))
    clock.pass(61_000)
    await until(() => client.received.length === 1)
    expect(client.received[0]).toMatchObject({
      toolResponse: {
        functionResponses: [{ id: 'c1', response: { error: expect.stringContaining('look_up') } }],
      },
    })
    live.sendToolResult({ id: 'c1', name: 'look_up', args: {} }, { found: 'late' })
    live.sendText('next')
    await until(() => client.received.length === 2)
    expect(texts(client)).toEqual(['"text":"next"'])
  })

  it('because it never opens leaves no socket behind', async () => {
    await server[Symbol.asyncDispose]()
    server = await startFakeLive(() => {})
    const client = await begin()
    const gone = new Promise(resolve => client.socket.once('close', resolve))
    clock.pass(11_000)
    await gone
    expect(downs[0]?.kind).toBe('timeout')
  })
})

describe('what a conversation uses', () => {
  it('is added up over its connections', async () => {
    const used = {
      usageMetadata: { promptTokenCount: 1_000, responseTokenCount: 100, totalTokenCount: 1_100 },
    }
    const first = await begin()
    first.send({ ...used, ...content({ turnComplete: true }) })
    await until(() => live.usage.turns === 1)
    clock.pass(20_000)
    // A turn that breaks off with its connection has been paid for as far as it was told.
    first.send(used)
    await until(() => events.filter(event => event.type === 'usage').length === 2)
    first.socket.terminate()
    await until(() => downs.length === 1)
    expect(live.usage).toMatchObject({ turns: 2, inputTokens: 2_000, outputTokens: 200 })
    expect(live.usage.usd).toBeCloseTo((2_000 * 3 + 200 * 12) / 1e6, 9)
    expect(stats.get('live_input_tokens')).toBe(2_000)
  })
})
