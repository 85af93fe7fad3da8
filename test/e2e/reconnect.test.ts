import { SimulateScenarioKind } from '@livekit/rtc-ffi-bindings'
import { dispose, RoomEvent } from '@livekit/rtc-node'
import { RoomServiceClient } from 'livekit-server-sdk'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../agent/clock.ts'
import { readConfig } from '../../agent/config.ts'
import { talk } from '../../agent/conversation.ts'
import type { Ended } from '../../agent/job.ts'
import { Log } from '../../agent/log.ts'
import { type Rehearsal, startRehearsal } from '../../agent/rehearsal/server.ts'
import { joinRoom } from '../../agent/room/join.ts'
import { agentToken } from '../../agent/room/token.ts'
import { Stats } from '../../agent/stats.ts'
import { noTools } from '../../agent/tools/toolbox.ts'
import { need } from '../setup/need.ts'
import { startLiveKit, type TestLiveKit } from './livekit.ts'
import { Person, until } from './person.ts'
import { speech } from './speech.ts'

const canRun = await need('livekit-server', 'espeak-ng')

describe.runIf(canRun)('a conversation whose way to the room', { timeout: 90_000 }, () => {
  let livekit: TestLiveKit
  let rehearsal: Rehearsal
  beforeAll(async () => {
    ;[livekit, rehearsal] = await Promise.all([startLiveKit(), startRehearsal()])
  })
  afterAll(async () => {
    await rehearsal?.close()
    await livekit?.close()
    await dispose()
  })

  /** One person and a conversation in this process, so that its own connection to the room can be broken. */
  async function meet(room: string) {
    const joined = await joinRoom({
      id: 'AJ_test',
      room,
      url: livekit.url,
      token: await agentToken({ ...livekit, isLocal: false }, room, 'agent'),
      identity: 'agent',
      metadata: '',
    })
    const closing = new AbortController()
    const config = readConfig({ GOOGLE_GEMINI_BASE_URL: rehearsal.url, LOG_LEVEL: 'error' })
    const shared = {
      config,
      toolbox: noTools,
      clock: systemClock,
      log: new Log({}, 'error', () => {}),
      stats: new Stats(),
    }
    const keeping = { from: undefined, seal: () => undefined, used: () => {}, tunable: () => {} }
    const ended: Promise<Ended> = talk(joined, shared, closing.signal, keeping)
    const ana = await Person.join(livekit, room, 'ana')
    await until(() => ana.agentState === 'listening', 'the agent listens')
    const close = async () => {
      await ana.leave()
      closing.abort()
      await ended
    }
    return { room: joined.room, ana, ended, [Symbol.asyncDispose]: close }
  }

  it.each([
    ['loses its signalling', SimulateScenarioKind.SIMULATE_SIGNAL_RECONNECT],
    ['is made anew', SimulateScenarioKind.SIMULATE_FULL_RECONNECT],
  ] as const)('%s goes on in the same session with the model, hearing and heard', async (how, scenario) => {
    await using meeting = await meet(`reconnect-${how.replaceAll(' ', '-')}`)
    const { room, ana } = meeting
    const question = speech('I would like to know whether you can hear what I am saying')
    await ana.say(question)
    await until(() => ana.hears(), 'an answer is heard')
    await until(() => !ana.hears(50), 'it is over')
    const sessions = rehearsal.journal.sessions.length
    const reconnected = vi.fn()
    room.on(RoomEvent.Reconnected, reconnected)
    await room.simulateScenario(scenario)
    await until(() => reconnected.mock.calls.length > 0, 'the way is there again', 30_000)
    await until(() => ana.agentState === 'listening', 'the agent listens')
    const heard = ana.captions.filter(({ from, isFinal }) => from === 'ana' && isFinal).length
    ana.levels.length = 0
    await ana.say(question)
    await until(() => ana.hears(), 'an answer is heard again', 30_000)
    await until(
      () => ana.captions.filter(({ from, isFinal }) => from === 'ana' && isFinal).length > heard,
      'what they said is written down',
    )
    expect(rehearsal.journal.sessions.length).toBe(sessions)
    expect(rehearsal.journal.sessions.at(-1)!.summary.closed).toBeUndefined()
  })

  it('ends because the room is deleted: it says so, and leaves the model', async () => {
    await using meeting = await meet('deleted')
    const session = rehearsal.journal.sessions.at(-1)!
    const http = livekit.url.replace(/^ws/, 'http')
    await new RoomServiceClient(http, livekit.apiKey, livekit.apiSecret).deleteRoom('deleted')
    expect(await meeting.ended).toEqual({ why: 'removed', reason: 'room deleted' })
    await until(() => session.summary.closed?.by === 'client', 'the session is closed')
  })

  it('ends because it is sent out: it says so, and leaves the model', async () => {
    await using meeting = await meet('sent-out')
    const session = rehearsal.journal.sessions.at(-1)!
    const http = livekit.url.replace(/^ws/, 'http')
    await new RoomServiceClient(http, livekit.apiKey, livekit.apiSecret).removeParticipant(
      'sent-out',
      'agent',
    )
    expect((await meeting.ended).why).toBe('removed')
    await until(() => session.summary.closed?.by === 'client', 'the session is closed')
  })

  it('ends because another of us has come: it makes way', async () => {
    await using first = await meet('twice')
    await using second = await meet('twice')
    expect(await first.ended).toEqual({ why: 'replaced' })
    await until(() => second.ana.agents.length === 1, 'there is one agent')
  })
})
