import { describe, expect, it } from 'vitest'
import {
  connect,
  isGenerationComplete,
  isInterrupted,
  isSound,
  isTurnComplete,
  kindsOf,
  picture,
  sendSound,
  silence,
  tone,
  wordsOf,
} from '../client.ts'
import { stage } from './stage.ts'

const on = stage()
const words = { outputAudioTranscription: {} }
const latest = () => on.rehearsal.journal.sessions.at(-1)!

describe('typed content', () => {
  it('complete, it interrupts and is answered; otherwise it only adds [22]', async () => {
    on.rehearsal.play({
      turns: [{ matches: '^go$', does: [{ play: { ms: 60_000 } }] }],
      behaviour: { pacing: { speed: 4 } },
    })
    await using client = await connect(on.url, words)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    client.session.sendClientContent({ turns: 'This is added.', turnComplete: false })
    await client.until(isSound)
    expect(client.messages.some(isInterrupted)).toBe(false)
    client.session.sendClientContent({ turnComplete: true })
    await client.until(isTurnComplete)
    expect(kindsOf(client)).toContain('interrupted')
    await client.until(isGenerationComplete)
    expect(wordsOf(client.messages)).toBe('Rehearsal. You wrote: This is added.')
  })

  it('incomplete, it interrupts where the documentation is followed [22]', async () => {
    on.rehearsal.play({
      turns: [{ matches: '^go$', does: [{ play: { ms: 60_000 } }] }],
      behaviour: { partialContentInterrupts: true, pacing: { speed: 4 } },
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    client.session.sendClientContent({ turns: 'This is added.', turnComplete: false })
    await client.until(isInterrupted)
  })

  it('is refused in the middle of a 3.1 session [22]', async () => {
    await using client = await connect(on.url, {}, { model: 'gemini-3.1-flash-live-preview' })
    client.session.sendRealtimeInput({ text: 'hello' })
    await client.until(isTurnComplete)
    client.session.sendClientContent({ turns: 'again' })
    expect(await client.closed).toMatchObject({ code: 1007 })
  })

  it('as realtime text starts a turn, or joins the speech that is going on [23]', async () => {
    await using client = await connect(on.url, words)
    client.session.sendRealtimeInput({ text: 'First.' })
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toBe('This is a rehearsal. You wrote: First.')
    sendSound(client.session, tone(500))
    client.session.sendRealtimeInput({ text: 'Second.' })
    sendSound(client.session, silence(600))
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toContain(
      'I heard 0.5 seconds of speech at a moderate level. You wrote: Second.',
    )
    expect(latest().summary.turns).toBe(2)
  })

  it('pictures above one a second are reported [23]', async () => {
    await using client = await connect(on.url)
    const video = picture(320, 200)
    for (let i = 0; i < 3; i++) client.session.sendRealtimeInput({ video })
    client.session.sendRealtimeInput({ text: 'done' })
    await client.until(isTurnComplete)
    expect(latest().summary).toMatchObject({ pictures: 3, picturesTooSoon: 2 })
  })

  it('a picture that is none closes with 1007 [23]', async () => {
    await using client = await connect(on.url)
    client.session.sendRealtimeInput({
      video: { data: Buffer.from('nothing').toString('base64'), mimeType: 'image/jpeg' },
    })
    expect(await client.closed).toMatchObject({ code: 1007 })
  })
})
