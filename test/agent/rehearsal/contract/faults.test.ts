import { once } from 'node:events'
import { createConnection } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startRehearsal } from '../../../../agent/rehearsal/server.ts'
import { seeded } from '../../../../agent/rehearsal/turns/pacing.ts'
import { blob, connect, connectRaw, isSound, isTurnComplete, sendSound, silence, tone } from '../client.ts'
import { hasty, stage } from './stage.ts'

const on = stage()
const latest = () => on.rehearsal.journal.sessions.at(-1)!
const method = 'GenerativeService.BidiGenerateContent'

describe('faults on command', () => {
  it('the connection is cut: 1006 [40]', async () => {
    on.rehearsal.play({
      turns: [{ does: [{ play: { ms: 10_000 } }] }],
      faults: [{ fault: 'CUT', at: 'SOUND' }],
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    expect(await client.closed).toMatchObject({ code: 1006 })
    expect(client.messages.filter(isSound)).toHaveLength(1)
  })

  it.each([
    [
      'SETUP',
      { code: 1011, reason: 'You exceeded your current quota, please check your plan and billing details.' },
    ],
    ['SETUP', { code: 1011, reason: 'The service is currently unavailable.' }],
  ])('a close at %s: %j [40]', async (at, fault) => {
    on.rehearsal.play({ faults: [{ fault: 'CLOSE', at: at as 'SETUP', ...fault }] })
    await expect(connect(on.url)).rejects.toThrow(new RegExp(`code ${fault.code}.*${fault.reason}`))
  })

  it.each(['OPEN', 'MESSAGE', 'ACTIVITY', 'TURN', 'SOUND', 'DONE', 'TURN_END'] as const)(
    'a close at %s, and nothing after it [40]',
    async at => {
      on.rehearsal.play({ faults: [{ fault: 'CLOSE', at, ...(at === 'MESSAGE' ? { nth: 2 } : {}) }] })
      await using client = await connectRaw(on.url)
      client.send({ setup: { model: 'models/gemini-3.8-live' } })
      for (const pcm of [tone(300), silence(600)]) client.send({ realtimeInput: { audio: blob(pcm) } })
      expect(await client.closed).toEqual({ code: 1011, reason: 'Internal error encountered.' })
      const count = latest().summary.messagesOut
      expect(client.messages).toHaveLength(count)
    },
  )

  it('the upgrade is refused: HTTP 403 [40]', async () => {
    on.rehearsal.play({ faults: [{ fault: 'REFUSE', at: 'UPGRADE' }] })
    await expect(connectRaw(on.url)).rejects.toThrow('403')
    on.rehearsal.play({ faults: [{ fault: 'REFUSE', at: 'UPGRADE', status: 503, session: 1 }] })
    await expect(connectRaw(on.url)).rejects.toThrow('503')
    await using client = await connectRaw(on.url)
    expect(client.ws.readyState).toBe(WebSocket.OPEN)
  })

  it('the server falls silent in the middle of an answer [40]', async () => {
    on.rehearsal.play({
      turns: [{ does: [{ play: { ms: 5_000 } }] }],
      faults: [{ fault: 'MUTE', at: 'SOUND' }],
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    client.session.sendRealtimeInput({ text: 'hello?' })
    await expect.poll(() => latest().summary.messagesIn).toBe(3)
    expect(client.messages.filter(isSound)).toHaveLength(1)
    expect(client.session).toBeDefined()
  })

  it('a frame is broken JSON [40]', async () => {
    on.rehearsal.play({ faults: [{ fault: 'RAW', at: 'OPEN' }] })
    const ws = new WebSocket(
      `${on.url.replace('http', 'ws')}/ws/google.ai.generativelanguage.v1.${method}?key=k`,
    )
    const frames: string[] = []
    ws.on('message', data => frames.push(data.toString()))
    await once(ws, 'open')
    ws.send(JSON.stringify({ setup: { model: 'models/gemini-3.8-live' } }))
    await expect.poll(() => frames).toHaveLength(2)
    expect(() => JSON.parse(frames[1]!)).toThrow()
    ws.terminate()
  })

  it('a message is above 1 MiB [40]', async () => {
    on.rehearsal.play({ faults: [{ fault: 'HUGE', at: 'OPEN' }] })
    await using client = await connect(on.url)
    const { serverContent } = await client.until(message => message.serverContent !== undefined)
    expect(JSON.stringify(serverContent).length).toBeGreaterThan(2 ** 20)
  })

  it("the server reads slowly, so that the client's buffer grows [40]", async () => {
    on.rehearsal.play({ faults: [{ fault: 'STALL', at: 'OPEN', ms: 700 }] })
    await using client = await connectRaw(on.url)
    client.send({ setup: { model: 'models/gemini-3.8-live' } })
    await client.until(message => message.setupComplete !== undefined)
    const data = Buffer.alloc(640_000).toString('base64')
    for (let i = 0; i < 16; i++)
      client.send({ realtimeInput: { audio: { data, mimeType: 'audio/pcm;rate=16000' } } })
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(client.ws.bufferedAmount).toBeGreaterThan(2 ** 20)
    await expect.poll(() => client.ws.bufferedAmount, { timeout: 20_000 }).toBe(0)
    await expect.poll(() => latest().summary.messagesIn, { timeout: 20_000 }).toBe(17)
  })

  it('chance strikes the same sessions for the same seed [40]', async () => {
    const outcomes = async (seed: number) => {
      on.rehearsal.play({ seed, faults: [{ fault: 'CLOSE', at: 'SETUP', chance: 0.5 }] })
      const all: boolean[] = []
      for (let i = 0; i < 12; i++) {
        const client = await connect(on.url).catch(() => undefined)
        all.push(client !== undefined)
        await client?.[Symbol.asyncDispose]()
      }
      return all
    }
    const once = await outcomes(7)
    expect(await outcomes(7)).toEqual(once)
    expect(new Set(once).size).toBe(2)
  })
})

describe('whatever comes in', () => {
  it('random bytes end in a close with a right code, and never in a crash', async () => {
    const random = seeded(99)
    const pieces = [
      '{"setup":',
      '{"realtimeInput":{"audio":',
      '{',
      '}',
      '[',
      ']',
      '"',
      'null',
      '1e999',
      '\\u0000',
      '{"model":"models/gemini-3.8-live"}',
      ',',
      '{"a":',
      '\ud800',
    ]
    for (let i = 0; i < 150; i++) {
      await using client = await connectRaw(on.url)
      if (random() < 0.5) client.send({ setup: { model: 'models/gemini-3.8-live' } })
      const text = Array.from(
        { length: 1 + Math.floor(random() * 12) },
        () => pieces[Math.floor(random() * pieces.length)],
      ).join('')
      if (random() < 0.3)
        client.ws.send(Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256))))
      else client.ws.send(text)
      const { code, reason } = await client.closed
      expect([1007, 1008]).toContain(code)
      expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123)
    }
  })

  it.each([['nested deeper than any stack', `${'{"parameters":{"items":'.length}`]])(
    '%s, a schema closes with 1007',
    async () => {
      await using client = await connectRaw(on.url)
      const depth = 20_000
      const schema = `${'{"items":'.repeat(depth)}{}${'}'.repeat(depth)}`
      client.send(
        `{"setup":{"model":"models/gemini-3.8-live","tools":[{"functionDeclarations":[{"name":"f","parameters":${schema}}]}]}}`,
      )
      expect(await client.closed).toMatchObject({ code: 1007 })
      // And the server lives.
      await using other = await connect(on.url)
      expect(other.messages).toHaveLength(1)
    },
  )

  it('bytes that are no WebSocket frame end in a protocol error', async () => {
    const { port } = new URL(on.url)
    const socket = createConnection(Number(port), '127.0.0.1')
    socket.write(
      `GET /ws/google.ai.generativelanguage.v1.${method}?key=k HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    await once(socket, 'data')
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]))
    const [frame] = (await once(socket, 'data')) as [Buffer]
    expect(frame[0]).toBe(0x88)
    expect(frame.readUInt16BE(2)).toBe(1002)
    socket.destroy()
  })

  it('a message above the limit closes with 1009', async () => {
    await using own = await startRehearsal({ limits: { messageBytes: 10_000 } })
    await using client = await connectRaw(own.url)
    client.send({ setup: { model: 'x'.repeat(20_000) } })
    expect(await client.closed).toMatchObject({ code: 1009 })
  })

  it('messages faster than the limit close with 1008', async () => {
    await using own = await startRehearsal({ limits: { messagesPerSecond: 10, messageBurst: 20 } })
    await using client = await connect(own.url)
    sendSound(client.session, silence(1_000))
    expect(await client.closed).toMatchObject({ code: 1008, reason: 'Too many messages.' })
  })

  it('a client that stops reading is cut at the bound', async () => {
    await using own = await startRehearsal({ behaviour: hasty, limits: { unreadBytes: 2 ** 20 } })
    await using client = await connectRaw(own.url)
    client.send({ setup: { model: 'models/gemini-3.8-live' } })
    await client.until(message => message.setupComplete !== undefined)
    client.ws.pause()
    own.play({ turns: [] })
    for (let i = 0; i < 60; i++)
      client.send({
        clientContent: {
          turns: [{ parts: [{ text: 'Say a long sentence again, as long as it can be. '.repeat(3) }] }],
          turnComplete: true,
        },
      })
    const record = own.journal.sessions.at(-1)!
    for (let i = 0; i < 200 && record.summary.closed === undefined; i++) {
      own.strike(record.summary.id, { fault: 'HUGE', bytes: 300_000 })
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    expect(record.entries.some(entry => 'event' in entry && entry.event === 'unread')).toBe(true)
    client.ws.resume()
    expect(await client.closed).toMatchObject({ code: 1006 })
  })

  it('more sessions than the limit are refused with 429, and the others go on', async () => {
    await using own = await startRehearsal({ limits: { sessions: 5 }, behaviour: hasty })
    const tries = await Promise.allSettled(Array.from({ length: 40 }, () => connectRaw(own.url)))
    const inside = tries.filter(one => one.status === 'fulfilled').map(one => one.value)
    expect(inside).toHaveLength(5)
    for (const one of tries) if (one.status === 'rejected') expect(String(one.reason)).toContain('429')
    const [first] = inside
    first!.send({ setup: { model: 'models/gemini-3.8-live' } })
    first!.send({ realtimeInput: { text: 'still there?' } })
    await first!.until(isTurnComplete)
    await Promise.all(inside.map(one => one[Symbol.asyncDispose]()))
  })
})
