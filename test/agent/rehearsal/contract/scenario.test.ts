import { describe, expect, it } from 'vitest'
import { readScenario } from '../../../../agent/rehearsal/scenario/reading.ts'
import type { Scenario } from '../../../../agent/rehearsal/scenario/scenario.ts'
import {
  type Client,
  connect,
  connectRaw,
  isSound,
  isTurnComplete,
  sendSound,
  silence,
  soundOf,
  tone,
  wordsOf,
} from '../client.ts'
import { SteppedClock } from '../clock.ts'
import { stage } from './stage.ts'

const clock = new SteppedClock()
const on = stage({ clock })
const words = { outputAudioTranscription: {} }
const latest = () => on.rehearsal.journal.sessions.at(-1)!
/** As it would come from a file. */
const play = (scenario: Scenario) => on.rehearsal.play(readScenario(JSON.parse(JSON.stringify(scenario))))
const heardOf = (client: Client) =>
  client.messages.map(message => message.serverContent?.inputTranscription).filter(one => one !== undefined)

describe('a scenario for some sessions', () => {
  it('sets switches, turns and faults of the sessions that it names, and of no other', async () => {
    play({
      behaviour: { textFrames: true },
      sessions: [{ session: [2, 3], behaviour: { silenceMs: 100, pacing: { mostMs: 50 } } }],
      turns: [{ session: 3, does: [{ say: 'Third.' }] }],
      faults: [{ fault: 'CLOSE', at: 'SETUP', session: 1 }],
    })
    await expect(connect(on.url)).rejects.toThrow('code 1011')
    const lengths: number[][] = []
    for (const session of [2, 3, 4]) {
      await using client = await connect(on.url, words)
      sendSound(client.session, tone(300))
      sendSound(client.session, silence(session === 4 ? 500 : 100))
      await clock.until(client.until(isTurnComplete))
      expect(wordsOf(client.messages).startsWith('Third.')).toBe(session === 3)
      lengths.push(client.messages.map(message => soundOf([message]).length / 24))
    }
    expect(Math.max(...lengths[0]!, ...lengths[1]!)).toBeLessThanOrEqual(50)
    expect(Math.max(...lengths[2]!)).toBeGreaterThan(50)
  })

  it('gives the same chances and chunks for the same seed, and others for another', async () => {
    const fates = async (seed: number) => {
      play({
        seed,
        turns: [{ does: [{ play: { ms: 5_000 } }] }],
        faults: [{ fault: 'CLOSE', at: 'OPEN', afterMs: 100, spreadMs: 900 }],
      })
      await using client = await connect(on.url)
      client.session.sendClientContent({ turns: 'go' })
      await clock.until(client.until(isTurnComplete))
      const chunks = client.messages.filter(isSound).map(message => soundOf([message]).length)
      await clock.until(client.closed)
      return {
        chunks,
        struckAt: latest().entries.find(entry => 'event' in entry && entry.event === 'fault')!.at,
      }
    }
    const first = await fates(5)
    expect(first.struckAt).toBeGreaterThan(100)
    expect(await fates(5)).toEqual(first)
    const other = await fates(6)
    expect(other.chunks).not.toEqual(first.chunks)
    expect(other.struckAt).not.toBe(first.struckAt)
  })
})

describe('what is heard', () => {
  it('comes while somebody still speaks, in its time, with speaker and words', async () => {
    play({
      turns: [
        {
          on: 'SPEECH',
          hears: [
            { text: 'Turn', speaker: 'Ana', duringMs: 100 },
            {
              text: ' left',
              duringMs: 200,
              words: [{ word: 'left', startOffset: '0.2s', endOffset: '0.4s' }],
            },
            { text: ' now.', speaker: 'Bo', afterMs: 300 },
          ],
          does: [],
        },
        { on: 'TYPED', does: [{ say: 'Typed.' }] },
      ],
    })
    await using client = await connect(on.url, { inputAudioTranscription: {}, sessionResumption: {} })
    sendSound(client.session, tone(2_000))
    await expect.poll(() => latest().summary.heardMs).toBe(2_000)
    await clock.pass(99)
    await flushed(client)
    expect(heardOf(client)).toEqual([])
    await clock.pass(101)
    await flushed(client)
    expect(heardOf(client)).toEqual([
      { text: 'Turn', speakerLabel: 'Ana' },
      { text: ' left', words: [{ word: 'left', startOffset: '0.2s', endOffset: '0.4s' }] },
    ])
    sendSound(client.session, silence(500))
    await clock.until(client.until(isTurnComplete))
    await clock.pass(300)
    await client.until(message => message.serverContent?.inputTranscription?.speakerLabel === 'Bo')
    expect(heardOf(client).map(({ text }) => text)).toEqual(['Turn', ' left', ' now.'])
  })

  it('is remembered whole, whenever it came', async () => {
    play({
      turns: [
        {
          on: 'SPEECH',
          hears: [
            { text: 'The word', duringMs: 10 },
            { text: ' is heron.', afterMs: 10 },
          ],
          does: [],
        },
      ],
    })
    await using client = await connect(on.url, words)
    sendSound(client.session, tone(500))
    sendSound(client.session, silence(500))
    await clock.until(client.until(isTurnComplete))
    client.session.sendRealtimeInput({ text: 'What did I say?' })
    await clock.until(client.until(isTurnComplete))
    expect(wordsOf(client.messages)).toContain('Before this: The word is heron.')
  })
})

describe('faults before a session begins', () => {
  it('the upgrade is answered late', async () => {
    play({ faults: [{ fault: 'STALL', at: 'UPGRADE', ms: 2_000 }] })
    let isOpen = false
    const opening = connectRaw(on.url)
    opening.then(
      () => (isOpen = true),
      () => {},
    )
    await expect.poll(async () => (await health()).sessions).toBe(1)
    await clock.pass(1_999)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(isOpen).toBe(false)
    await clock.pass(1)
    await using client = await opening
    client.send({ setup: { model: 'models/gemini-3.8-live' } })
    await client.until(message => message.setupComplete !== undefined)
  })

  it('the SDK waits for ever where the upgrade is not answered, and the server ends without it', async () => {
    play({ faults: [{ fault: 'STALL', at: 'UPGRADE', ms: 3_600_000 }] })
    const opening = connect(on.url).then(
      () => 'open',
      () => 'refused',
    )
    await expect.poll(async () => (await health()).sessions).toBe(1)
    expect(await Promise.race([opening, new Promise(resolve => setTimeout(resolve, 50, 'waits'))])).toBe(
      'waits',
    )
    await on.rehearsal.close()
    expect(await opening).toBe('refused')
  })
})

const health = async () => (await (await fetch(`${on.url}/_rehearsal/health`)).json()) as { sessions: number }

/** Everything sent before has arrived. */
async function flushed(client: Client): Promise<void> {
  const { conn } = client.session as unknown as { conn: { ws: import('ws').WebSocket } }
  const answered = new Promise(resolve => conn.ws.once('pong', resolve))
  conn.ws.ping()
  await answered
}
