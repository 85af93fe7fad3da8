import { Modality, type Session } from '@google/genai'
import { describe, expect, it } from 'vitest'
import {
  connect,
  isInterrupted,
  isSound,
  isTurnComplete,
  picture,
  sendSound,
  silence,
  tone,
  wordsOf,
} from '../client.ts'
import { stage } from './stage.ts'

const on = stage()
const words = { outputAudioTranscription: {} }

const translate = 'gemini-3.5-live-translate-preview'

describe('models without turns', () => {
  it('translation goes on without an end, and is not interrupted [14]', async () => {
    const config = { ...words, translationConfig: { targetLanguageCode: 'de' } }
    await using client = await connect(on.url, config, { model: translate })
    for (let i = 0; i < 2; i++) for (const pcm of [tone(600), silence(600)]) sendSound(client.session, pcm)
    await client.until(isSound)
    await expect.poll(() => wordsOf(client.messages)).toMatch(/0\.6 seconds.*0\.6 seconds/)
    expect(client.messages.some(message => isTurnComplete(message) || isInterrupted(message))).toBe(false)
  })

  it('transcription says what it hears, first for the time being, and answers nothing [14]', async () => {
    const config = { responseModalities: [Modality.TEXT], inputAudioTranscription: {} }
    await using client = await connect(on.url, config, { model: 'gemini-3.5-transcribe-live' })
    for (const pcm of [tone(600), silence(600)]) sendSound(client.session, pcm)
    await client.until(message => message.serverContent?.inputTranscription !== undefined)
    expect(client.messages.flatMap(({ serverContent }) => Object.keys(serverContent ?? {}))).toEqual([
      'interimInputTranscription',
      'inputTranscription',
    ])
  })

  it.each([
    ['typed words', (session: Session) => session.sendRealtimeInput({ text: 'hello' })],
    ['content', (session: Session) => session.sendClientContent({ turns: 'hello' })],
    ['a picture', (session: Session) => session.sendRealtimeInput({ video: picture(64, 64) })],
  ])('translation takes sound alone: %s closes with 1007 [14]', async (_, send) => {
    await using client = await connect(on.url, {}, { model: translate })
    send(client.session)
    expect(await client.closed).toMatchObject({ code: 1007 })
  })
})
