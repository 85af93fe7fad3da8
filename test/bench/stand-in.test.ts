import { once } from 'node:events'
import { GoogleGenAI, type LiveServerMessage, Modality, type Session } from '@google/genai'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LONG_ANSWER_MS, PERSON_TONE, StandIn } from './stand-in.ts'
import { sine } from './tone.ts'

const RATE = 16_000
const CHUNK = RATE / 100

let standIn: StandIn
let session: Session
let said: LiveServerMessage[]

beforeEach(async () => {
  standIn = await StandIn.start()
  said = []
  const ai = new GoogleGenAI({ apiKey: 'test', httpOptions: { baseUrl: standIn.url } })
  session = await ai.live.connect({
    model: 'gemini-3.8-live',
    config: { responseModalities: [Modality.AUDIO] },
    callbacks: { onmessage: message => void said.push(message) },
  })
})

afterEach(async () => {
  vi.useRealTimers()
  session.close()
  await standIn.close()
})

/** Sends it as fast as it can be sent, in chunks of 10 ms. */
function send(pcm: Int16Array): void {
  for (let from = 0; from < pcm.length; from += CHUNK) {
    const data = Buffer.from(pcm.slice(from, from + CHUNK).buffer).toString('base64')
    session.sendRealtimeInput({ audio: { data, mimeType: `audio/pcm;rate=${RATE}` } })
  }
}

const silence = new Int16Array(RATE / 10)
const word = sine(PERSON_TONE, RATE, RATE / 10)

function samplesSaid(): number {
  const parts = said.flatMap(({ serverContent }) => serverContent?.modelTurn?.parts ?? [])
  return parts.reduce(
    (sum, { inlineData }) => sum + Buffer.from(inlineData?.data ?? '', 'base64').length / 2,
    0,
  )
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setImmediate(resolve))
}

describe('the instant stand-in, reached by the official SDK', () => {
  it('answers each word with 200 ms of sound', async () => {
    standIn.manner = 'echo'
    const onset = once(standIn, 'onset')
    send(silence)
    send(word)
    await onset
    await until(() => samplesSaid() === 4800)
    send(silence)
    send(word)
    await until(() => samplesSaid() === 9600)
  })

  it('waits, where it is patient, until what was said is over', async () => {
    standIn.manner = 'patient'
    send(silence)
    send(word)
    for (let i = 0; i < 4; i++) send(silence)
    const [live] = standIn.sessions
    await until(() => live!.received.samples === word.length + 5 * silence.length)
    send(silence)
    await until(() => samplesSaid() === 4800)
  })

  it('takes a tone with a hole of 20 ms for one word', async () => {
    standIn.manner = 'echo'
    let onsets = 0
    standIn.on('onset', () => onsets++)
    send(silence)
    send(word)
    send(new Int16Array(RATE / 50))
    send(word)
    send(silence)
    const [live] = standIn.sessions
    await until(() => live!.received.samples === 2 * word.length + RATE / 50 + 2 * silence.length)
    expect(onsets).toBe(1)
  })

  it('counts every sample it is sent', async () => {
    send(silence)
    send(word)
    const [live] = standIn.sessions
    await until(() => live!.received.samples === silence.length + word.length)
  })

  it('gives long answers in uneven messages that make up the whole', () => {
    const lengths = standIn.answer.map(({ message }) => {
      const { serverContent } = JSON.parse(message.toString())
      return Buffer.from(serverContent.modelTurn.parts[0].inlineData.data, 'base64').length / 2
    })
    expect(lengths.reduce((sum, length) => sum + length)).toBe(LONG_ANSWER_MS * 24)
    expect(new Set(lengths).size).toBeGreaterThan(lengths.length / 2)
    const lastDueMs = standIn.answer.at(-1)!.dueMs
    expect(lastDueMs).toBeGreaterThan(LONG_ANSWER_MS / 5)
    expect(lastDueMs).toBeLessThanOrEqual(LONG_ANSWER_MS / 4)
  })

  it('says nothing more of an answer once a second word has interrupted it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    standIn.manner = 'interrupted'
    send(silence)
    send(word)
    await until(() => samplesSaid() > 0)
    send(silence)
    send(word)
    await until(() => said.some(({ serverContent }) => serverContent?.turnComplete))
    const last = said.slice(-2).map(({ serverContent }) => serverContent)
    expect(last).toEqual([{ interrupted: true }, { turnComplete: true }])
    const heard = samplesSaid()
    vi.advanceTimersByTime(LONG_ANSWER_MS)
    // What comes after a new answer has come after anything that was left of the old one.
    standIn.manner = 'echo'
    send(silence)
    send(word)
    await until(() => samplesSaid() >= heard + 4800)
    expect(samplesSaid()).toBe(heard + 4800)
  })
})
