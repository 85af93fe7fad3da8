import { describe, expect, it } from 'vitest'
import { connect, isTurnComplete, kindsOf, sendSound, silence, tone } from '../client.ts'
import { stage } from './stage.ts'

const on = stage()
const words = { outputAudioTranscription: {} }

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
