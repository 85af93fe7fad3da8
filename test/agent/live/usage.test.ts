import type { UsageMetadata } from '@google/genai'
import { describe, expect, it } from 'vitest'
import { Account, costOf, pricesOf, tokensOf } from '../../../agent/live/usage.ts'

const metadata = (usage: unknown) => tokensOf(usage as UsageMetadata)

describe('a usage message', () => {
  it('is read by what its tokens carry; thoughts are text', () => {
    expect(
      metadata({
        promptTokenCount: 350,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 50 },
          { modality: 'AUDIO', tokenCount: 42 },
          { modality: 'IMAGE', tokenCount: 258 },
        ],
        responseTokenCount: 25,
        responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 25 }],
        thoughtsTokenCount: 7,
      }),
    ).toEqual({ input: { text: 50, audio: 42, video: 258 }, output: { text: 7, audio: 25 } })
  })

  it('without details is taken for sound', () => {
    expect(metadata({ promptTokenCount: 10, responseTokenCount: 5, totalTokenCount: 15 })).toEqual({
      input: { text: 0, audio: 10, video: 0 },
      output: { text: 0, audio: 5 },
    })
  })
})

describe('an account', () => {
  const tokens = (input: number, output: number) =>
    metadata({ promptTokenCount: input, responseTokenCount: output })

  it('counts the last message of each turn, and each turn for its whole context', () => {
    const account = new Account('gemini-3.8-live')
    account.told(tokens(1_000, 0))
    account.told(tokens(1_000, 500))
    account.turnEnded()
    account.told(tokens(1_500, 100))
    account.turnEnded()
    // A turn that told nothing.
    expect(account.turnEnded()).toBeUndefined()
    expect(account.total).toEqual({
      turns: 2,
      inputTokens: 2_500,
      outputTokens: 600,
      usd: expect.closeTo((2_500 * 3 + 600 * 12) / 1e6, 9),
    })
  })

  it('knows that families cost differently, and takes an unknown model for a new one', () => {
    const text = { input: { text: 1e6, audio: 0, video: 0 }, output: { text: 1e6, audio: 0 } }
    expect(costOf(text, pricesOf('gemini-3.8-live'))).toBe(5.25)
    expect(costOf(text, pricesOf('gemini-2.5-flash-native-audio-latest'))).toBe(2.5)
    expect(pricesOf('gemini-9-live')).toBe(pricesOf('gemini-3.8-live'))
  })
})
