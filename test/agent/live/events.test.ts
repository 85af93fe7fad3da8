import type { LiveServerMessage } from '@google/genai'
import { describe, expect, it } from 'vitest'
import { eventsOf } from '../../../agent/live/events.ts'

const events = (message: unknown) => eventsOf(message as LiveServerMessage)
const audio = (samples: number[]) => ({
  inlineData: {
    mimeType: 'audio/pcm;rate=24000',
    data: Buffer.from(Int16Array.from(samples).buffer).toString('base64'),
  },
})

describe('a server message', () => {
  it('tells where each word was said, where all words tell', () => {
    const words = [
      { word: 'good', startOffset: '0.5s', endOffset: '0.8s' },
      { word: 'day', startOffset: '0.9s', endOffset: '1.25s' },
    ]
    expect(events({ serverContent: { inputTranscription: { text: 'good day', words } } })).toEqual([
      {
        type: 'heard',
        text: 'good day',
        spans: [
          { fromMs: 500, toMs: 800 },
          { fromMs: 900, toMs: 1250 },
        ],
      },
    ])
    const some = [words[0], { word: 'day' }]
    expect(events({ serverContent: { inputTranscription: { text: 'good day', words: some } } })).toEqual([
      { type: 'heard', text: 'good day' },
    ])
  })

  it('with several fields gives every one of them, in the order to act upon', () => {
    const message = {
      serverContent: {
        inputTranscription: { text: 'hello' },
        modelTurn: { parts: [audio([1, 2]), audio([3])] },
        outputTranscription: { text: 'hi' },
        generationComplete: true,
        turnComplete: true,
      },
      usageMetadata: { totalTokenCount: 12 },
    }
    const [usage, ...others] = events(message)
    expect(usage).toMatchObject({ type: 'usage', totalTokens: 12 })
    expect(others).toEqual([
      { type: 'heard', text: 'hello' },
      { type: 'audio', pcm: Int16Array.from([1, 2]) },
      { type: 'audio', pcm: Int16Array.from([3]) },
      { type: 'said', text: 'hi' },
      { type: 'generated' },
      { type: 'turnComplete' },
    ])
  })

  it('that interrupts says so before anything that follows in it', () => {
    const types = events({ serverContent: { interrupted: true, turnComplete: true } }).map(
      event => event.type,
    )
    expect(types).toEqual(['interrupted', 'turnComplete'])
  })

  it.each([
    {},
    { setupComplete: {} },
    { serverContent: {} },
    { serverContent: null },
    { somethingNew: { a: 1 } },
    { usageMetadata: {} },
  ])('%j passes without effect', message => {
    expect(events(message)).toEqual([])
  })

  it('tells thoughts and text parts from speech', () => {
    expect(
      events({ serverContent: { modelTurn: { parts: [{ text: 'hm', thought: true }, { text: 'x' }] } } }),
    ).toEqual([])
  })

  it('says how long is left in ms, and 0 where goAway says nothing', () => {
    expect(events({ goAway: { timeLeft: '50s' } })).toEqual([{ type: 'goAway', withinMs: 50_000 }])
    expect(events({ goAway: {} })).toEqual([{ type: 'goAway', withinMs: 0 }])
  })

  it('gives a handle only where the session can be taken up', () => {
    expect(events({ sessionResumptionUpdate: { newHandle: 'h', resumable: true } })).toEqual([
      { type: 'handle', handle: 'h' },
    ])
    expect(events({ sessionResumptionUpdate: { newHandle: '', resumable: true } })).toEqual([
      { type: 'handle', handle: undefined },
    ])
    expect(events({ sessionResumptionUpdate: {} })).toEqual([{ type: 'handle', handle: undefined }])
  })

  it('gives calls and their cancellation, also calls without an id', () => {
    expect(
      events({ toolCall: { functionCalls: [{ id: '1', name: 'f', args: { a: 1 } }, { name: 'g' }] } }),
    ).toEqual([
      {
        type: 'call',
        calls: [
          { id: '1', name: 'f', args: { a: 1 } },
          { id: expect.stringMatching(/^nameless-\d+$/), name: 'g', args: {} },
        ],
      },
    ])
    expect(events({ toolCallCancellation: { ids: ['1'] } })).toEqual([{ type: 'cancel', ids: ['1'] }])
  })
})
