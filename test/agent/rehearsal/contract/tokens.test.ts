import { GoogleGenAI, type LiveConnectConfig, Modality } from '@google/genai'
import { describe, expect, it } from 'vitest'
import { type Client, connect, connectRaw, isTurnComplete, wordsOf } from '../client.ts'
import { SteppedClock } from '../clock.ts'
import { stage } from './stage.ts'

const clock = new SteppedClock()
const on = stage({ clock })
const model = 'gemini-3.8-live'
const MINUTE_MS = 60_000
const inMinutes = (minutes: number) => new Date(clock.wall() + minutes * MINUTE_MS).toISOString()

type Asked = NonNullable<Parameters<GoogleGenAI['authTokens']['create']>[0]['config']>

/** A token, made as the SDK makes it. */
async function create(config: Asked = {}): Promise<string> {
  const ai = new GoogleGenAI({
    apiKey: 'server-key',
    httpOptions: { baseUrl: on.url, apiVersion: 'v1alpha' },
  })
  const { name } = await ai.authTokens.create({ config })
  return name!
}

const enter = (apiKey: string, config: LiveConnectConfig = {}) =>
  connect(on.url, config, { apiKey, apiVersion: 'v1alpha' })

async function ask(client: Client, words: string): Promise<string> {
  const from = client.messages.length
  client.session.sendClientContent({ turns: words })
  await clock.until(client.until(isTurnComplete))
  return wordsOf(client.messages.slice(from))
}

describe('an ephemeral token', () => {
  it.each(['v1', 'v1beta', 'v1alpha'])('is made by %s and opens a session [6]', async apiVersion => {
    const ai = new GoogleGenAI({ apiKey: 'server-key', httpOptions: { baseUrl: on.url, apiVersion } })
    const { name } = await ai.authTokens.create({})
    expect(name).toMatch(/^auth_tokens\/\w{48}$/)
    await using client = await connect(on.url, {}, { apiKey: name!, apiVersion })
    expect(client.messages).toHaveLength(1)
  })

  it('opens one session unless it was made for more [6]', async () => {
    const once = await create()
    await (await enter(once))[Symbol.asyncDispose]()
    await expect(enter(once)).rejects.toThrow(/code 1008.*no uses left/)
    const twice = await create({ uses: 2 })
    for (let i = 0; i < 2; i++) await (await enter(twice))[Symbol.asyncDispose]()
    await expect(enter(twice)).rejects.toThrow('no uses left')
    const always = await create({ uses: 0 })
    for (let i = 0; i < 3; i++) await (await enter(always))[Symbol.asyncDispose]()
  })

  it('begins no session after a minute, and none after what it says [6]', async () => {
    const token = await create({ uses: 0 })
    const longer = await create({ uses: 0, newSessionExpireTime: inMinutes(5) })
    await clock.pass(MINUTE_MS)
    await expect(enter(token)).rejects.toThrow(/code 1008.*no longer start a new session/)
    await (await enter(longer))[Symbol.asyncDispose]()
    await clock.pass(4 * MINUTE_MS)
    await expect(enter(longer)).rejects.toThrow('no longer start')
  })

  it('ends its sessions with the first message after it has expired [6]', async () => {
    await using client = await enter(await create({ expireTime: inMinutes(3) }))
    await clock.pass(3 * MINUTE_MS)
    client.session.sendRealtimeInput({ text: 'hello' })
    expect(await client.closed).toMatchObject({ code: 1008, reason: 'Ephemeral token expired.' })
  })

  it('spends no use on a resumed session, and lets it begin late [6]', async () => {
    const token = await create()
    const client = await enter(token, { sessionResumption: {} })
    const { sessionResumptionUpdate } = await clock.until(
      client.until(message => message.sessionResumptionUpdate !== undefined),
    )
    const record = on.rehearsal.journal.sessions.at(-1)!
    await client[Symbol.asyncDispose]()
    await expect.poll(() => record.summary.closed).toBeDefined()
    await clock.pass(5 * MINUTE_MS)
    await using again = await enter(token, {
      sessionResumption: { handle: sessionResumptionUpdate!.newHandle! },
    })
    expect(again.messages).toHaveLength(1)
  })
})

describe('what a token locks', () => {
  const liveConnectConstraints = {
    model,
    config: {
      responseModalities: [Modality.AUDIO],
      systemInstruction: 'Be locked.',
      outputAudioTranscription: {},
    },
  }

  it("is the whole setup without a mask: the connection's own is ignored [6]", async () => {
    const token = await create({ liveConnectConstraints })
    await using client = await connect(
      on.url,
      { systemInstruction: 'Be free.' },
      { model: 'gemini-9', apiKey: token, apiVersion: 'v1alpha' },
    )
    expect(await ask(client, 'What are your instructions?')).toContain('Be locked.')
    expect(await ask(client, 'Which model are you?')).toContain(model)
  })

  it("is the fields that are set, with an empty mask; the others stay the client's [6]", async () => {
    const { systemInstruction: _, ...config } = liveConnectConstraints.config
    const token = await create({ liveConnectConstraints: { model, config }, lockAdditionalFields: [] })
    await using client = await connect(
      on.url,
      { systemInstruction: 'Be free.' },
      { model: 'gemini-9', apiKey: token, apiVersion: 'v1alpha' },
    )
    expect(await ask(client, 'What are your instructions?')).toContain('Be free.')
    expect(await ask(client, 'Which model are you?')).toContain(model)
  })

  it('is more where more is named: a field that is locked and not set is gone [6]', async () => {
    const { systemInstruction: _, ...config } = liveConnectConstraints.config
    const token = await create({
      liveConnectConstraints: { model, config },
      lockAdditionalFields: ['systemInstruction'],
    })
    await using client = await enter(token, { systemInstruction: 'Be free.' })
    expect(await ask(client, 'What are your instructions?')).toContain('I was given no instructions.')
  })

  it('is nothing where the token says nothing [6]', async () => {
    await using client = await enter(await create(), {
      systemInstruction: 'Be free.',
      outputAudioTranscription: {},
    })
    expect(await ask(client, 'What are your instructions?')).toContain('Be free.')
  })
})

describe('a request for a token', () => {
  const post = async (
    body: unknown,
    headers: Record<string, string> = { 'x-goog-api-key': 'server-key' },
  ) => {
    const response = await fetch(`${on.url}/v1alpha/auth_tokens`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return {
      status: response.status,
      body: (await response.json()) as { error?: { message: string; status: string } },
    }
  }

  it.each([
    [{ expireTime: '2020-01-01T00:00:00Z' }, 'expire_time must be in the future'],
    [{ expireTime: inMinutes(21 * 60) }, 'less than 20 hours'],
    [{ newSessionExpireTime: 'tomorrow' }, 'Timestamp'],
    [{ uses: -1 }, 'uses must not be negative'],
    [{ foo: 1 }, 'Unknown name "foo"'],
    [
      { bidiGenerateContentSetup: { model: 'm', tools: [] }, fieldMask: 'model' },
      'fields that are not specified in field_mask',
    ],
  ])('%j is refused with 400', async (body, words) => {
    const answer = await post(body)
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({
      message: expect.stringContaining(words),
      status: 'INVALID_ARGUMENT',
    })
  })

  it.each([
    [{}, "Method doesn't allow unregistered callers"],
    [{ 'x-goog-api-key': 'invalid' }, 'API key not valid'],
  ])('with the headers %j is refused', async (headers, words) => {
    const answer = await post({}, headers)
    expect(answer.status).toBe(400)
    expect(answer.body.error?.message).toContain(words)
  })

  it('also takes snake case', async () => {
    const { status, body } = await post({
      uses: 3,
      new_session_expire_time: inMinutes(2),
      bidi_generate_content_setup: { model: 'models/m', generation_config: { temperature: 1 } },
      field_mask: 'model,generation_config.temperature',
    })
    expect([status, body]).toEqual([200, { name: expect.stringMatching(/^auth_tokens\//) }])
  })

  it('by the header that Python sends it is taken too [2, 4]', async () => {
    const name = await create()
    await using client = await connectRaw(
      on.url,
      '/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained',
      {
        authorization: `Token ${name}`,
        'x-goog-api-key': name,
      },
    )
    client.send({ setup: { model: `models/${model}` } })
    await client.until(message => message.setupComplete !== undefined)
  })
})
