import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Rehearsal, startRehearsal } from '../../../agent/rehearsal/server.ts'
import {
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
} from './client.ts'

let rehearsal: Rehearsal
beforeAll(async () => {
  rehearsal = await startRehearsal()
})
afterAll(() => rehearsal.close())

/** Turns that end when they are sent, for tests that do not care when they would have been heard. */
const atOnce = { speed: Number.POSITIVE_INFINITY, leastMs: 40, mostMs: 640, holdsTurnComplete: false }

describe('a conversation through the official SDK', () => {
  it('speech is answered aloud with what was received', async () => {
    await using client = await connect(rehearsal.url, {
      inputAudioTranscription: {},
      outputAudioTranscription: {},
    })
    sendSound(client.session, tone(2_300))
    sendSound(client.session, silence(600))
    await client.until(isGenerationComplete)
    const heard = client.messages
      .map(message => message.serverContent?.inputTranscription?.text ?? '')
      .join('')
    expect(heard).toBe('[2.3 s of speech]')
    expect(wordsOf(client.messages)).toBe(
      'This is a rehearsal. I heard 2.3 seconds of speech at a moderate level.',
    )
    const sound = soundOf(client.messages)
    expect(sound.length / 24_000).toBeGreaterThan(2.5)
    expect(loudness(sound)).toBeGreaterThan(500)
  })

  it('a typed line is repeated', async () => {
    await using client = await connect(rehearsal.url, { outputAudioTranscription: {} })
    client.session.sendClientContent({ turns: 'Good morning.' })
    await client.until(isGenerationComplete)
    expect(wordsOf(client.messages)).toBe('This is a rehearsal. You wrote: Good morning.')
  })

  it('no transcript comes unasked', async () => {
    await using client = await connect(rehearsal.url)
    client.session.sendClientContent({ turns: 'Hello.' })
    await client.until(isGenerationComplete)
    expect(client.messages.filter(isSound).length).toBeGreaterThan(2)
    expect(wordsOf(client.messages)).toBe('')
  })

  it('pictures are counted, with their size', async () => {
    await using client = await connect(rehearsal.url, { outputAudioTranscription: {} })
    const png = Buffer.alloc(33)
    png.writeUInt32BE(0x89504e47, 0)
    png.writeUInt32BE(640, 16)
    png.writeUInt32BE(480, 20)
    const video = { data: png.toString('base64'), mimeType: 'image/png' }
    client.session.sendRealtimeInput({ video })
    client.session.sendRealtimeInput({ video })
    client.session.sendRealtimeInput({ text: 'What is this?' })
    await client.until(isGenerationComplete)
    expect(wordsOf(client.messages)).toContain('I saw 2 pictures, the last 640 by 480.')
  })

  it('talking over the answer brings interrupted, then turnComplete, and nothing of that turn after', async () => {
    await using client = await connect(rehearsal.url)
    client.session.sendClientContent({ turns: 'Tell me something long. '.repeat(20) })
    await client.until(isSound)
    sendSound(client.session, tone(200))
    await client.until(isInterrupted)
    await client.until(isTurnComplete)
    const from = client.messages.findIndex(isInterrupted)
    expect(client.messages.filter(isGenerationComplete)).toEqual([])
    // The next thing to be heard is the answer to the speech that cut in.
    sendSound(client.session, silence(600))
    await client.until(isTurnComplete)
    const after = client.messages.slice(from + 1)
    const [end, ...rest] = after
    expect(isTurnComplete(end!)).toBe(true)
    expect(rest.findIndex(isSound)).toBeGreaterThan(-1)
    expect(rehearsal.journal.sessions.at(-1)!.summary).toMatchObject({ turns: 2, interruptions: 1 })
  })

  it('a picture of what arrived is kept, sample for sample', async () => {
    await using client = await connect(rehearsal.url)
    const said = tone(500, { hz: 330 })
    sendSound(client.session, said)
    sendSound(client.session, silence(600))
    await client.until(isGenerationComplete)
    const record = rehearsal.journal.sessions.at(-1)!
    expect(record.pcm('in').pcm.subarray(0, said.length)).toEqual(said)
    expect(record.pcm('out').pcm).toEqual(soundOf(client.messages))
    expect(record.summary.heardMs).toBe(1100)
  })

  it('its answers can be scripted, in words and in sound', async () => {
    await using own = await startRehearsal({
      answers: (prompt, { turn }) =>
        turn === 0
          ? `Turn ${turn}, ${prompt.kind}.`
          : [{ kind: 'say', text: 'Beep.', pcm: tone(100, { rate: 24_000 }) }],
      behaviour: { pacing: atOnce },
    })
    await using client = await connect(own.url, { outputAudioTranscription: {} })
    client.session.sendClientContent({ turns: 'a' })
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toBe('Turn 0, typed.')
    const before = client.messages.length
    client.session.sendClientContent({ turns: 'b' })
    await client.until(isTurnComplete)
    expect(soundOf(client.messages.slice(before))).toEqual(tone(100, { rate: 24_000 }))
  })

  it('a local close ends the session and is written down', async () => {
    const client = await connect(rehearsal.url)
    await client[Symbol.asyncDispose]()
    await expect
      .poll(() => rehearsal.journal.sessions.at(-1)!.summary.closed)
      .toMatchObject({ code: 1005, by: 'client' })
  })
})

describe('a connection that is refused', () => {
  it('an unknown model closes with 1008 and names it', async () => {
    await expect(
      connect(rehearsal.url, {}, { model: 'gemini-9-live', apiVersion: 'v1beta' }),
    ).rejects.toThrow(/code 1008.*models\/gemini-9-live is not found for API version v1beta/)
  })

  it('a path that is no Live API gets 404', async () => {
    await expect(connectRaw(rehearsal.url, '/ws/other')).rejects.toThrow('404')
  })

  it('anything before setup closes with 1007', async () => {
    await using client = await connectRaw(rehearsal.url)
    client.send({ clientContent: { turnComplete: true } })
    expect(await client.closed).toMatchObject({ code: 1007 })
  })

  it('a second setup closes with 1007', async () => {
    await using client = await connectRaw(rehearsal.url)
    client.send({ setup: { model: 'models/gemini-3.8-live' } })
    client.send({ setup: { model: 'models/gemini-3.8-live' } })
    expect(await client.closed).toMatchObject({ code: 1007 })
  })
})

function loudness(pcm: Int16Array): number {
  return Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length)
}
