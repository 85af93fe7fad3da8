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
  socketOf,
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

  it.each([
    ['CLOSE', { code: 1011, reason: 'The service is currently unavailable.' }, /code 1011.*unavailable/],
    ['CUT', {}, /code 1006/],
  ] as const)('the socket opens and %s comes before any setup is answered', async (fault, more, words) => {
    play({ faults: [{ fault, at: 'UPGRADE', ...more }] })
    await expect(connect(on.url)).rejects.toThrow(words)
  })

  it('versions that do not know tokens have neither the method nor the request', async () => {
    play({ tokenVersions: ['v1alpha'] })
    const ask = (version: string) =>
      fetch(`${on.url}/${version}/auth_tokens?key=k`, { method: 'POST', body: '{}' })
    const method = (version: string) =>
      `/ws/google.ai.generativelanguage.${version}.GenerativeService.BidiGenerateContentConstrained`
    expect((await ask('v1beta')).status).toBe(404)
    const { name } = (await (await ask('v1alpha')).json()) as { name: string }
    await expect(connectRaw(on.url, `${method('v1beta')}?access_token=${name}`)).rejects.toThrow('404')
    await using client = await connect(on.url, {}, { apiKey: name, apiVersion: 'v1alpha' })
    expect(client.messages).toHaveLength(1)
  })
})

describe('faults in a session', () => {
  it('what is sent is kept back, and comes all at once', async () => {
    play({
      turns: [{ does: [{ play: { ms: 4_000 } }] }],
      behaviour: { pacing: { speed: 1, mostMs: 100 } },
      faults: [{ fault: 'HOLD', at: 'SOUND', ms: 3_000 }],
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await clock.until(expect.poll(() => latest().summary.messagesOut).toBeGreaterThan(2))
    await clock.pass(2_000)
    const { messagesOut } = latest().summary
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(messagesOut).toBeGreaterThan(20)
    // setupComplete, and what left before the first sound.
    expect(client.messages.length).toBeLessThan(4)
    await clock.pass(1_000)
    await expect.poll(() => client.messages.length).toBeGreaterThan(messagesOut)
    await clock.until(client.until(isTurnComplete))
    expect(soundOf(client.messages)).toHaveLength(96_000)
  })

  it('its handles lead nowhere', async () => {
    play({ faults: [{ fault: 'FORGET', at: 'TURN_END', session: 1, afterMs: 50 }] })
    const client = await connect(on.url, { sessionResumption: {} })
    client.session.sendClientContent({ turns: 'Hello.' })
    await clock.until(client.until(isTurnComplete))
    const { sessionResumptionUpdate } = await clock.until(
      client.until(message => message.sessionResumptionUpdate?.resumable === true),
    )
    const handle = sessionResumptionUpdate!.newHandle!
    await clock.pass(60)
    const record = latest()
    await client[Symbol.asyncDispose]()
    await expect.poll(() => record.summary.closed).toBeDefined()
    await expect(connect(on.url, { sessionResumption: { handle } })).rejects.toThrow(
      /code 1008.*session not found/,
    )
  })
})

describe('what is wrong with a scenario', () => {
  it.each([
    [{ faults: [{ at: 'OPEN' }] }, "'faults[0].fault'"],
    [{ faults: [{ fault: 'CUT' }] }, "'faults[0].at'"],
    [{ faults: [{ fault: 'REFUSE', at: 'OPEN' }] }, "'faults[0].at' (UPGRADE)"],
    [{ behaviour: { refuses: 'shout' } }, "'behaviour.refuses' (close or mute)"],
    [{ behaviour: { pacing: null } }, "'behaviour.pacing' (an object)"],
    [{ behaviour: { constructor: 1 } }, 'Unknown name "constructor"'],
    [
      { sessions: [{ session: 1, behaviour: { pace: 1 } }] },
      'Unknown name "pace" at \'sessions[0].behaviour\'',
    ],
    [{ turns: [{ session: 'first' }] }, "'turns[0].session[0]'"],
  ])('%j is said', (scenario, words) => {
    expect(() => readScenario(scenario)).toThrow(words)
  })
})

describe('a server that ends', () => {
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
  const ws = socketOf(client)
  const answered = new Promise(resolve => ws.once('pong', resolve))
  ws.ping()
  await answered
}
