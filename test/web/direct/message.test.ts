import { describe, expect, test } from 'vitest'
import { factsOf } from '../../../web/page/direct/message.ts'

const facts = (message: unknown) => factsOf(JSON.stringify(message))

describe('a message of the Live API', () => {
  test('may hold several facts: what stops the voice comes before new voice', () => {
    expect(
      facts({
        serverContent: {
          interrupted: true,
          inputTranscription: { text: 'Stop' },
          modelTurn: {
            parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data: 'AAA=' } }, { text: 'x' }],
          },
          outputTranscription: { text: 'Yes' },
          turnComplete: true,
        },
      }),
    ).toEqual([
      { type: 'heard', text: 'Stop' },
      { type: 'interrupted' },
      { type: 'audio', data: 'AAA=' },
      { type: 'said', text: 'Yes' },
      { type: 'turnComplete' },
    ])
  })

  test.each([
    [{ setupComplete: {} }, [{ type: 'ready' }]],
    [{ goAway: { timeLeft: '50s' } }, [{ type: 'goAway', seconds: 50 }]],
    [{ goAway: {} }, [{ type: 'goAway', seconds: 0 }]],
    [
      { toolCall: { functionCalls: [{ id: '1', name: 'dice', args: {} }] } },
      [{ type: 'calls', calls: [{ id: '1', name: 'dice' }] }],
    ],
    [{}, []],
    [{ usageMetadata: { totalTokenCount: 1 } }, []],
    [{ serverContent: { modelTurn: {} } }, []],
  ])('%j is %j', (message, expected) => {
    expect(facts(message)).toEqual(expected)
  })

  test('that is not JSON is nothing', () => {
    expect(factsOf('not JSON')).toEqual([])
  })
})
