import { once } from 'node:events'
import type { LiveServerMessage } from '@google/genai'
import { describe, expect, it } from 'vitest'
import {
  blob,
  type Client,
  connect,
  connectRaw,
  isTurnComplete,
  sendSound,
  silence,
  socketOf,
  tone,
  wordsOf,
} from '../client.ts'
import { SteppedClock } from '../clock.ts'
import { stage } from './stage.ts'

const clock = new SteppedClock()
const on = stage({ clock })
const resumable = { sessionResumption: {}, outputAudioTranscription: {} }
const updateOf = (message: LiveServerMessage) => message.sessionResumptionUpdate
const isHandle = (message: LiveServerMessage) => updateOf(message)?.resumable === true
const latest = () => on.rehearsal.journal.sessions.at(-1)!

/** Says something, and returns the handle that follows the answer. */
async function talk(client: Client, words: string): Promise<string> {
  client.session.sendClientContent({ turns: words })
  await clock.until(client.until(isTurnComplete))
  return updateOf(await clock.until(client.until(isHandle)))!.newHandle!
}

/** Closes, and waits until the server knows. */
async function leave(client: Client): Promise<void> {
  const record = latest()
  await client[Symbol.asyncDispose]()
  await expect.poll(() => record.summary.closed).toBeDefined()
}

describe('resumption updates', () => {
  it('come after setup and after turns, only where they were asked for [36]', async () => {
    await using asked = await connect(on.url, resumable)
    const first = updateOf(await clock.until(asked.until(isHandle)))!.newHandle
    expect(await talk(asked, 'hello')).not.toBe(first)
    await using other = await connect(on.url)
    other.session.sendClientContent({ turns: 'hello' })
    await clock.until(other.until(isTurnComplete))
    await clock.pass(30)
    expect(other.messages.some(message => updateOf(message) !== undefined)).toBe(false)
  })

  it('say that nothing can be resumed while an answer is made [36]', async () => {
    on.rehearsal.play({ turns: [{ does: [{ play: { ms: 200 } }, { waitMs: 50 }, { play: { ms: 200 } }] }] })
    await using client = await connect(on.url, resumable)
    await clock.until(client.until(isHandle))
    client.session.sendClientContent({ turns: 'go' })
    await clock.until(client.until(isTurnComplete))
    const during = client.messages
      .map(updateOf)
      .filter(update => update !== undefined)
      .slice(1)
    expect(during).toEqual([{ resumable: false }])
    await clock.until(client.until(isHandle))
  })

  it('do not come while somebody speaks, nor while a function is open [36]', async () => {
    on.rehearsal.play({
      turns: [{ on: 'TYPED', does: [{ call: [{ name: 'alpha' }] }] }],
      behaviour: { handleAfterSetupMs: 1_000 },
    })
    await using client = await connect(on.url, {
      ...resumable,
      tools: [{ functionDeclarations: [{ name: 'alpha' }] }],
    })
    sendSound(client.session, tone(300))
    await flushed(client, 16)
    await clock.pass(2_000)
    await flushed(client, 16)
    expect(client.messages.some(message => updateOf(message) !== undefined)).toBe(false)
    sendSound(client.session, silence(600))
    await clock.until(client.until(isHandle))
    client.session.sendRealtimeInput({ text: 'go' })
    const { toolCall } = await clock.until(client.until(message => message.toolCall !== undefined))
    await clock.until(client.until(isTurnComplete))
    await clock.pass(50)
    expect(client.messages.filter(isHandle)).toHaveLength(1)
    const { id = '', name = '' } = toolCall!.functionCalls![0]!
    client.session.sendToolResponse({ functionResponses: [{ id, name, response: {} }] })
    await clock.until(client.until(isHandle))
  })

  it("count the client's messages where Vertex AI is asked to be transparent [36]", async () => {
    await using client = await connectRaw(
      on.url,
      '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent',
    )
    client.send({ setup: { model: 'gemini-3.8-live', sessionResumption: { transparent: true } } })
    client.send({ realtimeInput: { audio: blob(silence(100)) } })
    client.send({ realtimeInput: { text: 'hi' } })
    await clock.until(client.until(isTurnComplete))
    const update = updateOf(await clock.until(client.until(isHandle)))!
    expect(update.lastConsumedClientMessageIndex).toBe('3')
  })
})

describe('resuming', () => {
  it('goes on with what was said [37]', async () => {
    const client = await connect(on.url, resumable)
    const handle = await talk(client, 'The word is heron.')
    await leave(client)
    await using again = await connect(on.url, { ...resumable, sessionResumption: { handle } })
    await talk(again, 'What did I say?')
    expect(wordsOf(again.messages)).toBe('Rehearsal. Before this: The word is heron.')
  })

  it('from an earlier handle goes on from there, more than once [37]', async () => {
    const client = await connect(on.url, resumable)
    const early = await talk(client, 'One.')
    await talk(client, 'Two.')
    await leave(client)
    for (let i = 0; i < 2; i++) {
      const again = await connect(on.url, { ...resumable, sessionResumption: { handle: early } })
      await talk(again, 'What did I say?')
      expect(wordsOf(again.messages)).toContain('Before this: One.')
      await leave(again)
    }
  })

  it('takes a new instruction, or keeps the old one as was seen [37]', async () => {
    const ask = async (handle: string) => {
      const client = await connect(on.url, {
        ...resumable,
        systemInstruction: 'Be new.',
        sessionResumption: { handle },
      })
      await talk(client, 'What are your instructions?')
      await leave(client)
      return wordsOf(client.messages)
    }
    const client = await connect(on.url, { ...resumable, systemInstruction: 'Be old.' })
    const handle = await talk(client, 'Hello.')
    await leave(client)
    expect(await ask(handle)).toContain('Be new.')
    on.rehearsal.play({ behaviour: { resumeKeepsInstruction: true } })
    expect(await ask(handle)).toContain('Be old.')
  })

  it('is refused while the old socket lives, with 1011 [37]', async () => {
    await using client = await connect(on.url, resumable)
    const handle = await talk(client, 'Hello.')
    await expect(connect(on.url, { sessionResumption: { handle } })).rejects.toThrow('code 1011')
  })

  it.each([
    ['a malformed handle', 'nonsense', /code 1007.*Invalid session handle/],
    ['an unknown handle', 'A'.repeat(24), /code 1008.*session not found/],
  ])('is refused with %s [37]', async (_, handle, words) => {
    await expect(connect(on.url, { sessionResumption: { handle } })).rejects.toThrow(words)
  })

  it('is refused for another model [37]', async () => {
    const client = await connect(on.url, resumable)
    const handle = await talk(client, 'Hello.')
    await leave(client)
    const other = { model: 'gemini-2.5-flash-native-audio-latest' }
    await expect(connect(on.url, { sessionResumption: { handle } }, other)).rejects.toThrow('code 1007')
  })

  it('is refused two hours after the end, with 1008 [37]', async () => {
    const client = await connect(on.url, resumable)
    const handle = updateOf(await clock.until(client.until(isHandle)))!.newHandle!
    await leave(client)
    await clock.pass(119 * 60_000)
    await leave(await connect(on.url, { sessionResumption: { handle } }))
    await clock.pass(2 * 60_000)
    await expect(connect(on.url, { sessionResumption: { handle } })).rejects.toThrow(
      /code 1008.*session not found/,
    )
  })

  it('an open NON_BLOCKING call is still answered after it [37]', async () => {
    on.rehearsal.play({ turns: [{ matches: '^go$', does: [{ call: [{ name: 'alpha' }] }] }] })
    const tools = [{ functionDeclarations: [{ name: 'alpha' }] }]
    const client = await connect(on.url, { ...resumable, tools })
    const handle = updateOf(await clock.until(client.until(isHandle)))!.newHandle!
    client.session.sendClientContent({ turns: 'go' })
    const { toolCall } = await clock.until(client.until(message => message.toolCall !== undefined))
    await leave(client)
    await using again = await connect(on.url, { ...resumable, tools, sessionResumption: { handle } })
    const { id = '', name = '' } = toolCall!.functionCalls![0]!
    again.session.sendToolResponse({ functionResponses: [{ id, name, response: { output: 'kept' } }] })
    await clock.until(again.until(isTurnComplete))
    expect(wordsOf(again.messages)).toContain('alpha answered: output kept.')
  })

  it('from a poisoned handle dies soon, each time [40]', async () => {
    on.rehearsal.play({ faults: [{ fault: 'POISON', at: 'TURN_END', session: 1, afterMs: 20 }] })
    const client = await connect(on.url, resumable)
    const handle = await talk(client, 'Hello.')
    await clock.pass(30)
    await expect
      .poll(() => latest().entries.some(entry => 'event' in entry && entry.event === 'fault'))
      .toBe(true)
    await leave(client)
    for (let i = 0; i < 2; i++) {
      await using again = await connect(on.url, { sessionResumption: { handle } })
      expect(await clock.until(again.closed)).toMatchObject({ code: 1011 })
    }
  })
})

describe('the end of a connection', () => {
  it('is announced by goAway with the time left, and comes with 1008 for who stays [38]', async () => {
    await using client = await connect(on.url)
    await clock.pass(9 * 60_000)
    await flushed(client)
    expect(client.messages.some(message => message.goAway !== undefined)).toBe(false)
    await clock.pass(11_000)
    const { goAway } = await client.until(message => message.goAway !== undefined)
    expect(goAway!.timeLeft).toBe('50s')
    await clock.pass(50_000)
    const { code, reason } = await client.closed
    expect(code).toBe(1008)
    expect(reason).toMatch(/failed to close the connection after receiving a GoAway/)
  })

  it('is announced as long before as asked [38]', async () => {
    on.rehearsal.play({ behaviour: { life: { connectionMs: 60_000, goAwayMs: 7_000 } } })
    await using client = await connect(on.url)
    await clock.pass(53_000)
    const { goAway } = await client.until(message => message.goAway !== undefined)
    expect(goAway!.timeLeft).toBe('7s')
  })

  it('is announced by hand [38]', async () => {
    await using client = await connect(on.url)
    on.rehearsal.strike(latest().summary.id, { fault: 'GO_AWAY', ms: 9_000 })
    const { goAway } = await clock.until(client.until(message => message.goAway !== undefined))
    expect(goAway!.timeLeft).toBe('9s')
    await clock.pass(9_000)
    expect((await client.closed).code).toBe(1008)
  })

  it('comes without a word, with 1011, where there is no goAway [38]', async () => {
    on.rehearsal.play({ behaviour: { life: { goAwayMs: 0 } } })
    await using client = await connect(on.url)
    await clock.pass(600_000)
    expect(await client.closed).toEqual({
      code: 1011,
      reason: 'Deadline expired before operation could complete.',
    })
    expect(client.messages).toHaveLength(1)
  })

  it('is ten minutes away at first [38]', async () => {
    await using client = await connect(on.url, { outputAudioTranscription: {} })
    client.session.sendClientContent({ turns: 'How much time is left?' })
    await clock.until(client.until(isTurnComplete))
    expect(wordsOf(client.messages)).toContain('This connection has 10 minutes left.')
  })

  it.each([
    ['sound alone', {}, false, 15],
    ['pictures', {}, true, 2],
    ['compression', { contextWindowCompression: { slidingWindow: {} } }, true, undefined],
  ])('a session with %s has its own cap [39]', async (_, config, hasVideo, minutes) => {
    // A connection is not to end before.
    on.rehearsal.play({ behaviour: { life: { connectionMs: 24 * 3_600_000, goAwayMs: 0 } } })
    await using client = await connect(on.url, config)
    if (hasVideo) client.session.sendRealtimeInput({ video: picture })
    await flushed(client)
    if (minutes === undefined) {
      await clock.pass(3_600_000)
      return await flushed(client)
    }
    await clock.pass((minutes - 1) * 60_000)
    await flushed(client)
    await clock.pass(60_000)
    expect(await client.closed).toMatchObject({ code: 1011 })
  })

  it('a cap counts on through a resumption [39]', async () => {
    on.rehearsal.play({ behaviour: { life: { connectionMs: 24 * 3_600_000, goAwayMs: 0 } } })
    const client = await connect(on.url, resumable)
    const handle = updateOf(await clock.until(client.until(isHandle)))!.newHandle!
    await clock.pass(10 * 60_000)
    await leave(client)
    await using again = await connect(on.url, { sessionResumption: { handle } })
    await clock.pass(4 * 60_000)
    await flushed(again)
    await clock.pass(60_000)
    expect(await again.closed).toMatchObject({ code: 1011 })
  })

  it('compression drops the oldest at the trigger, down to the target, and keeps the instruction [39]', async () => {
    const contextWindowCompression = { triggerTokens: '300', slidingWindow: { targetTokens: '150' } }
    await using client = await connect(on.url, {
      contextWindowCompression,
      systemInstruction: 'Be brief.',
      outputAudioTranscription: {},
    })
    let tokens: number[] = []
    for (let i = 0; i < 12; i++) {
      client.session.sendClientContent({ turns: `Line ${i}.` })
      tokens = [...tokens, (await clock.until(client.until(isTurnComplete))).usageMetadata!.promptTokenCount!]
    }
    expect(Math.max(...tokens)).toBeLessThanOrEqual(300)
    expect(tokens.some((count, i) => count < (tokens[i - 1] ?? 0))).toBe(true)
    client.session.sendClientContent({ turns: 'What are your instructions?' })
    await clock.until(client.until(isTurnComplete))
    expect(wordsOf(client.messages)).toContain('My instructions are: Be brief.')
  })

  it('without compression a full window ends the session with 1007 [39]', async () => {
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'word '.repeat(110_000) })
    expect(await client.closed).toMatchObject({ code: 1007 })
  })
})

describe('changes in the middle', () => {
  it('a context update sets instruction and tools, and leaves alone what it does not name [44]', async () => {
    await using client = await connect(on.url, {
      systemInstruction: 'Be old.',
      tools: [{ functionDeclarations: [{ name: 'alpha' }] }],
      outputAudioTranscription: {},
    })
    const ask = async (words: string) => {
      const from = client.messages.length
      client.session.sendClientContent({ turns: words })
      await clock.until(client.until(isTurnComplete))
      return wordsOf(client.messages.slice(from))
    }
    client.session.sendContextUpdate({ systemInstruction: { parts: [{ text: 'Be new.' }] } })
    expect(await ask('What are your instructions?')).toContain('Be new.')
    expect(await ask('What tools do you have?')).toContain('I know 1 tools: alpha.')
    client.session.sendContextUpdate({ tools: { tools: [{ functionDeclarations: [{ name: 'beta' }] }] } })
    expect(await ask('What tools do you have?')).toContain('I know 1 tools: beta.')
    client.session.sendContextUpdate({ tools: { tools: [] } })
    expect(await ask('What tools do you have?')).toContain('No tools are declared.')
    expect(await ask('What are your instructions?')).toContain('Be new.')
  })

  it('history is taken without an answer; the next input starts it [44]', async () => {
    await using client = await connectRaw(on.url)
    client.send({
      setup: {
        model: 'models/gemini-3.8-live',
        historyConfig: { initialHistoryInClientContent: true },
        outputAudioTranscription: {},
      },
    })
    const turns = [
      { role: 'user', parts: [{ text: 'The word is heron.' }] },
      { role: 'model', parts: [{ text: 'I see.' }] },
    ]
    client.send({ clientContent: { turns, turnComplete: true } })
    client.send({ realtimeInput: { text: 'What did I say?' } })
    await clock.until(client.until(isTurnComplete))
    expect(wordsOf(client.messages)).toBe('This is a rehearsal. Before this: The word is heron.')
    expect(client.messages.filter(isTurnComplete)).toHaveLength(1)
  })

  it("2.5 answers history that ends with a turn of the user's [44]", async () => {
    await using client = await connectRaw(on.url)
    const historyConfig = { initialHistoryInClientContent: true }
    client.send({
      setup: {
        model: 'models/gemini-2.5-flash-native-audio-latest',
        historyConfig,
        outputAudioTranscription: {},
      },
    })
    client.send({
      clientContent: { turns: [{ role: 'user', parts: [{ text: 'Hello.' }] }], turnComplete: true },
    })
    await clock.until(client.until(isTurnComplete))
    expect(wordsOf(client.messages)).toBe('This is a rehearsal. You wrote: Hello.')
  })

  it('3.1 takes history so, and refuses it without being told [44]', async () => {
    const model = 'models/gemini-3.1-flash-live-preview'
    const content = {
      clientContent: { turns: [{ role: 'user', parts: [{ text: 'Old.' }] }], turnComplete: true },
    }
    await using told = await connectRaw(on.url)
    told.send({ setup: { model, historyConfig: { initialHistoryInClientContent: true } } })
    told.send(content)
    told.send({ realtimeInput: { text: 'go' } })
    await clock.until(told.until(isTurnComplete))
    await using untold = await connectRaw(on.url)
    untold.send({ setup: { model } })
    untold.send(content)
    expect(await untold.closed).toMatchObject({ code: 1007 })
  })
})

describe('a clock that is scaled', () => {
  it('ages sessions faster and leaves their sound alone [39]', async () => {
    on.rehearsal.play({
      timeScale: 60,
      turns: [{ does: [{ play: { ms: 2_000 } }] }],
      behaviour: { pacing: { speed: 1, holdsTurnComplete: true } },
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await flushed(client, 2)
    await clock.pass(1_000)
    await flushed(client, 2)
    expect(client.messages.some(isTurnComplete)).toBe(false)
    await clock.pass(1_500)
    await client.until(isTurnComplete)
    // Nine minutes and ten seconds are less than ten seconds, and 50 are less than one.
    await clock.pass(6_700)
    const { goAway } = await client.until(message => message.goAway !== undefined)
    expect(goAway!.timeLeft).toBe('0.833s')
    await clock.pass(900)
    expect((await client.closed).code).toBe(1008)
  })
})

const picture = {
  data: Buffer.from('89504e470d0a1a0a0000000d4948445200000010000000100806000000', 'hex').toString('base64'),
  mimeType: 'image/png',
}

/** What was sent so far has arrived at the other end, both ways, and the connection lives. */
async function flushed(client: Client, messages = 1): Promise<void> {
  const ws = socketOf(client)
  await expect.poll(() => latest().summary.messagesIn).toBeGreaterThanOrEqual(messages)
  const answered = once(ws, 'pong')
  ws.ping()
  await answered
}
