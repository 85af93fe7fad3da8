import { request } from 'node:http'
import { createConnection } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { startRehearsal } from '../../../../agent/rehearsal/server.ts'
import { seeded } from '../../../../agent/rehearsal/turns/pacing.ts'
import { connect, connectRaw, isTurnComplete, sendSound, silence } from '../client.ts'
import { type Frame, frame, upgrade } from '../frames.ts'
import { hasty, stage } from './stage.ts'

const on = stage()
const setup = '{"setup":{"model":"models/gemini-3.8-live"}}'
const badUtf8 = Buffer.from([0x7b, 0xc3, 0x28, 0x7d])

/** The server takes a session as before. */
async function expectAlive(): Promise<void> {
  await using client = await connect(on.url)
  expect(client.messages).toEqual([{ setupComplete: {} }])
}

describe('frames', () => {
  const cases: [string, number, Frame[]][] = [
    ['text that is no UTF-8', 1007, [{ payload: badUtf8 }]],
    ['bytes that are no UTF-8', 1007, [{ payload: badUtf8, opcode: 2 }]],
    ['nothing', 1007, [{ payload: '' }]],
    ['a reserved opcode', 1002, [{ opcode: 3 }]],
    ['a reserved bit', 1002, [{ payload: setup, reserved: 4 }]],
    ['no mask', 1002, [{ payload: setup, isMasked: false }]],
    ['a ping in pieces', 1002, [{ opcode: 9, isLast: false }]],
    ['a ping that is too long', 1002, [{ opcode: 9, payload: 'x'.repeat(126) }]],
    ['a continuation of nothing', 1002, [{ opcode: 0, payload: 'x' }]],
    ['a message inside another', 1002, [{ payload: 'x', isLast: false }, { payload: 'x' }]],
    ['half a close code', 1002, [{ opcode: 8, payload: 'x' }]],
    ['a close code that none may send', 1002, [{ opcode: 8, payload: Buffer.from([0x03, 0xed]) }]],
    [
      'a close reason that is no UTF-8',
      1007,
      [{ opcode: 8, payload: Buffer.from([0x03, 0xe8, 0xc3, 0x28]) }],
    ],
    ['the length of a world', 1009, [{ length: 2n ** 62n }]],
    ['a length above the limit', 1009, [{ length: 2n ** 25n }]],
    ['a message above the limit in pieces', 1009, pieces(17 * 16, 2 ** 16)],
    ['a message in very many pieces', 1008, pieces(17_000, 0)],
  ]

  it.each(cases)('with %s close with %i', async (_, code, frames) => {
    await using raw = await upgrade(on.url)
    for (const one of frames) raw.socket.write(frame(one))
    const end = await raw.ended
    expect(end?.code).toBe(code)
    expect(end!.reason.length).toBeLessThanOrEqual(123)
    await expectAlive()
  })

  it('of a right message may come in pieces, byte by byte, with pings between them', async () => {
    await using raw = await upgrade(on.url)
    const half = setup.length >> 1
    const bytes = Buffer.concat([
      frame({ payload: setup.slice(0, half), isLast: false }),
      frame({ opcode: 9, payload: 'ping' }),
      frame({ payload: setup.slice(half), opcode: 0 }),
    ])
    const answer = new Promise<string>(resolve => {
      let text = ''
      raw.socket.on('data', data => {
        text += data.toString('latin1')
        if (text.includes('setupComplete')) resolve(text)
      })
    })
    for (const byte of bytes) raw.socket.write(Buffer.from([byte]))
    expect(await answer).toContain('ping')
  })

  it('of any kind end in a close that says why, and never in a crash', async () => {
    const random = seeded(17)
    const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!
    const codes = new Map<number | undefined, number>()
    for (let i = 0; i < 300; i++) {
      await using raw = await upgrade(on.url)
      const frames = Array.from({ length: 1 + Math.floor(random() * 4) }, () => anyFrame(random, pick))
      // Whatever came before, this closes it; where it is swallowed by a longer frame, the end of the stream does.
      for (const one of [...frames, { payload: '[]' }]) raw.socket.write(frame(one))
      raw.socket.end()
      const end = await raw.ended
      codes.set(end?.code, (codes.get(end?.code) ?? 0) + 1)
      if (end === undefined) continue
      expect([1000, 1002, 1005, 1007, 1008, 1009]).toContain(end.code)
      expect(end.reason.length).toBeLessThanOrEqual(123)
      expect(() => new TextDecoder('utf8', { fatal: true }).decode(end.reason)).not.toThrow()
    }
    expect(codes.get(1007)).toBeGreaterThan(50)
    expect(codes.get(1002)).toBeGreaterThan(50)
    await expectAlive()
  })
})

describe('JSON', () => {
  const deep = (open: string, close: string, depth = 200_000) => open.repeat(depth) + close.repeat(depth)
  const toolResponse = (response: string) =>
    `{"toolResponse":{"functionResponses":[{"id":"1","name":"f","response":${response}}]}}`

  it.each([
    ['an array', '[]'],
    ['a number', '1e999'],
    ['null', 'null'],
    ['an object with nothing in it', '{}'],
    ['an object of nulls', '{"setup":null}'],
    ['half an object', '{"setup":'],
    ['two objects', '{}{}'],
    ['an array deeper than any stack', deep('[', ']')],
    ['an object deeper than any stack', deep('{"setup":', '}')],
    ['a free-form value deeper than any stack', toolResponse(deep('{"a":', '}').replace('}', '1}'))],
    [
      'a free-form value of a depth that no proto reader takes',
      toolResponse(deep('{"a":', '}', 101).replace('}', '1}')),
    ],
    ['a name from the prototype of all objects', '{"__proto__":{},"constructor":{},"toString":{}}'],
    ['a lone surrogate for a name', '{"\\ud800":1}'],
  ])('of %s closes with 1007', async (_, text) => {
    await using client = await connectRaw(on.url)
    client.send(text)
    const { code, reason } = await client.closed
    expect(code).toBe(1007)
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123)
    await expectAlive()
  })

  it.each([
    ['questions', 'what '],
    ['braces', '{'],
    ['commas', ','],
    ['blanks', ' x '],
    ['searches', 'search for '],
  ])('with a line of nothing but %s holds nobody up', async (_, piece) => {
    await using client = await connectRaw(on.url)
    const tools = [{ googleSearch: {} }, { functionDeclarations: [{ name: 'alpha' }] }]
    client.send({ setup: { model: 'models/gemini-3.8-live', tools } })
    const text = piece.repeat(400_000 / piece.length)
    client.send({ clientContent: { turns: [{ parts: [{ text }] }], turnComplete: true } })
    await client.until(isTurnComplete)
  })

  it('in any order is taken or refused, and never crashes', async () => {
    const random = seeded(99)
    const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!
    for (let i = 0; i < 150; i++) {
      await using client = await connectRaw(on.url)
      if (random() < 0.8) client.send(setup)
      for (let j = 0; j < 5; j++) client.send(JSON.stringify({ [pick(members)]: anyValue(random, pick, 4) }))
      client.send('{')
      expect([1007, 1008]).toContain((await client.closed).code)
    }
    await expectAlive()
  })
})

describe('what is no WebSocket', () => {
  it.each([
    ['no HTTP', Buffer.from('nonsense\r\n\r\n')],
    ['zeros', Buffer.alloc(100)],
    ['a TLS handshake that is none', Buffer.concat([Buffer.from([22]), Buffer.alloc(100, 0xff)])],
    ['an upgrade without a key', upgradeOf('Sec-WebSocket-Version: 13\r\n')],
    [
      'an upgrade of a version that is none',
      upgradeOf('Sec-WebSocket-Version: 99\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'),
    ],
    ['an upgrade to something else', upgradeOf('', 'h2c')],
    ['a header without an end', Buffer.from(`GET / HTTP/1.1\r\nx: ${'x'.repeat(100_000)}`)],
  ])('%s is turned away', async (_, bytes) => {
    const socket = createConnection(Number(new URL(on.url).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.resume()
    socket.write(bytes)
    // Not `once` of node:events: an error of the socket is no failure here.
    await new Promise(resolve => socket.once('close', resolve))
    await expectAlive()
  })

  it('a TLS client that goes away in the middle of its handshake is forgotten', async () => {
    const socket = connectTls({
      port: Number(new URL(on.url).port),
      host: '127.0.0.1',
      rejectUnauthorized: false,
    })
    socket.on('error', () => {})
    socket.destroy()
    await expectAlive()
  })

  it('a body above the limit is refused with 413', async () => {
    const status = await new Promise(resolve => {
      const asking = request(`${on.url}/v1beta/auth_tokens?key=k`, { method: 'POST' }, response => {
        resolve(response.statusCode)
        asking.destroy()
      })
      asking.on('error', () => {})
      asking.end(Buffer.alloc(9 * 2 ** 20, 'x'))
    })
    expect(status).toBe(413)
    await expectAlive()
  })
})

describe('limits', () => {
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

  it('pings faster than the limit close with 1008 too', async () => {
    await using own = await startRehearsal({ limits: { messagesPerSecond: 10, messageBurst: 20 } })
    await using client = await connectRaw(own.url)
    for (let i = 0; i < 50; i++) client.ws.ping()
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

const members = [
  'setup',
  'clientContent',
  'client_content',
  'realtimeInput',
  'toolResponse',
  'contextUpdate',
  'x',
]
const names = [
  'model',
  'turns',
  'turnComplete',
  'parts',
  'text',
  'audio',
  'video',
  'data',
  'mimeType',
  'mime_type',
  'activityStart',
  'activityEnd',
  'audioStreamEnd',
  'mediaChunks',
  'functionResponses',
  'id',
  'name',
  'response',
  'tools',
  'systemInstruction',
  'generationConfig',
  'functionDeclarations',
  'parameters',
  'items',
  'sessionResumption',
  'handle',
  '__proto__',
]

type Pick = <T>(from: readonly T[]) => T

function anyValue(random: () => number, pick: Pick, depth: number): unknown {
  const kind = random()
  if (depth === 0 || kind < 0.4)
    return pick([
      '',
      'x',
      'audio/pcm;rate=16000',
      'audio/pcm;rate=0',
      'AAAA',
      '====',
      'image/png',
      0,
      -1,
      1e308,
      true,
      null,
    ])
  if (kind < 0.55) return Array.from({ length: 3 }, () => anyValue(random, pick, depth - 1))
  return Object.fromEntries(Array.from({ length: 2 }, () => [pick(names), anyValue(random, pick, depth - 1)]))
}

function anyFrame(random: () => number, pick: Pick): Frame {
  const bytes = Buffer.from(
    Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256)),
  )
  return {
    payload: pick<Buffer | string>([
      bytes,
      setup,
      '{"realtimeInput":{"text":"x"}}',
      '',
      '{"setup":',
      badUtf8,
    ]),
    opcode: pick([0, 1, 1, 1, 2, 2, 3, 8, 9, 10, 15]),
    isLast: random() < 0.8,
    reserved: pick([0, 0, 0, 0, 0, 1, 4]),
    isMasked: random() < 0.95,
    ...(random() < 0.05 ? { length: pick([200n, 70_000n, 2n ** 40n, 2n ** 63n]) } : {}),
  }
}

/** The pieces of one message that never ends. */
function pieces(count: number, bytes: number): Frame[] {
  const payload = Buffer.alloc(bytes, 'x')
  return Array.from({ length: count }, (_, i) => ({ payload, opcode: i === 0 ? 1 : 0, isLast: false }))
}

function upgradeOf(headers: string, to = 'websocket'): Buffer {
  const path = '/ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent?key=k'
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${to}\r\n${headers}\r\n`,
  )
}
