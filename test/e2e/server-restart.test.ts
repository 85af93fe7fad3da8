import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Rehearsal, startRehearsal } from '../../agent/rehearsal/server.ts'
import { need } from '../setup/need.ts'
import { startLiveKit } from './livekit.ts'
import { Person, until } from './person.ts'
import { startWorker } from './program.ts'

const canRun = await need('livekit-server')

describe.runIf(canRun)('a conversation whose LiveKit server is away for long', { timeout: 240_000 }, () => {
  let rehearsal: Rehearsal
  beforeAll(async () => {
    rehearsal = await startRehearsal()
  })
  afterAll(() => rehearsal?.close())

  it('ends in words and leaves the model; whoever comes in when it is back finds it taken up, and is answered', async () => {
    const first = await startLiveKit()
    const port = Number(new URL(first.url).port)
    await using worker = await startWorker(first, rehearsal.url)
    const ana = await Person.join(first, 'kitchen', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    await ana.type('my dog is called Bello')
    await until(() => ana.captions.some(({ text }) => text.includes('Bello')), 'the answer repeats the line')
    await until(() => ana.sees('roundtable.place') !== '', 'the place is kept')

    await first.close()
    await ana.leave()
    const { sessions } = rehearsal.journal
    await until(() => sessions.at(-1)?.summary.closed?.by === 'client', 'the session is closed', 90_000)
    await until(() => /"left".*The connection to the room was lost/.test(worker.output()), 'it says why')

    const before = sessions.length
    await using second = await startLiveKit({ port })
    await using ben = await Person.join(second, 'kitchen', 'ben')
    await until(() => ben.agentState === 'listening', 'the agent listens again', 90_000)
    await ben.type('my cat is called Mimi')
    await until(() => ben.captions.some(({ text }) => text.includes('Mimi')), 'the line is answered')
    expect(JSON.stringify(sessions.slice(before).map(({ entries }) => entries))).toContain('"resumed"')
  })
})
