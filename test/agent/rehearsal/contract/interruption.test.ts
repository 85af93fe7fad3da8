import { ActivityHandling } from '@google/genai'
import { describe, expect, it } from 'vitest'
import {
  connect,
  isGenerationComplete,
  isInterrupted,
  isSound,
  isTurnComplete,
  kindsOf,
  sendSound,
  silence,
  soundOf,
  tone,
  wordsOf,
} from '../client.ts'
import { stage } from './stage.ts'

const on = stage()
const words = { outputAudioTranscription: {} }

describe('an interruption', () => {
  it('is interrupted, then turnComplete, without generationComplete or further sound [18]', async () => {
    on.rehearsal.play({
      turns: [{ on: 'TYPED', does: [{ play: { ms: 60_000 } }, { say: 'Never said.' }] }],
      behaviour: { pacing: { speed: 4 } },
    })
    await using client = await connect(on.url, words)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    sendSound(client.session, tone(300))
    await client.until(isTurnComplete)
    const kinds = kindsOf(client)
    expect(kinds.slice(kinds.indexOf('interrupted'))).toEqual(['interrupted', 'turnComplete'])
    expect(kinds).not.toContain('generationComplete')
    // What comes next belongs to the speech that cut in.
    sendSound(client.session, silence(600))
    await client.until(isGenerationComplete)
    expect(wordsOf(client.messages)).toMatch(/^Rehearsal\. I heard 0\.3 seconds/)
  })

  it('leaves nothing of the answer to come after it [18]', async () => {
    on.rehearsal.play({
      turns: [
        { matches: '^go$', does: [{ play: { ms: 60_000 } }] },
        { matches: '^wait$', does: [{ waitMs: 400 }] },
      ],
      behaviour: { pacing: { speed: 4 } },
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    client.session.sendClientContent({ turns: 'wait' })
    await client.until(isInterrupted)
    const from = client.messages.length
    await client.until(isTurnComplete)
    await client.until(isTurnComplete)
    expect(client.messages.slice(from).filter(isSound)).toEqual([])
  })

  it('leaves what was not sent out of the memory [18]', async () => {
    on.rehearsal.play({
      turns: [{ on: 'TYPED', does: [{ play: { ms: 60_000 } }] }],
      behaviour: { pacing: { speed: 4 } },
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    sendSound(client.session, tone(300))
    const { usageMetadata } = await client.until(isTurnComplete)
    // The answer of 60 s would be 1,500 tokens.
    expect(usageMetadata!.responseTokenCount).toBeLessThan(750)
    expect(usageMetadata!.responseTokenCount).toBe(
      Math.round((soundOf(client.messages).length / 24_000) * 25),
    )
  })

  it('does not happen under NO_INTERRUPTION: the speech is answered afterwards [19]', async () => {
    on.rehearsal.play({
      turns: [{ on: 'TYPED', does: [{ play: { ms: 400 } }, { waitMs: 100 }, { say: 'The end.' }] }],
    })
    const realtimeInputConfig = { activityHandling: ActivityHandling.NO_INTERRUPTION }
    await using client = await connect(on.url, { realtimeInputConfig, ...words })
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    sendSound(client.session, tone(500))
    sendSound(client.session, silence(600))
    await client.until(isTurnComplete)
    await client.until(isTurnComplete)
    const end = client.messages.findIndex(isTurnComplete)
    expect(wordsOf(client.messages.slice(0, end))).toBe('The end.')
    expect(wordsOf(client.messages.slice(end))).toContain('I heard 0.5 seconds')
    expect(client.messages.some(isInterrupted)).toBe(false)
  })

  it('may come after generationComplete, while the answer is still being heard [27]', async () => {
    on.rehearsal.play({
      turns: [{ on: 'TYPED', does: [{ play: { ms: 20_000 } }] }],
      behaviour: { pacing: { holdsTurnComplete: true } },
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isGenerationComplete)
    sendSound(client.session, tone(300))
    await client.until(isTurnComplete)
    const kinds = kindsOf(client)
    expect(kinds.slice(kinds.indexOf('generationComplete'))).toEqual([
      'generationComplete',
      'interrupted',
      'turnComplete',
    ])
  })

  it('may come astray while nothing is being said [27]', async () => {
    on.rehearsal.play({
      faults: [{ fault: 'SEND', at: 'TURN_END', message: { serverContent: { interrupted: true } } }],
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isInterrupted)
    expect(kindsOf(client).slice(-2)).toEqual(['turnComplete', 'interrupted'])
    client.session.sendClientContent({ turns: 'go on' })
    await client.until(isTurnComplete)
  })
})
