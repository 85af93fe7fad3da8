import { MediaResolution, TurnCoverage } from '@google/genai'
import { describe, expect, it } from 'vitest'
import { connect, connectRaw, isTurnComplete, picture, sendSound, silence, tone } from '../client.ts'
import { stage } from './stage.ts'

const on = stage()

describe('usage', () => {
  it('grows by 25 tokens a second of sound and 258 a picture, and bills the whole context again [30]', async () => {
    on.rehearsal.play({ turns: [{ repeat: true, does: [{ play: { ms: 2_000 } }] }] })
    await using client = await connect(on.url)
    sendSound(client.session, tone(4_000))
    sendSound(client.session, silence(500))
    const first = (await client.until(isTurnComplete)).usageMetadata!
    expect(first).toMatchObject({ promptTokenCount: 100, responseTokenCount: 50, totalTokenCount: 150 })
    client.session.sendRealtimeInput({ video: picture(640, 480) })
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
    client.send({ realtimeInput: { video: picture(640, 480) } })
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
