import { TrackSource } from '@livekit/rtc-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Rehearsal } from '../../agent/rehearsal/server.ts'
import { need } from '../setup/need.ts'
import type { TestLiveKit } from './livekit.ts'
import { Person, until } from './person.ts'
import { type House, startHouse } from './program.ts'
import { type Speech, speech } from './speech.ts'

const canRun = await need('livekit-server', 'espeak-ng')

describe.runIf(canRun)('in a room with', { timeout: 120_000 }, () => {
  let house: House
  let livekit: TestLiveKit
  let rehearsal: Rehearsal
  let question: Speech

  beforeAll(async () => {
    question = speech('I would like to know whether you can hear what I am saying to you at this table')
    house = await startHouse({
      LOG_LEVEL: 'debug',
    })
    ;({ livekit, rehearsal } = house)
  })
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]()
  })

  it('a screen that makes sound, it is heard and stands under the name of whoever shares it', async () => {
    await using ana = await Person.join(livekit, 'screen', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    await using ben = await Person.join(livekit, 'screen', 'ben')
    await until(() => ben.agentState === 'listening', 'both see it')
    const screen = await ben.unmute(question.rate, { source: TrackSource.SOURCE_SCREENSHARE_AUDIO })
    await ben.say(question)
    const words = () => ana.captions.find(({ text, isFinal }) => isFinal && /s of speech/.test(text))
    await until(() => words() !== undefined, 'its words are written down')
    expect(words()).toMatchObject({ from: 'ben', track: screen })
    await until(() => ana.levels.some(level => level > -50), 'and answered')
  })

  it('a hidden participant and a recorder, it hears neither, counts neither, and leaves when only they stay', async () => {
    await using ana = await Person.join(livekit, 'watched', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    await using recorder = await Person.join(livekit, 'watched', 'recorder', { kind: 'egress' })
    await using watcher = await Person.join(livekit, 'watched', 'watcher', { isHidden: true })
    await until(() => watcher.agentState === 'listening', 'they see it')
    const session = rehearsal.journal.sessions.at(-1)!
    for (const one of [recorder, watcher]) {
      await one.say(question)
      await one.type('Are you there?')
      // LiveKit itself does not carry the answer to somebody who is hidden.
      await expect(one.call('roundtable.deafen', { on: true })).rejects.toThrow(/in the room|timeout/)
    }
    // What is typed after that has come after it.
    await ana.type('hello')
    await until(() => session.summary.turns > 0, 'Ana is answered')
    const sent = JSON.stringify(session.entries)
    expect(sent).toMatch(/hello/)
    expect(sent).not.toMatch(/Are you there|[Rr]ecorder|[Ww]atcher|activityStart/)
    expect(session.summary.turns).toBe(1)
    expect(ana.sees('roundtable.deafened')).toBe('')
    await ana.leave()
    await until(() => watcher.agents.length === 0, 'it has left', 40_000)
    await until(() => session.summary.closed?.by === 'client', 'and closed its session')
  })
})
