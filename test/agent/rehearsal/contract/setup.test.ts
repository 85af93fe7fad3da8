import { Behavior, ThinkingLevel } from '@google/genai'
import { describe, expect, it } from 'vitest'
import type { Scenario } from '../../../../agent/rehearsal/scenario/scenario.ts'
import { connect, connectRaw, isTurnComplete, wordsOf } from '../client.ts'
import { stage } from './stage.ts'

const on = stage()

/** How a setup ends: undefined where it is complete. */
async function setUp(
  setup: Record<string, unknown>,
  { model = 'gemini-3.8-live', version = 'v1beta', api = 'developer' } = {},
): Promise<{ code: number; reason: string } | undefined> {
  const path =
    api === 'vertex'
      ? `/ws/google.cloud.aiplatform.${version}.LlmBidiService/BidiGenerateContent`
      : `/ws/google.ai.generativelanguage.${version}.GenerativeService.BidiGenerateContent?key=k`
  await using client = await connectRaw(on.url, path)
  client.send({ setup: { model: `models/${model}`, ...setup } })
  const complete = client.until(message => message.setupComplete !== undefined).then(() => undefined)
  return await Promise.race([complete.catch(() => client.closed), client.closed])
}

const audio = { generationConfig: { responseModalities: ['AUDIO'] } }

describe('spelling', () => {
  it('setups in the words of both SDKs are taken [11]', async () => {
    expect(
      await setUp({
        generationConfig: {
          responseModalities: ['AUDIO'],
          speechConfig: { voice_config: { prebuilt_voice_config: { voice_name: 'Kore' } } },
        },
        realtimeInputConfig: {
          automatic_activity_detection: { prefix_padding_ms: 20, silenceDurationMs: '100' },
        },
        contextWindowCompression: { triggerTokens: '25000', slidingWindow: { target_tokens: 8000 } },
      }),
    ).toBeUndefined()
  })

  it.each(['base64', 'base64url'] as const)(
    'a 64-bit integer as a string and sound as %s are taken from the SDK [11]',
    async encoding => {
      const contextWindowCompression = { triggerTokens: '25000', slidingWindow: { targetTokens: '8000' } }
      await using client = await connect(on.url, { contextWindowCompression })
      // Of a length that needs padding in one alphabet, and of bytes that both write differently.
      const pcm = Int16Array.from({ length: 1_601 }, (_, i) => (i % 2 === 0 ? -1 : 0x3eff))
      const data = Buffer.from(pcm.buffer).toString(encoding)
      expect(/[-_]/.test(data)).toBe(encoding === 'base64url')
      client.session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } })
      const record = on.rehearsal.journal.sessions.at(-1)!
      await expect.poll(() => record.summary.messagesIn).toBe(2)
      expect(record.pcm('in').pcm).toEqual(pcm)
    },
  )

  it('a field of another version closes with 1007 and the path, and connect() rejects with it [12]', async () => {
    const config = { proactivity: { proactiveAudio: true } }
    await expect(connect(on.url, config, { model: native25, apiVersion: 'v1beta' })).rejects.toThrow(
      /code 1007.*Unknown name "proactivity" at 'setup'/,
    )
    await using client = await connect(on.url, config, { model: native25, apiVersion: 'v1alpha' })
    expect(client.messages).toHaveLength(1)
  })

  it.each([
    [{ foo: 1 }, 'Unknown name "foo" at \'setup\': Cannot find field.'],
    [
      { generationConfig: { responseSchemas: {} } },
      'Unknown name "responseSchemas" at \'setup.generation_config\'',
    ],
    [
      {
        tools: [
          {
            functionDeclarations: [
              { name: 'f', parameters: { type: 'OBJECT', additionalProperties: false } },
            ],
          },
        ],
      },
      'Unknown name "additionalProperties" at \'setup.tools[0]',
    ],
  ])('%j closes with 1007 and the path [12]', async (setup, words) => {
    expect(await setUp(setup)).toEqual({ code: 1007, reason: expect.stringContaining(words) })
  })

  it('additionalProperties is welcome in parametersJsonSchema [12]', async () => {
    const parametersJsonSchema = { type: 'object', additionalProperties: false }
    expect(
      await setUp({ tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema }] }] }),
    ).toBeUndefined()
  })
})

describe('models', () => {
  it.each([
    'gemini-9',
    'gemini-2.0-flash-live-001',
    'gemini-live-2.5-flash-preview',
    'gemini-live-2.5-flash-native-audio',
  ])('%s is not found on the Developer API [13]', async model => {
    const closed = await setUp({}, { model, version: 'v1alpha' })
    expect(closed?.code).toBe(1008)
    expect(closed?.reason).toContain(`models/${model} is not found for API version v1alpha`)
  })

  it('connect() rejects with the words for an unknown model [13]', async () => {
    await expect(connect(on.url, {}, { model: 'gemini-9' })).rejects.toThrow(
      /code 1008.*models\/gemini-9 is not found for API version v1/,
    )
  })

  it('Vertex AI says it in its own words, and knows models by their full names [13]', async () => {
    const closed = await setUp(
      { model: 'projects/p/locations/l/publishers/google/models/gemini-9' },
      { api: 'vertex', version: 'v1beta1' },
    )
    expect(closed).toMatchObject({
      code: 1008,
      reason: expect.stringContaining('Publisher Model `projects/p'),
    })
    expect(
      await setUp(
        { model: 'projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash-native-audio' },
        { api: 'vertex', version: 'v1beta1' },
      ),
    ).toBeUndefined()
  })
})

const call = (behavior?: string) => ({
  tools: [{ functionDeclarations: [{ name: 'f', ...(behavior && { behavior }) }] }],
})
const thinking = (thinkingConfig: object) => ({ generationConfig: { thinkingConfig } })
const extended = 'gemini-3.8-live-extended-thinking'
const live31 = 'gemini-3.1-flash-live-preview'
const native25 = 'gemini-2.5-flash-native-audio-preview-12-2025'
const translate = 'gemini-3.5-live-translate-preview'

describe('the rules of a model', () => {
  it.each([
    // 3.8
    ['gemini-3.8-live', audio, undefined],
    [
      'gemini-3.8-live',
      { generationConfig: { responseModalities: ['TEXT'] } },
      'response modalities (TEXT) is not supported',
    ],
    [
      'gemini-3.8-live',
      { generationConfig: { responseModalities: ['AUDIO', 'TEXT'] } },
      'response modalities (AUDIO, TEXT)',
    ],
    [
      'gemini-3.8-live',
      thinking({ thinkingLevel: 'LOW' }),
      'Thinking level is not supported for this model.',
    ],
    [
      'gemini-3.8-live',
      thinking({ includeThoughts: true }),
      'Thinking level is not supported for this model.',
    ],
    ['gemini-3.8-live', call('BLOCKING'), undefined],
    ['gemini-3.8-live', call('NON_BLOCKING'), undefined],
    ['gemini-3.8-live', { proactivity: { proactiveAudio: true } }, undefined],
    ['gemini-3.8-live', { proactivity: { proactiveAudio: false } }, 'Request contains an invalid argument.'],
    [
      'gemini-3.8-live',
      { generationConfig: { enableAffectiveDialog: true } },
      'Request contains an invalid argument.',
    ],
    ['gemini-3.8-live', { tools: [{ googleSearch: {} }] }, undefined],
    ['gemini-3.8-live', { tools: [{ codeExecution: {} }] }, 'Code execution is not supported'],
    ['gemini-3.8-live', { tools: [{ urlContext: {} }] }, 'URL context is not supported'],
    ['gemini-3.8-live', { tools: [{ googleMaps: {} }] }, 'Request contains an invalid argument.'],
    [
      'gemini-3.8-live',
      {
        generationConfig: { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Nobody' } } } },
      },
      "'Nobody' is not available",
    ],
    // extended thinking
    [extended, {}, 'Thinking level must be specified for this model.'],
    [extended, thinking({ thinkingLevel: 'MINIMAL' }), 'Thinking level is not supported for this model.'],
    [extended, thinking({ thinkingLevel: 'HIGH' }), undefined],
    [
      extended,
      { ...thinking({ thinkingLevel: 'LOW' }), ...call('BLOCKING') },
      'BLOCKING function calls are not supported for this model',
    ],
    [extended, { ...thinking({ thinkingLevel: 'LOW' }), ...call() }, undefined],
    // 3.1
    [live31, {}, undefined],
    [live31, thinking({ thinkingLevel: 'MINIMAL' }), undefined],
    [live31, thinking({ thinkingBudget: 100 }), undefined],
    [live31, call('NON_BLOCKING'), 'NON_BLOCKING function calls are not supported for this model'],
    [live31, { proactivity: { proactiveAudio: true } }, 'Request contains an invalid argument.'],
    [live31, { generationConfig: { enableAffectiveDialog: true } }, 'Request contains an invalid argument.'],
    // 2.5
    [native25, thinking({ thinkingBudget: 0 }), undefined],
    [native25, thinking({ thinkingLevel: 'LOW' }), 'Thinking level is not supported for this model.'],
    [native25, call('NON_BLOCKING'), undefined],
    [native25, { proactivity: { proactiveAudio: true } }, 'Unknown name "proactivity" at \'setup\''],
    [native25, { generationConfig: { enableAffectiveDialog: true } }, 'Unknown name "enableAffectiveDialog"'],
    // translate
    [translate, { generationConfig: { translationConfig: { targetLanguageCode: 'de' } } }, undefined],
    [translate, call(), 'Request contains an invalid argument.'],
    [translate, { systemInstruction: { parts: [{ text: 'x' }] } }, 'Request contains an invalid argument.'],
    [
      'gemini-3.8-live',
      { generationConfig: { translationConfig: { targetLanguageCode: 'de' } } },
      'Request contains an invalid argument.',
    ],
    // transcribe
    ['gemini-3.5-transcribe-live', { generationConfig: { responseModalities: ['TEXT'] } }, undefined],
    ['gemini-3.5-transcribe-live', audio, 'response modalities (AUDIO) is not supported'],
  ])('%s with %j: %s [14]', async (model, setup, words) => {
    const closed = await setUp(setup, { model })
    if (words === undefined) expect(closed).toBeUndefined()
    else expect(closed).toEqual({ code: 1007, reason: expect.stringContaining(words) })
  })

  it('affective and proactive audio are known to v1alpha on 2.5 [14]', async () => {
    const setup = { proactivity: { proactiveAudio: true }, generationConfig: { enableAffectiveDialog: true } }
    expect(await setUp(setup, { model: native25, version: 'v1alpha' })).toBeUndefined()
  })

  it('the switches take what some reports say is taken [14]', async () => {
    on.rehearsal.play({ behaviour: { knowsProactivity: false } })
    expect(await setUp({ proactivity: { proactiveAudio: true } })).toMatchObject({
      code: 1007,
      reason: expect.stringContaining('Unknown name "proactivity"'),
    })
    on.rehearsal.play({ behaviour: { takesNonBlocking: true, affectiveDialog: 'ignore' } })
    expect(await setUp(call('NON_BLOCKING'), { model: live31 })).toBeUndefined()
    expect(await setUp({ generationConfig: { enableAffectiveDialog: true } })).toBeUndefined()
  })

  it('a refused option may get no answer at all [14, 16]', async () => {
    on.rehearsal.play({ behaviour: { refuses: 'mute' } })
    await using client = await connectRaw(on.url)
    client.send({ setup: { model: `models/${live31}`, proactivity: { proactiveAudio: true } } })
    client.send({ realtimeInput: { text: 'hello?' } })
    await expect.poll(() => on.rehearsal.journal.sessions.at(-1)!.summary.messagesIn).toBe(2)
    expect(client.messages).toEqual([])
    expect(client.ws.readyState).toBe(client.ws.OPEN)
  })

  it('the SDK surfaces the rules as a rejected connect() [14]', async () => {
    const tools = [{ functionDeclarations: [{ name: 'f', behavior: Behavior.BLOCKING }] }]
    const config = { tools, thinkingConfig: { thinkingLevel: ThinkingLevel.LOW } }
    await expect(connect(on.url, config, { model: extended })).rejects.toThrow(
      'BLOCKING function calls are not supported',
    )
  })

  it.each([
    [live31, 'refuse'],
    ['gemini-3.8-live', 'ignore'],
    [native25, 'hear'],
  ])('mediaChunks on %s: %s [14]', async (model, meets) => {
    await using client = await connect(on.url, {}, { model })
    const data = Buffer.alloc(32_000, '\u0000\u0020').toString('base64')
    // What the SDK calls media.
    for (let i = 0; i < 3; i++)
      client.session.sendRealtimeInput({ media: { mimeType: 'audio/pcm;rate=16000', data } })
    if (meets === 'refuse') {
      expect(await client.closed).toMatchObject({
        code: 1007,
        reason: expect.stringContaining('media_chunks is deprecated'),
      })
      return
    }
    const record = on.rehearsal.journal.sessions.at(-1)!
    await expect.poll(() => record.summary.messagesIn).toBe(4)
    const hasStarted = record.entries.some(entry => 'event' in entry && entry.event === 'activityStart')
    expect(hasStarted).toBe(meets === 'hear')
  })
})

describe('the session', () => {
  it.each([
    { sessionResumption: { transparent: false } },
    { explicitVadSignal: true },
    { avatarConfig: { avatarName: 'x' } },
    { labels: { team: 'x' } },
  ])('%j is unknown to the Developer API and known to Vertex AI [15]', async setup => {
    expect(await setUp(setup)).toEqual({ code: 1007, reason: expect.stringContaining('Unknown name') })
    expect(await setUp(setup, { api: 'vertex', version: 'v1beta1' })).toBeUndefined()
  })

  it('has an id on Vertex AI only [15]', async () => {
    const first = async (path: string) => {
      await using client = await connectRaw(on.url, path)
      client.send({ setup: { model: 'models/gemini-3.8-live' } })
      return await client.until(() => true)
    }
    expect(
      await first('//ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent?key=k'),
    ).toEqual({ setupComplete: {} })
    expect(await first('/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent')).toEqual({
      setupComplete: { sessionId: expect.any(String) },
    })
  })

  it('is complete at once, or as late as asked [16]', async () => {
    const time = async () => {
      const at = performance.now()
      await using client = await connect(on.url)
      expect(client.messages).toEqual([{ setupComplete: {} }])
      return performance.now() - at
    }
    await time()
    on.rehearsal.play({ behaviour: { setupDelayMs: 300 } })
    expect(await time()).toBeGreaterThan(290)
  })

  it.each([
    ['a fault', { faults: [{ fault: 'MUTE', at: 'SETUP' }] }],
    ['a refused option', { behaviour: { refuses: 'mute', knowsProactivity: false } }],
  ] as const)('may never be complete, by %s, and connect() never settles [16]', async (_, scenario) => {
    on.rehearsal.play(scenario as Scenario)
    const known = on.rehearsal.journal.sessions.length
    const latest = () => on.rehearsal.journal.sessions[known]?.summary
    let hasSettled = false
    const settled = () => {
      hasSettled = true
    }
    void connect(on.url, { proactivity: { proactiveAudio: true } }).then(settled, settled)
    await expect.poll(() => latest()?.messagesIn).toBe(1)
    const summary = latest()!
    await new Promise(resolve => setTimeout(resolve, 50))
    expect([hasSettled, summary.messagesOut]).toEqual([false, 0])
    on.rehearsal.strike(summary.id, { fault: 'CUT' })
    await expect.poll(() => hasSettled).toBe(true)
  })

  it('that is refused while it waits ends the session, and not the server [16]', async () => {
    on.rehearsal.play({ behaviour: { setupDelayMs: 100 } })
    await using client = await connectRaw(on.url)
    client.send({ setup: { model: `models/${live31}` } })
    client.send({ clientContent: { turns: [], turnComplete: true } })
    expect(await client.closed).toMatchObject({ code: 1007 })
    await using other = await connect(on.url)
    expect(other.messages).toHaveLength(1)
  })

  it('takes what comes before it is complete, and does it afterwards [16]', async () => {
    on.rehearsal.play({ behaviour: { setupDelayMs: 100 } })
    await using client = await connectRaw(on.url)
    client.send({ setup: { model: 'models/gemini-3.8-live', outputAudioTranscription: {} } })
    client.send({ realtimeInput: { text: 'Early.' } })
    await client.until(isTurnComplete)
    expect(client.messages[0]).toEqual({ setupComplete: {} })
    expect(wordsOf(client.messages)).toContain('You wrote: Early.')
  })
})
