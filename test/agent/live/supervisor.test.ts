import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LiveError } from '../../../agent/errors.ts'
import type { LiveEvent } from '../../../agent/live/events.ts'
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
let ups: number

function supervise(url: string, turns: 'by itself' | 'by marks' = 'by itself'): Supervisor {
  return new Supervisor({
    gemini: { at: 'developer', apiKey: 'key', baseUrl: url },
    settings: { ...readLiveSettings(new Settings({}), 'developer', () => undefined), turns },
    clock,
    log: new Log({}, 'error', () => {}),
    stats: new Stats(),
    onEvent: event => events.push(event),
    onUp: () => ups++,
    onDown: error => downs.push(error),
  })
}

async function begin(greet?: (client: LiveClient) => void): Promise<void> {
  server = await startFakeLive(greet)
  live = supervise(server.url)
  live.start()
}

beforeEach(() => {
  clock = new FakeClock()
  events = []
  downs = []
  ups = 0
})

afterEach(async () => {
  await live.close()
  await server?.[Symbol.asyncDispose]()
})

const until = (claim: () => boolean) =>
  vi.waitFor(() => expect(claim()).toBe(true), { timeout: 10_000, interval: 5 })

describe('a session', () => {
  it('opens with our model, carries sound and words up, and speech and words down', async () => {
    await begin()
    const client = await server.next()
    await until(() => ups === 1)
    expect(client.setup.model).toBe('models/gemini-3.8-live')
    live.sendAudio(Int16Array.from([1, 2, 3]))
    live.sendText('hello')
    await until(() => client.received.length === 2)
    expect(client.received[0]).toEqual({
      realtimeInput: { audio: { data: 'AQACAAMA', mimeType: 'audio/pcm;rate=16000' } },
    })
    expect(client.received[1]).toEqual({
      clientContent: { turns: [{ role: 'user', parts: [{ text: 'hello' }] }], turnComplete: true },
    })
    client.send({ serverContent: { outputTranscription: { text: 'hi' } } })
    await until(() => events.some(event => event.type === 'said'))
  })

  it('is told that the microphones are off, but not where we mark the turns', async () => {
    for (const turns of ['by itself', 'by marks'] as const) {
      server = await startFakeLive()
      live = supervise(server.url, turns)
      live.start()
      const client = await server.next()
      await until(() => ups === 1)
      expect(JSON.stringify(client.setup).includes('"disabled":true')).toBe(turns === 'by marks')
      live.endAudio()
      live.sendAudio(Int16Array.from([1, 2, 3]))
      await until(() => client.received.some(message => JSON.stringify(message).includes('AQACAAMA')))
      const ends = client.received.filter(message => JSON.stringify(message).includes('audioStreamEnd'))
      expect(ends).toHaveLength(turns === 'by itself' ? 1 : 0)
      if (turns === 'by marks') return
      await live.close()
      await server[Symbol.asyncDispose]()
      ups = 0
    }
  })

  it('that was told what is only to be known owes no answer, however long nobody speaks', async () => {
    await begin()
    const client = await server.next()
    await until(() => ups === 1)
    client.send({ sessionResumptionUpdate: { newHandle: 'place', resumable: true } })
    await until(() => live.phase.at === 'live' && live.phase.handle === 'place')
    live.addContext('[room] Here now: "Ana".')
    await until(() => client.received.length === 1)
    for (let seconds = 0; seconds < 60; seconds++) {
      clock.pass(1_000)
      await new Promise(setImmediate)
    }
    live.sendText('hello')
    await until(() => client.received.length === 2)
    expect(server.clients).toHaveLength(1)
    expect(downs).toEqual([])
  })

  it('that is cut is opened again, at the place it was at, and typed lines wait for it in order', async () => {
    await begin()
    const first = await server.next()
    await until(() => ups === 1)
    first.send({ sessionResumptionUpdate: { newHandle: 'place', resumable: true } })
    await until(() => live.phase.at === 'live' && live.phase.handle === 'place')
    clock.pass(30_000)
    first.socket.terminate()
    await until(() => downs.length === 1)
    expect(downs[0]!.kind).toBe('network')
    live.sendText('one')
    live.sendText('two')
    clock.pass(0)
    const second = await server.next()
    expect(second.setup.sessionResumption?.handle).toBe('place')
    await until(() => second.received.length === 2)
    expect(JSON.stringify(second.received)).toMatch(/one.*two/)
  })

  it('asked to leave lets the answer end, closes the old socket and goes on in a new one', async () => {
    await begin()
    const first = await server.next()
    await until(() => ups === 1)
    first.send({
      serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm', data: 'AAAA' } }] } },
    })
    first.send({ goAway: { timeLeft: '50s' } })
    await until(() => live.phase.at === 'leaving')
    expect(server.clients).toHaveLength(1)
    const isClosed = new Promise(resolve => first.socket.once('close', resolve))
    first.send({ serverContent: { turnComplete: true } })
    // The answer lies behind no handle yet.
    await until(() => events.some(event => event.type === 'turnComplete'))
    expect(live.phase.at).toBe('leaving')
    first.send({ sessionResumptionUpdate: { newHandle: 'place', resumable: true } })
    await isClosed
    expect((await server.next()).setup.sessionResumption?.handle).toBe('place')
    await until(() => ups === 2)
    expect(downs).toEqual([])
  })

  it('asked to leave in the middle of an answer without end leaves in time all the same', async () => {
    await begin()
    const first = await server.next()
    await until(() => ups === 1)
    first.send({
      serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm', data: 'AAAA' } }] } },
    })
    first.send({ goAway: { timeLeft: '50s' } })
    await until(() => live.phase.at === 'leaving')
    clock.pass(48_000)
    await server.next()
    await until(() => ups === 2)
  })

  it('that sends what is not JSON is replaced; nothing is rejected unseen', async () => {
    await begin()
    const first = await server.next()
    await until(() => ups === 1)
    first.socket.send('{"serverContent":')
    await until(() => downs.length === 1)
    clock.pass(500)
    await server.next()
    await until(() => ups === 2)
  })

  it('closed by us stays closed', async () => {
    await begin()
    const first = await server.next()
    await until(() => ups === 1)
    const isClosed = new Promise(resolve => first.socket.once('close', resolve))
    await live.close()
    await isClosed
    clock.pass(120_000)
    expect(server.clients).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })
})

describe('a server that refuses', () => {
  it('the key: the people learn which setting to mend, and it is tried again a minute later', async () => {
    await begin(client => client.socket.close(1007, 'API key not valid. Please pass a valid API key.'))
    await until(() => downs.length === 1)
    expect(downs[0]!.message).toMatch(/GEMINI_API_KEY/)
    const before = server.clients.length
    clock.pass(30_000)
    expect(live.phase.at).toBe('waiting')
    clock.pass(31_000)
    await until(() => server.clients.length > before)
  })

  it('an unknown model: the message names the living ones', async () => {
    await begin(client =>
      client.socket.close(1008, 'models/x is not found for API version v1, or is not supported'),
    )
    await until(() => downs.length === 1)
    expect(downs[0]!.kind).toBe('model')
    expect(downs[0]!.message).toMatch(/MODEL.*gemini-3\.8-live/)
  })

  it('by saying nothing at all: our own deadline ends the wait', async () => {
    await begin(() => {})
    await server.next()
    clock.pass(11_000)
    await until(() => downs.length === 1)
    expect(downs[0]!.kind).toBe('timeout')
  })

  it('because it is not there: the message names the address', async () => {
    await begin()
    const { url } = server
    await live.close()
    await server[Symbol.asyncDispose]()
    live = supervise(url)
    live.start()
    await until(() => downs.length === 1)
    expect(downs[0]!.kind).toBe('network')
    expect(downs[0]!.message).toContain(new URL(url).host)
  })
})
