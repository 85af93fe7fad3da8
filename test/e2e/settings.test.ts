import { AgentDispatchClient } from 'livekit-server-sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Rehearsal } from '../../agent/rehearsal/server.ts'
import { need } from '../setup/need.ts'
import type { TestLiveKit } from './livekit.ts'
import { Person, until } from './person.ts'
import { type House, type Program, startHouse } from './program.ts'

const canRun = await need('livekit-server')

describe.runIf(canRun)('the settings of one room', () => {
  let house: House
  let livekit: TestLiveKit
  let rehearsal: Rehearsal
  let worker: Program

  beforeAll(async () => {
    house = await startHouse({
      AGENT_NAME: 'cook',
      TOOLS: './examples/tools/table.ts,./examples/tools/measures.ts',
    })
    ;({ livekit, rehearsal, worker } = house)
  })
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]()
  })

  /** What the last session was opened with. */
  const setup = () => JSON.stringify(rehearsal.journal.sessions.at(-1)?.entries[0])

  it('are what its dispatch says, and then what people and the operator change', async () => {
    const { url, apiKey, apiSecret } = livekit
    const metadata = JSON.stringify({
      voice: 'Kore',
      language: 'German',
      tools: ['throw_dice'],
      apiKey: 'not theirs to say',
    })
    await new AgentDispatchClient(url, apiKey, apiSecret).createDispatch('kitchen', 'cook', { metadata })
    await using ana = await Person.join(livekit, 'kitchen', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    expect(setup()).toContain('"Kore"')
    expect(setup()).toContain('Speak German')
    expect(setup()).toContain('throw_dice')
    expect(setup()).not.toContain('add_note')
    expect(worker.output()).toContain('apiKey is no setting of a room')
    expect(worker.output()).not.toContain('not theirs to say')

    await ana.type('Good morning.')
    await until(() => ana.captions.some(({ text }) => text.includes('Good morning')), 'it answers')
    await until(() => ana.agentState === 'listening', 'the answer is over')
    const destinationIdentity = ana.agents[0]!.identity
    const ask = (changes: object) =>
      ana.room.localParticipant!.performRpc({
        destinationIdentity,
        method: 'roundtable.settings',
        payload: JSON.stringify(changes),
      })
    expect(JSON.parse(await ask({}))).toEqual({ voice: 'Kore', language: 'German' })
    await expect(ask({ temperature: 1 })).rejects.toThrow('cannot be changed here')
    expect(JSON.parse(await ask({ voice: 'Puck' }))).toEqual({ voice: 'Puck', language: 'German' })
    await until(() => setup().includes('"Puck"'), 'a session with the other voice has taken over', 30_000)
    expect(setup()).toContain('"handle"')

    const [, health] = /health (http:\S+)\/healthz/.exec(worker.output())!
    const patched = await fetch(`${health}/rooms/kitchen/settings`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ language: null, temperature: 0.5 }),
    })
    expect(await patched.json()).toMatchObject({ voice: 'Puck', language: null, temperature: 0.5 })
    await until(() => setup().includes('0.5'), 'a session with the temperature has taken over', 30_000)
    expect(setup()).not.toContain('Speak German')

    // The conversation is the same one.
    await ana.type('Are you still there?')
    await until(() => ana.captions.some(({ text }) => text.includes('Are you still there')), 'it answers')
  })

  it('may be to be pressed for from the start: then the session takes marks, until the manners change', async () => {
    const { url, apiKey, apiSecret } = livekit
    const metadata = JSON.stringify({ manners: 'push-to-talk', video: 'screen' })
    await new AgentDispatchClient(url, apiKey, apiSecret).createDispatch('bar', 'cook', { metadata })
    await using ana = await Person.join(livekit, 'bar', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    expect(ana.sees('roundtable.manners')).toBe('push-to-talk')
    expect(setup()).toContain('"disabled":true')
    // How its pictures are to be read.
    expect(setup()).toContain('the screen that somebody shares')
    await ana.call('roundtable.settings', { voice: 'Puck' })
    await until(() => setup().includes('"Puck"'), 'a session with the other voice has taken over', 30_000)
    expect(setup()).toContain('"disabled":true')
    await ana.call('roundtable.manners', { manners: 'addressed' })
    await until(() => !setup().includes('"disabled"'), 'a session that finds turns has taken over', 30_000)
    expect(setup()).toContain('"Puck"')
    await ana.call('roundtable.manners', { manners: 'push-to-talk' })
    await until(() => setup().includes('"disabled":true'), 'and one that takes marks again', 30_000)
  })
})
