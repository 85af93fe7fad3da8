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
const latest = () => on.rehearsal.journal.sessions.at(-1)!

describe('the order of a turn', () => {
  it('is content, generationComplete, turnComplete [24]', async () => {
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    const kinds = kindsOf(client).filter((kind, i, all) => kind !== all[i - 1])
    expect(kinds).toEqual(['setupComplete', 'content', 'generationComplete', 'turnComplete'])
  })

  it('chunks are uneven, 40 to 640 ms, and end on any sample [25]', async () => {
    on.rehearsal.play({ turns: [{ does: [{ play: { ms: 20_000 } }] }] })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    const lengths = client.messages.map(message => soundOf([message]).length / 24).filter(ms => ms > 0)
    expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThanOrEqual(40)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(640)
    expect(new Set(lengths).size).toBeGreaterThan(10)
    expect(lengths.some(ms => ms % 1 !== 0)).toBe(true)
  })

  it('2.5 puts one field into a message [26]', async () => {
    await using client = await connect(
      on.url,
      { ...words, inputAudioTranscription: {} },
      { model: 'gemini-2.5-flash-native-audio-latest' },
    )
    sendSound(client.session, tone(500))
    sendSound(client.session, silence(600))
    await client.until(isTurnComplete)
    for (const { serverContent } of client.messages) {
      expect(Object.keys(serverContent ?? {}).length).toBeLessThanOrEqual(1)
      expect(serverContent?.modelTurn?.parts?.length ?? 1).toBe(1)
    }
    expect(wordsOf(client.messages)).toContain('I heard 0.5 seconds')
  })

  it('3.x puts several into one, opens with usage alone, and sends messages that hold nothing [26]', async () => {
    on.rehearsal.play({
      turns: [{ does: [{ say: 'A sentence with some words in it.' }, { play: { ms: 30_000 } }] }],
    })
    await using client = await connect(on.url, words)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    const [, first] = client.messages
    expect(Object.keys(first!)).toEqual(['usageMetadata'])
    expect(client.messages.some(message => Object.keys(message).length === 0)).toBe(true)
    const contents = client.messages
      .map(({ serverContent }) => serverContent)
      .filter(content => content?.modelTurn !== undefined)
    expect(contents.some(content => content?.outputTranscription !== undefined)).toBe(true)
    expect(contents.some(content => (content?.modelTurn?.parts?.length ?? 0) > 1)).toBe(true)
  })
})

describe('turns that go wrong', () => {
  it('sound comes late, after generationComplete [28]', async () => {
    on.rehearsal.play({ turns: [{ does: [{ play: { ms: 200 } }, { done: true }, { play: { ms: 200 } }] }] })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isGenerationComplete)
    await client.until(isSound)
    await client.until(isTurnComplete)
    expect(client.messages.filter(isGenerationComplete)).toHaveLength(1)
  })

  it('a turn is empty [28]', async () => {
    on.rehearsal.play({ turns: [{ does: [] }] })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    expect(kindsOf(client)).toEqual(['setupComplete', 'turnComplete'])
  })

  it('one answer after the other is rejected [28]', async () => {
    on.rehearsal.play({ turns: [{ repeat: true, does: [], reason: 'RESPONSE_REJECTED' }] })
    await using client = await connect(on.url)
    for (let i = 0; i < 3; i++) {
      client.session.sendClientContent({ turns: 'go' })
      const { serverContent } = await client.until(isTurnComplete)
      expect(serverContent).toMatchObject({ turnCompleteReason: 'RESPONSE_REJECTED' })
    }
    expect(client.messages.some(isSound)).toBe(false)
  })

  it('a turn has a text and no sound [28]', async () => {
    on.rehearsal.play({ turns: [{ does: [{ thought: 'Hm.' }, { write: 'Only written.' }] }] })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    const parts = client.messages.flatMap(message => message.serverContent?.modelTurn?.parts ?? [])
    expect(parts).toEqual([{ text: 'Hm.', thought: true }, { text: 'Only written.' }])
  })

  it('a turn is as good as silent [28]', async () => {
    on.rehearsal.play({ turns: [{ does: [{ say: 'Nobody hears this.', gain: 0.001 }] }] })
    await using client = await connect(on.url, words)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    const sound = soundOf(client.messages)
    expect(sound.length).toBeGreaterThan(12_000)
    expect(sound.every(sample => Math.abs(sample) < 40)).toBe(true)
    expect(wordsOf(client.messages)).toBe('Nobody hears this.')
  })

  it('a turn never ends [28]', async () => {
    on.rehearsal.play({ turns: [{ does: [{ play: { ms: 100 } }], end: 'NEVER' }] })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isSound)
    client.session.sendRealtimeInput({ text: 'Are you there?' })
    await expect.poll(() => latest().summary.messagesIn).toBe(3)
    expect(kindsOf(client)).not.toContain('turnComplete')
    // Speaking still gets through.
    sendSound(client.session, tone(200))
    await client.until(isInterrupted)
  })
})
