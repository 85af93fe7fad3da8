import { describe, expect, it } from 'vitest'
import { parseClientMessage } from '../../../agent/rehearsal/wire/client-message.ts'
import { Refusal } from '../../../agent/rehearsal/wire/refusal.ts'

const parse = (message: unknown) => parseClientMessage(JSON.stringify(message))

function refusalOf(frame: string): Refusal {
  try {
    parseClientMessage(frame)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('was accepted')
}

describe('a client message', () => {
  it('means the same in camel case, in snake case and in both at once', () => {
    const camel = parse({
      setup: {
        model: 'models/m',
        realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 300, disabled: false } },
        generationConfig: { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } } },
      },
    })
    const mixed = parse({
      setup: {
        model: 'models/m',
        realtime_input_config: {
          automatic_activity_detection: { silence_duration_ms: 300, disabled: false },
        },
        generationConfig: {
          speech_config: { voice_config: { prebuilt_voice_config: { voice_name: 'Kore' } } },
        },
      },
    })
    expect(mixed).toEqual(camel)
  })

  it.each([['+/+/'], ['-_-_'], ['-_-_AA=='], ['-_-_AA']])('decodes the base64 %s', data => {
    const message = parse({ realtime_input: { audio: { data, mime_type: 'audio/pcm' } } })
    const bytes = message.kind === 'realtimeInput' ? message.realtimeInput.audio?.data : undefined
    expect(bytes?.subarray(0, 3)).toEqual(Buffer.from([0xfb, 0xff, 0xbf]))
  })

  it.each([[20_000], ['20000']])('takes %j for a 64-bit integer', triggerTokens => {
    const message = parse({ setup: { contextWindowCompression: { triggerTokens } } })
    expect(message).toMatchObject({ setup: { contextWindowCompression: { triggerTokens: 20_000 } } })
  })

  it('takes null for a field that is not set', () => {
    expect(parse({ setup: { model: 'm', tools: null } })).toEqual({ kind: 'setup', setup: { model: 'm' } })
  })

  it('keeps free-form objects as they came', () => {
    const response = { some_key: { inner_key: [1, null] }, otherKey: true }
    const message = parse({ toolResponse: { functionResponses: [{ id: '1', name: 'f', response }] } })
    expect(message).toEqual({ kind: 'toolResponse', functionResponses: [{ id: '1', name: 'f', response }] })
  })

  it('keeps property names of a schema in whatever case', () => {
    const parameters = { type: 'OBJECT', properties: { user_name: { type: 'string' } } }
    const message = parse({ setup: { tools: [{ functionDeclarations: [{ name: 'f', parameters }] }] } })
    expect(message).toMatchObject({
      setup: {
        tools: [
          { functionDeclarations: [{ parameters: { properties: { user_name: { type: 'STRING' } } } }] },
        ],
      },
    })
  })
})

describe('a message that is refused', () => {
  it.each([
    [
      { setup: { foo: 1 } },
      'Invalid JSON payload received. Unknown name "foo" at \'setup\': Cannot find field.',
    ],
    [{ bar: {} }, 'Invalid JSON payload received. Unknown name "bar": Cannot find field.'],
    [
      { setup: { generationConfig: { speechConfig: { voice: 'x' } } } },
      'Unknown name "voice" at \'setup.generation_config.speech_config\'',
    ],
    [
      {
        setup: {
          tools: [{ functionDeclarations: [{ name: 'f', parameters: { additionalProperties: false } }] }],
        },
      },
      'Unknown name "additionalProperties" at',
    ],
    [
      { setup: { generationConfig: { temperature: 'hot' } } },
      "'setup.generation_config.temperature' (TYPE_FLOAT)",
    ],
    [{ setup: { model: 5 } }, "'setup.model' (TYPE_STRING), 5"],
    [{ setup: { model: 'm' }, clientContent: {} }, "oneof field 'message_type' is already set"],
    [{}, 'Request contains an invalid argument.'],
    [[], 'Invalid value'],
    [7, 'Invalid value'],
    [{ realtimeInput: { audio: { data: 'a', mimeType: 'audio/pcm' } } }, 'Base64 decoding failed'],
    [{ realtimeInput: { audio: { data: 'a$bb', mimeType: 'audio/pcm' } } }, 'Base64 decoding failed'],
  ])('%j', (message, words) => {
    const refusal = refusalOf(JSON.stringify(message))
    expect(refusal.code).toBe(1007)
    expect(refusal.message).toContain(words)
    expect(Buffer.byteLength(refusal.reason)).toBeLessThanOrEqual(123)
  })

  it.each(['', '{', 'nonsense', '\u0000', '{"setup":{}}{'])('%j is no JSON', frame => {
    expect(refusalOf(frame)).toMatchObject({ code: 1007 })
  })

  it('has its reason cut between characters', () => {
    const { reason } = new Refusal(1007, `x${'é'.repeat(100)}`)
    expect(reason).toBe(`x${'é'.repeat(61)}`)
    expect(new Refusal(1007, `xx${'é'.repeat(100)}`).reason).toBe(`xx${'é'.repeat(60)}`)
  })
})
