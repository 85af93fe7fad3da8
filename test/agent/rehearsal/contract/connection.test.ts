import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { asError } from '../../../../agent/errors.ts'
import { type Rehearsal, startRehearsal } from '../../../../agent/rehearsal/server.ts'
import { connect, connectRaw, isTurnComplete, socketOf } from '../client.ts'
import { stage } from './stage.ts'

const on = stage()
const setup = { setup: { model: 'models/gemini-3.8-live' } }
const method = 'GenerativeService.BidiGenerateContent'

describe('addresses', () => {
  it.each(['v1', 'v1beta', 'v1alpha'])('the SDK connects with version %s [1]', async apiVersion => {
    await using client = await connect(on.url, {}, { apiVersion })
    expect(client.messages[0]).toEqual({ setupComplete: {} })
  })

  it.each(['', '/', '/sub', '/sub/'])(
    'the SDK connects with a base URL that ends in "%s" [1]',
    async path => {
      await using client = await connect(`${on.url}${path}`)
      expect(client.messages).toHaveLength(1)
    },
  )

  it.each(['v1beta', 'v1beta1', 'v1', ''])(
    'Vertex AI and the Developer API answer with version "%s" [1]',
    async version => {
      for (const path of [
        `//ws/google.ai.generativelanguage.${version}.${method}?key=k`,
        `//ws/google.cloud.aiplatform.${version}.LlmBidiService/BidiGenerateContent`,
      ]) {
        await using client = await connectRaw(on.url, path)
        client.send({ setup: { model: 'publishers/google/models/gemini-3.8-live' } })
        await client.until(message => message.setupComplete !== undefined)
      }
    },
  )
})

describe('credentials', () => {
  const path = `/ws/google.ai.generativelanguage.v1beta.${method}`
  const vertex = '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent'

  it.each([
    ['a key in the query', `${path}?key=abc`, {}],
    ['a key in the header', path, { 'x-goog-api-key': 'abc' }],
    ['a bearer on Vertex AI', vertex, { authorization: 'Bearer ya29.abc' }],
  ])('%s is let in [2]', async (_, target, headers) => {
    await using client = await connectRaw(on.url, target, headers)
    client.send(setup)
    await client.until(message => message.setupComplete !== undefined)
  })

  it.each([
    ['invalid', /code 1007.*API key not valid/],
    ['expired', /code 1007.*API key expired/],
    ['leaked', /code 1008.*leaked/],
  ])('the key %s upgrades and is then refused, and connect() rejects with why [3]', async (apiKey, words) => {
    await expect(connect(on.url, {}, { apiKey })).rejects.toThrow(words)
  })

  it('only listed keys are let in where there is a list [3]', async () => {
    await using own = await startRehearsal({ keys: ['right'] })
    await using client = await connect(own.url, {}, { apiKey: 'right' })
    expect(client.messages).toHaveLength(1)
    await expect(connect(own.url, {}, { apiKey: 'wrong' })).rejects.toThrow('API key not valid')
  })

  it.each([
    ['a token on the plain method', `${path}?key=auth_tokens/x`, "Method doesn't allow unregistered callers"],
    [
      'a key on the constrained method',
      `${path}Constrained?key=abc`,
      'API keys are not supported by this API',
    ],
    ['nothing at all', path, "Method doesn't allow unregistered callers"],
    ['an unknown token', `${path}Constrained?access_token=auth_tokens/x`, 'Ephemeral token not found'],
  ])('%s is refused [4]', async (_, target, words) => {
    await using client = await connectRaw(on.url, target)
    const { code, reason } = await client.closed
    expect([code, reason]).toEqual([1008, expect.stringContaining(words)])
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123)
  })
})

describe('the socket', () => {
  it('the same port takes TLS, by a certificate of the authority it names [5]', async () => {
    const ws = new WebSocket(
      `${on.rehearsal.secureUrl.replace('https', 'wss')}/ws/google.ai.generativelanguage.v1.${method}?key=k`,
      {
        ca: on.rehearsal.authority,
      },
    )
    const reply = new Promise(resolve => ws.once('message', data => resolve(JSON.parse(data.toString()))))
    ws.once('open', () => ws.send(JSON.stringify(setup)))
    expect(await reply).toEqual({ setupComplete: {} })
    ws.terminate()
  })

  it('a client that does not know the authority refuses the certificate [5]', async () => {
    const ws = new WebSocket(`${on.rehearsal.secureUrl.replace('https', 'wss')}/`)
    const error = await new Promise<Error>(resolve => ws.once('error', resolve))
    expect(error.message).toMatch(/certificate/)
  })

  it('compression is declined, which the SDK offers [7]', async () => {
    await using client = await connect(on.url)
    expect(socketOf(client).extensions).toBe('')
  })

  it('pings are answered, as late as asked [7]', async () => {
    const pong = async (rehearsal: Rehearsal, before: unknown[]) => {
      await using client = await connectRaw(rehearsal.url)
      for (const message of before) client.send(message)
      await client.until(message => message.setupComplete !== undefined)
      const at = performance.now()
      const answered = new Promise<void>(resolve => client.ws.once('pong', () => resolve()))
      client.ws.ping()
      await answered
      return performance.now() - at
    }
    await pong(on.rehearsal, [setup])
    on.rehearsal.play({ behaviour: { pongDelayMs: 300 } })
    expect(await pong(on.rehearsal, [setup])).toBeGreaterThan(290)
  })

  it.each([true, false])('frames are binary (%j), and the SDK takes either [8]', async isBinary => {
    on.rehearsal.play({ behaviour: { textFrames: !isBinary } })
    await using client = await connect(on.url)
    const kinds = new Set<boolean>()
    socketOf(client).on('message', (_, is) => kinds.add(is))
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    expect([...kinds]).toEqual([isBinary])
  })

  it.each([
    ['no setup at first', [{ realtimeInput: { text: 'hi' } }]],
    ['a second setup', [setup, setup]],
    ['two members in one message', [setup, { clientContent: {}, realtimeInput: {} }]],
    ['no JSON', ['{"setup":']],
    ['an array', ['[]']],
    ['binary noise', [Buffer.from([0xff, 0x00, 0xfe])]],
  ])('%s closes with 1007 [9]', async (_, messages) => {
    await using client = await connectRaw(on.url)
    for (const message of messages) client.send(message)
    expect(await client.closed).toMatchObject({ code: 1007 })
  })

  it('a client may send binary frames too [9]', async () => {
    await using client = await connectRaw(on.url)
    client.ws.send(Buffer.from(JSON.stringify(setup)))
    await client.until(message => message.setupComplete !== undefined)
  })

  it('a reason that the SDK shows is cut at 123 bytes [10]', async () => {
    const error = await connect(on.url, {}, { model: `${'x'.repeat(50)}${'é'.repeat(100)}` }).catch(asError)
    const [, reason = ''] = /code 1008\): (.*)$/.exec((error as Error).message) ?? []
    expect(Buffer.byteLength(reason)).toBeGreaterThan(120)
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123)
    expect(reason).toMatch(/^models\/x+é+$/)
  })

  it('a reason is cut at 123 bytes, between characters [10]', async () => {
    await using client = await connectRaw(on.url)
    client.send({ setup: { [`${'é'.repeat(200)}`]: 1 } })
    const { reason } = await client.closed
    expect(Buffer.byteLength(reason)).toBeGreaterThan(120)
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123)
    expect(reason).not.toContain('\ufffd')
  })

  it('a local close releases everything, and what comes after it is not seen [45]', async () => {
    const client = await connect(on.url)
    const record = on.rehearsal.journal.sessions.at(-1)!
    client.session.sendClientContent({ turns: 'A long line to be cut. '.repeat(20) })
    client.session.close()
    client.session.sendClientContent({ turns: 'After the close.' })
    await client.closed
    await expect.poll(() => record.summary.closed).toMatchObject({ code: 1005, by: 'client' })
    const { messagesOut } = record.summary
    expect(JSON.stringify(record.entries)).not.toContain('After the close')
    // Nothing is made for a session that is gone.
    await using other = await connect(on.url)
    other.session.sendClientContent({ turns: 'b' })
    await other.until(isTurnComplete)
    expect(record.summary.messagesOut).toBe(messagesOut)
  })
})
