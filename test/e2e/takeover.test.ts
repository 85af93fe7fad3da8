import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Rehearsal, startRehearsal } from '../../agent/rehearsal/server.ts'
import { need } from '../setup/need.ts'
import { startLiveKit, type TestLiveKit } from './livekit.ts'
import { Person, until } from './person.ts'
import { type Program, startWorker } from './program.ts'

const canRun = await need('livekit-server')

describe.runIf(canRun)('a conversation whose worker', { timeout: 120_000 }, () => {
  let livekit: TestLiveKit
  let rehearsal: Rehearsal
  beforeAll(async () => {
    ;[livekit, rehearsal] = await Promise.all([startLiveKit(), startRehearsal()])
  })
  afterAll(async () => {
    await rehearsal?.close()
    await livekit?.close()
  })

  const newWorker = (): Promise<Program> => startWorker(livekit, rehearsal.url)

  /** Somebody in a room of two workers' server, who has said something that is to be remembered; and the worker they talk with. */
  async function talk(room: string, name: string) {
    const workers = [await newWorker(), await newWorker()]
    const ana = await Person.join(livekit, room, name)
    await until(() => ana.agentState === 'listening', 'the agent listens')
    await ana.type('my dog is called Bello')
    await until(() => ana.captions.some(({ text }) => text.includes('Bello')), 'the answer repeats the line')
    await until(() => ana.agents[0]?.attributes['roundtable.place'] !== undefined, 'the place is kept')
    // The handle behind which the line lies comes a moment after the answer.
    await new Promise(resolve => setTimeout(resolve, 3_500))
    const holder = workers.find(worker => worker.output().includes(`"room":"${room}"`))!
    return { ana, holder, other: workers.find(worker => worker !== holder)! }
  }

  const resumed = () =>
    rehearsal.journal.sessions.filter(({ entries }) =>
      entries.some(entry => 'event' in entry && entry.event === 'resumed'),
    )

  it.each([
    ['is killed', 'SIGKILL'],
    ['is told to end', 'SIGTERM'],
  ] as const)('%s is gone on with by another, which remembers it', async (_how, signal) => {
    const before = resumed().length
    const { ana, holder, other } = await talk(`taken-${signal}`, 'ana')
    const sealed = ana.agents[0]!.attributes['roundtable.place']!
    expect(sealed).not.toContain('Bello')
    await holder.end(signal)
    await until(() => resumed().length > before, 'the session is resumed', 60_000)
    await until(() => ana.agentState === 'listening', 'the agent listens again', 30_000)
    expect(other.output()).toContain('the conversation is taken up')
    await ana.type('what did I say before?')
    await until(
      () => ana.captions.slice(-3).some(({ text }) => /Bello/.test(text) && !/what did I/.test(text)),
      'it is remembered',
    )
    await ana.leave()
    await other.end()
  })
})
