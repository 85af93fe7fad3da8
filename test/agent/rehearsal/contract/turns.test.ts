import {
  ActivityHandling,
  EndSensitivity,
  MediaResolution,
  StartSensitivity,
  TurnCoverage,
} from '@google/genai'
import { describe, expect, it } from 'vitest'
import {
  blob,
  type Client,
  connect,
  connectRaw,
  isGenerationComplete,
  isInterrupted,
  isSound,
  isTurnComplete,
  sendSound,
  silence,
  soundOf,
  tone,
  wordsOf,
} from '../client.ts'
import { stage } from './stage.ts'

const on = stage()
const words = { outputAudioTranscription: {} }
const latest = () => on.rehearsal.journal.sessions.at(-1)!
const events = (name: string) => latest().entries.filter(entry => 'event' in entry && entry.event === name)

/** What each message of the server was, in order, without what has no effect. */
function kindsOf(client: Client): string[] {
  return client.messages.flatMap(({ serverContent = {}, toolCall, setupComplete }) => {
    const kinds = Object.keys(serverContent).map(key => (key === 'modelTurn' ? 'content' : key))
    if (toolCall !== undefined) kinds.push('toolCall')
    if (setupComplete !== undefined) kinds.push('setupComplete')
    return kinds
  })
}

describe('automatic voice activity', () => {
  it.each([8_000, 24_000, 48_000])('hears speech at %i Hz [17]', async rate => {
    await using client = await connect(on.url, words)
    sendSound(client.session, tone(700, { rate }), rate)
    sendSound(client.session, silence(600, rate), rate)
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toContain('I heard 0.7 seconds')
  })

  it('waits for the silence that was asked for [17]', async () => {
    const automaticActivityDetection = { silenceDurationMs: 1_000, prefixPaddingMs: 100 }
    await using client = await connect(on.url, { realtimeInputConfig: { automaticActivityDetection } })
    sendSound(client.session, tone(80))
    sendSound(client.session, silence(300))
    sendSound(client.session, tone(400))
    sendSound(client.session, silence(980))
    sendSound(client.session, tone(300))
    sendSound(client.session, silence(1_000))
    await client.until(isTurnComplete)
    expect(events('activityStart')).toHaveLength(1)
    // The first 80 ms were shorter than the padding, the two others one speech with a pause in it.
    expect(events('activityEnd')).toEqual([
      expect.objectContaining({ audioOffset: '2.06s', speechMs: 1_680 }),
    ])
  })

  it.each([
    [StartSensitivity.START_SENSITIVITY_HIGH, 1],
    [StartSensitivity.START_SENSITIVITY_LOW, 0],
  ])('%s hears %i whispers [17]', async (startOfSpeechSensitivity, heard) => {
    const automaticActivityDetection = {
      startOfSpeechSensitivity,
      endOfSpeechSensitivity: EndSensitivity.END_SENSITIVITY_HIGH,
    }
    await using client = await connect(on.url, { realtimeInputConfig: { automaticActivityDetection } })
    sendSound(client.session, silence(200))
    sendSound(client.session, tone(400, { amplitude: 200 }))
    sendSound(client.session, silence(700))
    client.session.sendRealtimeInput({ text: 'done' })
    await client.until(isTurnComplete)
    expect(events('activityStart')).toHaveLength(heard)
  })
})

describe('an interruption', () => {
  it('is interrupted, then turnComplete, without generationComplete or further sound [18]', async () => {
    on.rehearsal.play({
      turns: [{ on: 'TYPED', does: [{ play: { ms: 60_000 } }, { say: 'Never said.' }] }],
      behaviour: { pacing: { speed: 4 } },
    })
    await using client = await connect(on.url, words)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    sendSound(client.session, tone(300))
    await client.until(isTurnComplete)
    const kinds = kindsOf(client)
    expect(kinds.slice(kinds.indexOf('interrupted'))).toEqual(['interrupted', 'turnComplete'])
    expect(kinds).not.toContain('generationComplete')
    // What comes next belongs to the speech that cut in.
    sendSound(client.session, silence(600))
    await client.until(isGenerationComplete)
    expect(wordsOf(client.messages)).toMatch(/^Rehearsal\. I heard 0\.3 seconds/)
  })

  it('leaves nothing of the answer to come after it [18]', async () => {
    on.rehearsal.play({
      turns: [
        { matches: '^go$', does: [{ play: { ms: 60_000 } }] },
        { matches: '^wait$', does: [{ waitMs: 400 }] },
      ],
      behaviour: { pacing: { speed: 4 } },
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    client.session.sendClientContent({ turns: 'wait' })
    await client.until(isInterrupted)
    const from = client.messages.length
    await client.until(isTurnComplete)
    await client.until(isTurnComplete)
    expect(client.messages.slice(from).filter(isSound)).toEqual([])
  })

  it('leaves what was not sent out of the memory [18]', async () => {
    on.rehearsal.play({
      turns: [{ on: 'TYPED', does: [{ play: { ms: 60_000 } }] }],
      behaviour: { pacing: { speed: 4 } },
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    sendSound(client.session, tone(300))
    const { usageMetadata } = await client.until(isTurnComplete)
    // The answer of 60 s would be 1,500 tokens.
    expect(usageMetadata!.responseTokenCount).toBeLessThan(750)
    expect(usageMetadata!.responseTokenCount).toBe(
      Math.round((soundOf(client.messages).length / 24_000) * 25),
    )
  })

  it('does not happen under NO_INTERRUPTION: the speech is answered afterwards [19]', async () => {
    on.rehearsal.play({
      turns: [{ on: 'TYPED', does: [{ play: { ms: 400 } }, { waitMs: 100 }, { say: 'The end.' }] }],
    })
    const realtimeInputConfig = { activityHandling: ActivityHandling.NO_INTERRUPTION }
    await using client = await connect(on.url, { realtimeInputConfig, ...words })
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    sendSound(client.session, tone(500))
    sendSound(client.session, silence(600))
    await client.until(isTurnComplete)
    await client.until(isTurnComplete)
    const end = client.messages.findIndex(isTurnComplete)
    expect(wordsOf(client.messages.slice(0, end))).toBe('The end.')
    expect(wordsOf(client.messages.slice(end))).toContain('I heard 0.5 seconds')
    expect(client.messages.some(isInterrupted)).toBe(false)
  })

  it('may come after generationComplete, while the answer is still being heard [27]', async () => {
    on.rehearsal.play({
      turns: [{ on: 'TYPED', does: [{ play: { ms: 20_000 } }] }],
      behaviour: { pacing: { holdsTurnComplete: true } },
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isGenerationComplete)
    sendSound(client.session, tone(300))
    await client.until(isTurnComplete)
    const kinds = kindsOf(client)
    expect(kinds.slice(kinds.indexOf('generationComplete'))).toEqual([
      'generationComplete',
      'interrupted',
      'turnComplete',
    ])
  })

  it('may come astray while nothing is being said [27]', async () => {
    on.rehearsal.play({
      faults: [{ fault: 'SEND', at: 'TURN_END', message: { serverContent: { interrupted: true } } }],
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isInterrupted)
    expect(kindsOf(client).slice(-2)).toEqual(['turnComplete', 'interrupted'])
    client.session.sendClientContent({ turns: 'go on' })
    await client.until(isTurnComplete)
  })
})

describe('manual activity', () => {
  const manual = { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } }

  it('is what stands between the marks, and its end starts the answer [20]', async () => {
    await using client = await connect(on.url, { ...manual, ...words })
    sendSound(client.session, tone(1_000))
    client.session.sendRealtimeInput({ activityStart: {} })
    sendSound(client.session, tone(500))
    client.session.sendRealtimeInput({ activityEnd: {} })
    sendSound(client.session, tone(1_000))
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toContain('I heard 0.5 seconds')
    expect(latest().summary.turns).toBe(1)
  })

  it('interrupts with its start [20]', async () => {
    on.rehearsal.play({
      turns: [{ on: 'TYPED', does: [{ play: { ms: 60_000 } }] }],
      behaviour: { pacing: { speed: 4 } },
    })
    await using client = await connect(on.url, manual)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    client.session.sendRealtimeInput({ activityStart: {} })
    await client.until(isInterrupted)
  })

  it.each([{ activityStart: {} }, { activityEnd: {} }])(
    '%j is refused where activity is automatic [20]',
    async mark => {
      await using client = await connect(on.url)
      client.session.sendRealtimeInput(mark)
      expect(await client.closed).toMatchObject({ code: 1007 })
    },
  )

  it('a stray pair may come at its start after a finished answer; the next answer still comes [42]', async () => {
    on.rehearsal.play({ behaviour: { strayInterrupts: true } })
    await using client = await connect(on.url, manual)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    client.session.sendRealtimeInput({ activityStart: {} })
    await client.until(isInterrupted)
    await client.until(isTurnComplete)
    sendSound(client.session, tone(300))
    client.session.sendRealtimeInput({ activityEnd: {} })
    await client.until(isSound)
    await client.until(isTurnComplete)
  })

  it('with typed words in it closes 3.1 with 1007 [14]', async () => {
    await using client = await connect(on.url, manual, { model: 'gemini-3.1-flash-live-preview' })
    client.session.sendRealtimeInput({ activityStart: {} })
    client.session.sendRealtimeInput({ text: 'mixed' })
    expect(await client.closed).toMatchObject({ code: 1007, reason: 'Precondition check failed.' })
  })
})

describe('the end of the stream', () => {
  it('ends the turn, as documented [21]', async () => {
    await using client = await connect(on.url, words, { model: 'gemini-2.5-flash-native-audio-latest' })
    sendSound(client.session, tone(600))
    client.session.sendRealtimeInput({ audioStreamEnd: true })
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toContain('I heard 0.6 seconds')
  })

  it('does not end a turn on 3.8: only silence does [21]', async () => {
    await using client = await connect(on.url, words)
    sendSound(client.session, tone(600))
    client.session.sendRealtimeInput({ audioStreamEnd: true })
    sendSound(client.session, tone(600))
    sendSound(client.session, silence(500))
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toContain('I heard 1.2 seconds')
  })
})

describe('typed content', () => {
  it('complete, it interrupts and is answered; otherwise it only adds [22]', async () => {
    on.rehearsal.play({
      turns: [{ matches: '^go$', does: [{ play: { ms: 60_000 } }] }],
      behaviour: { pacing: { speed: 4 } },
    })
    await using client = await connect(on.url, words)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    client.session.sendClientContent({ turns: 'This is added.', turnComplete: false })
    await client.until(isSound)
    expect(client.messages.some(isInterrupted)).toBe(false)
    client.session.sendClientContent({ turnComplete: true })
    await client.until(isTurnComplete)
    expect(kindsOf(client)).toContain('interrupted')
    await client.until(isGenerationComplete)
    expect(wordsOf(client.messages)).toBe('Rehearsal. You wrote: This is added.')
  })

  it('incomplete, it interrupts where the documentation is followed [22]', async () => {
    on.rehearsal.play({
      turns: [{ matches: '^go$', does: [{ play: { ms: 60_000 } }] }],
      behaviour: { partialContentInterrupts: true, pacing: { speed: 4 } },
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    client.session.sendClientContent({ turns: 'This is added.', turnComplete: false })
    await client.until(isInterrupted)
  })

  it('is refused in the middle of a 3.1 session [22]', async () => {
    await using client = await connect(on.url, {}, { model: 'gemini-3.1-flash-live-preview' })
    client.session.sendRealtimeInput({ text: 'hello' })
    await client.until(isTurnComplete)
    client.session.sendClientContent({ turns: 'again' })
    expect(await client.closed).toMatchObject({ code: 1007 })
  })

  it('as realtime text starts a turn, or joins the speech that is going on [23]', async () => {
    await using client = await connect(on.url, words)
    client.session.sendRealtimeInput({ text: 'First.' })
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toBe('This is a rehearsal. You wrote: First.')
    sendSound(client.session, tone(500))
    client.session.sendRealtimeInput({ text: 'Second.' })
    sendSound(client.session, silence(600))
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toContain(
      'I heard 0.5 seconds of speech at a moderate level. You wrote: Second.',
    )
    expect(latest().summary.turns).toBe(2)
  })

  it('pictures above one a second are reported [23]', async () => {
    await using client = await connect(on.url)
    const video = { data: picture(320, 200), mimeType: 'image/png' }
    for (let i = 0; i < 3; i++) client.session.sendRealtimeInput({ video })
    client.session.sendRealtimeInput({ text: 'done' })
    await client.until(isTurnComplete)
    expect(latest().summary).toMatchObject({ pictures: 3, picturesTooSoon: 2 })
  })

  it('a picture that is none closes with 1007 [23]', async () => {
    await using client = await connect(on.url)
    client.session.sendRealtimeInput({
      video: { data: Buffer.from('nothing').toString('base64'), mimeType: 'image/jpeg' },
    })
    expect(await client.closed).toMatchObject({ code: 1007 })
  })
})

describe('the order of a turn', () => {
  it('is content, generationComplete, turnComplete [24]', async () => {
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    const kinds = kindsOf(client).filter((kind, i, all) => kind !== all[i - 1])
    expect(kinds).toEqual(['setupComplete', 'content', 'generationComplete', 'turnComplete'])
  })

  it('turnComplete waits until the answer can have been heard [24]', async () => {
    on.rehearsal.play({
      turns: [{ does: [{ play: { ms: 800 } }] }],
      behaviour: { pacing: { holdsTurnComplete: true } },
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isGenerationComplete)
    const at = performance.now()
    await client.until(isTurnComplete)
    expect(performance.now() - at).toBeGreaterThan(700)
  })

  it('chunks are uneven, 40 to 640 ms, and end on any sample [25]', async () => {
    on.rehearsal.play({ turns: [{ does: [{ play: { ms: 20_000 } }] }] })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    const lengths = client.messages.map(message => soundOf([message]).length / 24).filter(ms => ms > 0)
    expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThanOrEqual(40)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(640)
    expect(new Set(lengths).size).toBeGreaterThan(10)
    expect(lengths.some(ms => ms % 1 !== 0)).toBe(true)
  })

  it.each([
    [4, 400],
    [2, 800],
    [1, 1_600],
  ])('speech comes at %i times its own speed [25]', async (speed, least) => {
    on.rehearsal.play({
      turns: [{ does: [{ play: { ms: 1_600 } }] }],
      behaviour: { pacing: { speed, mostMs: 80 } },
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    const at = performance.now()
    await client.until(isGenerationComplete)
    // All but the last chunk is waited for; never faster than asked.
    expect(performance.now() - at).toBeGreaterThan(least - 160 / speed - 20)
  })

  it('2.5 puts one field into a message [26]', async () => {
    await using client = await connect(
      on.url,
      { ...words, inputAudioTranscription: {} },
      { model: 'gemini-2.5-flash-native-audio-latest' },
    )
    sendSound(client.session, tone(500))
    sendSound(client.session, silence(600))
    await client.until(isTurnComplete)
    for (const { serverContent } of client.messages) {
      expect(Object.keys(serverContent ?? {}).length).toBeLessThanOrEqual(1)
      expect(serverContent?.modelTurn?.parts?.length ?? 1).toBe(1)
    }
    expect(wordsOf(client.messages)).toContain('I heard 0.5 seconds')
  })

  it('3.x puts several into one, opens with usage alone, and sends messages that hold nothing [26]', async () => {
    on.rehearsal.play({
      turns: [{ does: [{ say: 'A sentence with some words in it.' }, { play: { ms: 30_000 } }] }],
    })
    await using client = await connectRaw(on.url)
    client.send({ setup: { model: 'models/gemini-3.8-live', outputAudioTranscription: {} } })
    client.send({ clientContent: { turns: [{ role: 'user', parts: [{ text: 'go' }] }], turnComplete: true } })
    await client.until(isTurnComplete)
    const [, first] = client.messages
    expect(Object.keys(first!)).toEqual(['usageMetadata'])
    expect(client.messages.some(message => Object.keys(message).length === 0)).toBe(true)
    const contents = client.messages
      .map(({ serverContent }) => serverContent)
      .filter(content => content?.modelTurn !== undefined)
    expect(contents.some(content => content?.outputTranscription !== undefined)).toBe(true)
    expect(contents.some(content => (content?.modelTurn?.parts?.length ?? 0) > 1)).toBe(true)
  })
})

describe('turns that go wrong', () => {
  it('sound comes late, after generationComplete [28]', async () => {
    on.rehearsal.play({ turns: [{ does: [{ play: { ms: 200 } }, { done: true }, { play: { ms: 200 } }] }] })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isGenerationComplete)
    await client.until(isSound)
    await client.until(isTurnComplete)
    expect(client.messages.filter(isGenerationComplete)).toHaveLength(1)
  })

  it('a turn is empty [28]', async () => {
    on.rehearsal.play({ turns: [{ does: [] }] })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    expect(kindsOf(client)).toEqual(['setupComplete', 'turnComplete'])
  })

  it('one answer after the other is rejected [28]', async () => {
    on.rehearsal.play({ turns: [{ repeat: true, does: [], reason: 'RESPONSE_REJECTED' }] })
    await using client = await connect(on.url)
    for (let i = 0; i < 3; i++) {
      client.session.sendClientContent({ turns: 'go' })
      const { serverContent } = await client.until(isTurnComplete)
      expect(serverContent).toMatchObject({ turnCompleteReason: 'RESPONSE_REJECTED' })
    }
    expect(client.messages.some(isSound)).toBe(false)
  })

  it('a turn has a text and no sound [28]', async () => {
    on.rehearsal.play({ turns: [{ does: [{ thought: 'Hm.' }, { write: 'Only written.' }] }] })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    const parts = client.messages.flatMap(message => message.serverContent?.modelTurn?.parts ?? [])
    expect(parts).toEqual([{ text: 'Hm.', thought: true }, { text: 'Only written.' }])
  })

  it('a turn is as good as silent [28]', async () => {
    on.rehearsal.play({ turns: [{ does: [{ say: 'Nobody hears this.', gain: 0.001 }] }] })
    await using client = await connect(on.url, words)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    const sound = soundOf(client.messages)
    expect(sound.length).toBeGreaterThan(12_000)
    expect(sound.every(sample => Math.abs(sample) < 40)).toBe(true)
    expect(wordsOf(client.messages)).toBe('Nobody hears this.')
  })

  it('a turn never ends [28]', async () => {
    on.rehearsal.play({ turns: [{ does: [{ play: { ms: 100 } }], end: 'NEVER' }] })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    client.session.sendRealtimeInput({ text: 'Are you there?' })
    await expect.poll(() => latest().summary.messagesIn).toBe(3)
    expect(kindsOf(client)).not.toContain('turnComplete')
    // Speaking still gets through.
    sendSound(client.session, tone(200))
    await client.until(isInterrupted)
  })
})

describe('transcripts', () => {
  it('come only where they were asked for, and never finished [29]', async () => {
    const speak = async (config: object) => {
      await using client = await connect(on.url, config)
      sendSound(client.session, tone(500))
      sendSound(client.session, silence(600))
      await client.until(isTurnComplete)
      return client.messages.flatMap(({ serverContent: content }) =>
        [content?.inputTranscription, content?.outputTranscription].filter(one => one !== undefined),
      )
    }
    expect(await speak({})).toEqual([])
    const asked = await speak({ inputAudioTranscription: {}, ...words })
    expect(asked.length).toBeGreaterThan(2)
    for (const transcription of asked) expect(transcription).not.toHaveProperty('finished')
  })

  it('of speech come in pieces on 2.5, whole on 3.8, with the answer on 3.1 [29]', async () => {
    on.rehearsal.play({ turns: [{ on: 'SPEECH', repeat: true, hears: [{ text: 'What time is it?' }] }] })
    const hear = async (model: string) => {
      await using client = await connect(on.url, { inputAudioTranscription: {} }, { model })
      sendSound(client.session, tone(500))
      sendSound(client.session, silence(600))
      await client.until(isTurnComplete)
      return client.messages.filter(message => message.serverContent?.inputTranscription !== undefined)
    }
    const texts = (await hear('gemini-2.5-flash-native-audio-latest')).map(
      message => message.serverContent!.inputTranscription!.text,
    )
    expect(texts).toEqual(['What', ' time', ' is', ' it?'])
    expect((await hear('gemini-3.8-live')).map(message => message.serverContent)).toEqual([
      { inputTranscription: { text: 'What time is it?' } },
    ])
    const [bundled] = await hear('gemini-3.1-flash-live-preview')
    expect(bundled?.serverContent?.modelTurn).toBeDefined()
  })

  it('may come late, from several speakers, after the turn is over [29]', async () => {
    on.rehearsal.play({
      turns: [
        {
          on: 'SPEECH',
          hears: [
            { text: 'First.', speaker: 'A' },
            { text: ' Second.', speaker: 'B', afterMs: 400 },
          ],
          does: [],
        },
      ],
    })
    await using client = await connect(on.url, { inputAudioTranscription: {} })
    sendSound(client.session, tone(500))
    sendSound(client.session, silence(600))
    await client.until(isTurnComplete)
    const { serverContent } = await client.until(
      message => message.serverContent?.inputTranscription !== undefined,
    )
    expect(serverContent!.inputTranscription).toEqual({ text: ' Second.', speakerLabel: 'B' })
  })

  it.each(['before', 'after'])('of the answer may come %s its sound [29]', async outputWords => {
    on.rehearsal.play({ behaviour: { outputWords }, turns: [{ does: [{ say: 'Some words.' }] }] })
    await using client = await connect(on.url, words)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    const order = kindsOf(client).filter(
      (kind, i, all) => ['content', 'outputTranscription'].includes(kind) && kind !== all[i - 1],
    )
    expect(order).toEqual(
      outputWords === 'before' ? ['outputTranscription', 'content'] : ['content', 'outputTranscription'],
    )
  })
})

describe('usage', () => {
  it('grows by 25 tokens a second of sound and 258 a picture, and bills the whole context again [30]', async () => {
    on.rehearsal.play({ turns: [{ repeat: true, does: [{ play: { ms: 2_000 } }] }] })
    await using client = await connect(on.url)
    sendSound(client.session, tone(4_000))
    sendSound(client.session, silence(500))
    const first = (await client.until(isTurnComplete)).usageMetadata!
    expect(first).toMatchObject({ promptTokenCount: 100, responseTokenCount: 50, totalTokenCount: 150 })
    client.session.sendRealtimeInput({ video: { data: picture(640, 480), mimeType: 'image/png' } })
    client.session.sendRealtimeInput({ text: 'go' })
    const second = (await client.until(isTurnComplete)).usageMetadata!
    expect(second.promptTokenCount).toBe(150 + 258 + 1)
    expect(second.promptTokensDetails).toEqual([
      { modality: 'TEXT', tokenCount: 1 },
      { modality: 'AUDIO', tokenCount: 150 },
      { modality: 'IMAGE', tokenCount: 258 },
    ])
  })

  it('counts a picture as 66 at low resolution, and has other names on Vertex AI [30]', async () => {
    await using client = await connectRaw(
      on.url,
      '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent',
    )
    client.send({
      setup: {
        model: 'gemini-3.8-live',
        generationConfig: { mediaResolution: MediaResolution.MEDIA_RESOLUTION_LOW },
      },
    })
    client.send({ realtimeInput: { video: { data: picture(640, 480), mimeType: 'image/png' } } })
    client.send({ realtimeInput: { text: 'abcd' } })
    const { usageMetadata } = await client.until(isTurnComplete)
    expect(usageMetadata).toMatchObject({ promptTokenCount: 67, candidatesTokenCount: expect.any(Number) })
    expect(usageMetadata).not.toHaveProperty('responseTokenCount')
  })

  it('counts all input where the turn covers all of it [30]', async () => {
    on.rehearsal.play({ turns: [{ does: [] }] })
    await using client = await connect(on.url, {
      realtimeInputConfig: { turnCoverage: TurnCoverage.TURN_INCLUDES_ALL_INPUT },
    })
    sendSound(client.session, silence(2_000))
    sendSound(client.session, tone(1_000))
    sendSound(client.session, silence(1_000))
    const { usageMetadata } = await client.until(isTurnComplete)
    expect(usageMetadata!.promptTokenCount).toBeGreaterThanOrEqual(80)
  })
})

describe('voice activity messages', () => {
  const seen = (client: Client) => client.messages.filter(message => message.voiceActivity !== undefined)

  it('carry the raw name and the place in the sound where they come, and do not come on 3.8 [41]', async () => {
    const speak = async (model: string) => {
      await using client = await connect(on.url, {}, { model })
      client.session.sendRealtimeInput({ audio: blob(silence(300)) })
      sendSound(client.session, tone(500))
      sendSound(client.session, silence(600))
      await client.until(isTurnComplete)
      return seen(client).map(({ voiceActivity }) => voiceActivity)
    }
    expect(await speak('gemini-3.8-live')).toEqual([])
    expect(await speak('gemini-3.1-flash-live-preview')).toEqual([
      { type: 'ACTIVITY_START', audioOffset: '0.3s' },
      { type: 'ACTIVITY_END', audioOffset: '0.8s' },
    ])
  })

  it('are signals of another kind where Vertex AI was asked for them [41]', async () => {
    await using client = await connectRaw(
      on.url,
      '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent',
    )
    client.send({ setup: { model: 'gemini-3.8-live', explicitVadSignal: true } })
    for (const pcm of [tone(500), silence(1_000)]) client.send({ realtimeInput: { audio: blob(pcm) } })
    await client.until(isTurnComplete)
    const signals = client.messages
      .map(message => message.voiceActivityDetectionSignal)
      .filter(one => one !== undefined)
    expect(signals).toEqual([
      { vadSignalType: 'VAD_SIGNAL_TYPE_SOS' },
      { vadSignalType: 'VAD_SIGNAL_TYPE_EOS' },
    ])
  })
})

describe('models without turns', () => {
  it('translation goes on without an end, and is not interrupted [14]', async () => {
    const translationConfig = { targetLanguageCode: 'de' }
    await using client = await connectRaw(on.url)
    client.send({
      setup: {
        model: 'models/gemini-3.5-live-translate-preview',
        generationConfig: { translationConfig },
        outputAudioTranscription: {},
      },
    })
    for (let i = 0; i < 2; i++)
      for (const pcm of [tone(600), silence(600)]) client.send({ realtimeInput: { audio: blob(pcm) } })
    await client.until(isSound)
    await expect.poll(() => wordsOf(client.messages)).toMatch(/0\.6 seconds.*0\.6 seconds/)
    expect(client.messages.some(message => isTurnComplete(message) || isInterrupted(message))).toBe(false)
  })

  it('transcription says what it hears, first for the time being, and answers nothing [14]', async () => {
    await using client = await connectRaw(on.url)
    client.send({
      setup: {
        model: 'models/gemini-3.5-transcribe-live',
        generationConfig: { responseModalities: ['TEXT'] },
        inputAudioTranscription: {},
      },
    })
    for (const pcm of [tone(600), silence(600)]) client.send({ realtimeInput: { audio: blob(pcm) } })
    await client.until(message => message.serverContent?.inputTranscription !== undefined)
    expect(client.messages.flatMap(({ serverContent }) => Object.keys(serverContent ?? {}))).toEqual([
      'interimInputTranscription',
      'inputTranscription',
    ])
  })
})

/** The beginning of a PNG of this size, base64. */
function picture(width: number, height: number): string {
  const png = Buffer.alloc(33)
  png.writeUInt32BE(0x89504e47, 0)
  png.writeUInt32BE(width, 16)
  png.writeUInt32BE(height, 20)
  return png.toString('base64')
}
