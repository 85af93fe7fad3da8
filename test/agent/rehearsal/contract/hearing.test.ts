import { EndSensitivity, StartSensitivity } from '@google/genai'
import { describe, expect, it } from 'vitest'
import {
  blob,
  type Client,
  connect,
  isInterrupted,
  isSound,
  isTurnComplete,
  sendSound,
  silence,
  tone,
  wordsOf,
} from '../client.ts'
import { stage } from './stage.ts'

const on = stage()
const words = { outputAudioTranscription: {} }
const latest = () => on.rehearsal.journal.sessions.at(-1)!
const events = (name: string) => latest().entries.filter(entry => 'event' in entry && entry.event === name)

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
})
