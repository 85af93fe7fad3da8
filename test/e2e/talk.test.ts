import { RoomServiceClient } from 'livekit-server-sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Rehearsal } from '../../agent/rehearsal/server.ts'
import { startFakeLive } from '../fakes/live-server.ts'
import { need } from '../setup/need.ts'
import { freePort, startLiveKit, type TestLiveKit } from './livekit.ts'
import { Person, until } from './person.ts'
import { type House, startHouse, startProgram, startWorker } from './program.ts'
import { type Speech, speech } from './speech.ts'

const canRun = await need('livekit-server', 'espeak-ng')

describe.runIf(canRun)('a person in the room', () => {
  let house: House
  let livekit: TestLiveKit
  let rehearsal: Rehearsal
  let question: Speech

  beforeAll(async () => {
    question = speech('I would like to know whether you can hear what I am saying to you at this table')
    house = await startHouse()
    ;({ livekit, rehearsal } = house)
  })
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]()
  })

  it('speaks, is written down under their name, and is answered aloud', async () => {
    await using ana = await Person.join(livekit, 'speak', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    expect(ana.agents).toHaveLength(1)
    await ana.say(question)
    await until(() => ana.hears(), 'an answer is heard')
    await until(
      () => ana.captions.some(({ from, isFinal }) => from === 'ana' && isFinal),
      'their words are final',
    )
    await until(
      () => ana.captions.some(({ from }) => from === ana.agents[0]!.identity),
      'the words of the answer are shown',
    )
    // Waited for, not looked at once: on a busy machine the model may take a stall for the end of a sentence, answer, and be
    // interrupted before the whole question is answered. The first `listening` may have come with the agent's arrival, which tells of
    // no change.
    const states = () => ana.states.filter((state, i) => state !== ana.states[i - 1]).join(' ')
    await until(
      () => /(^|listening )thinking speaking listening$/.test(states()) && !ana.hears(),
      'the agent thought, spoke and listens again',
    )

    // What the rehearsal says it received: the speech, give or take the edges of its detector.
    const heard = ana.captions.filter(({ from, isFinal }) => from === 'ana' && isFinal)
    const seconds = heard.reduce(
      (sum, { text }) => sum + Number(/\[([\d.]+) s of speech\]/.exec(text)?.[1]),
      0,
    )
    expect(seconds).toBeGreaterThan(question.ms / 1000 - 1.5)
    expect(seconds).toBeLessThan(question.ms / 1000 + 1)
    const answer = ana.captions.find(({ from }) => from === ana.agents[0]!.identity)!
    expect(answer.text).toMatch(/I heard/)
    expect(answer.track).toBe([...ana.agents[0]!.trackPublications.keys()][0])
  })

  it('types a line and is answered aloud', async () => {
    await using ben = await Person.join(livekit, 'type', 'ben')
    await until(() => ben.agentState === 'listening', 'the agent listens')
    await ben.type('  the weather in Graz  ')
    await until(() => ben.hears(), 'an answer is heard')
    await until(
      () => ben.captions.some(({ text }) => /the weather in Graz/.test(text)),
      'the answer repeats the line',
    )
  })

  it('talks over the agent, and it falls silent and listens', async () => {
    await using cho = await Person.join(livekit, 'interrupt', 'cho')
    await until(() => cho.agentState === 'listening', 'the agent listens')
    await cho.type(`Repeat this: ${'one two three four five six seven eight nine ten '.repeat(6)}`)
    await until(() => cho.hears(), 'the long answer has begun')
    const saying = cho.say(question)
    await until(() => cho.agentState === 'listening', 'the agent listens again')
    const before = cho.levels.length
    await saying
    // What was in the jitter buffers plays out; after that nothing of the old answer is heard while they still talk.
    const whileTalking = cho.levels.slice(before + 15)
    const loud = whileTalking.filter(level => level > -50)
    expect(loud.length).toBeLessThan(whileTalking.length / 10)

    // Of the long answer, all of which was sent at once, no more stays written than was heard.
    await until(() => cho.captions.some(({ isInterrupted }) => isInterrupted), 'the caption is cut')
    const cut = cho.captions.find(({ isInterrupted }) => isInterrupted)!
    const whole = cho.captions.find(
      ({ segment, isInterrupted }) => segment === cut.segment && !isInterrupted,
    )!
    expect(whole.text.startsWith(cut.text)).toBe(true)
    expect(cut.text.length).toBeLessThan(whole.text.length)
  })

  it('is heard together with others: everybody at once is one stream at real time', async () => {
    await using ana = await Person.join(livekit, 'together', 'ana')
    await using ben = await Person.join(livekit, 'together', 'ben')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    await Promise.all([ana.say(question), ben.say(question)])
    await until(() => ana.hears() && ben.hears(), 'both hear the answer')
    await until(() => ana.captions.some(({ isFinal }) => isFinal), 'what was heard is written down')
    // Two people for some seconds are these seconds once, not twice.
    const seconds = Number(
      /\[([\d.]+) s of speech\]/.exec(ana.captions.find(({ isFinal }) => isFinal)!.text)?.[1],
    )
    expect(seconds).toBeLessThan((question.ms / 1000) * 1.5)
    expect(seconds).toBeGreaterThan((question.ms / 1000) * 0.5)
  })

  it('leaves: after a while the agent goes too, and closes the session with the model', async () => {
    const service = new RoomServiceClient(
      livekit.url.replace('ws', 'http'),
      livekit.apiKey,
      livekit.apiSecret,
    )
    const ana = await Person.join(livekit, 'leave', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    const session = rehearsal.journal.sessions.at(-1)!
    expect(session.summary.closed).toBeUndefined()
    await ana.leave()
    await until(() => session.summary.closed !== undefined, 'the session is closed', 40_000)
    expect(session.summary.closed?.by).toBe('client')
    const agents = (await service.listParticipants('leave').catch(() => [])).filter(({ identity }) =>
      identity.startsWith('agent'),
    )
    expect(agents).toEqual([])
  }, 60_000)
})

describe.runIf(canRun)('when the Live API', () => {
  it('dies, the worker lives: the room is told, and answered again when it is back', async () => {
    await using livekit = await startLiveKit()
    const port = String(await freePort())
    const first = await startProgram('agent/rehearsal/main.ts', { REHEARSAL_PORT: port })
    await using worker = await startWorker(livekit, `http://127.0.0.1:${port}`)
    await using ana = await Person.join(livekit, 'cut', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    await first.end('SIGKILL')
    await until(() => ana.chat.some(({ text }) => text.includes('cannot be reached')), 'the room is told')
    await until(() => ana.agentState === 'idle', 'the state is true')
    expect(worker.child.exitCode).toBeNull()
    await using _second = await startProgram('agent/rehearsal/main.ts', { REHEARSAL_PORT: port })
    await until(() => ana.agentState === 'listening', 'the agent listens again', 40_000)
    await until(() => ana.chat.some(({ text }) => text === 'I am back.'), 'the room is told of that too')
    await ana.type('hello again')
    await until(() => ana.hears(), 'an answer is heard')
  }, 120_000)

  it('refuses the key, the room is told which setting to mend, and other rooms go on', async () => {
    await using livekit = await startLiveKit()
    let isRefusing = true
    await using live = await startFakeLive(client => {
      if (isRefusing) client.socket.close(1007, 'API key not valid. Please pass a valid API key.')
      else client.send({ setupComplete: {} })
    })
    await using worker = await startWorker(livekit, live.url, { GEMINI_API_KEY: 'AIza-wrong' })
    await using ana = await Person.join(livekit, 'refused', 'ana')
    await until(() => ana.chat.some(({ text }) => text.includes('GEMINI_API_KEY')), 'the room is told')
    isRefusing = false
    await using ben = await Person.join(livekit, 'accepted', 'ben')
    await until(() => ben.agentState === 'listening', 'another room has its agent')
    expect(worker.output()).toContain('GEMINI_API_KEY')
    expect(worker.output()).not.toContain('AIza-wrong')
    expect(ana.chat.map(({ text }) => text).join()).not.toContain('AIza-wrong')
  })
})
