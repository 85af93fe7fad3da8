import type { LocalParticipant, Room } from '@livekit/rtc-node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readConfig } from '../../../agent/config.ts'
import { Log } from '../../../agent/log.ts'
import { aboutOf, Face } from '../../../agent/room/face.ts'
import { firstSign } from '../../../agent/room/state.ts'
import { Stats } from '../../../agent/stats.ts'
import { FakeClock } from '../../fakes/clock.ts'
import { FakeRoom } from '../../fakes/room.ts'

let clock: FakeClock
let face: Face
let shown: Record<string, string>

beforeEach(() => {
  clock = new FakeClock()
  shown = {}
  const room = new FakeRoom()
  const me: Partial<LocalParticipant> = {
    identity: 'agent',
    setAttributes: async attributes => void Object.assign(shown, attributes),
  }
  Object.assign(room, {
    localParticipant: me,
    registerByteStreamHandler: () => {},
    unregisterByteStreamHandler: () => {},
  })
  const config = readConfig({})
  face = new Face(room as unknown as Room, {
    clock,
    log: new Log({}, 'error', () => {}),
    stats: new Stats(),
    sign: firstSign(config, false),
    about: () => aboutOf(config, []),
    asker: () => 'ana',
    typed: () => {},
  })
})
afterEach(() => face.close())

const settled = async () => {
  clock.pass(1_000)
  await new Promise(setImmediate)
}

it('the agent listens for as long as anybody talks, and thinks when the last has stopped', async () => {
  face.up()
  await settled()
  const states: string[] = []
  for (const talking of [['ana'], ['ana', 'ben'], ['ben'], []]) {
    face.talking(talking)
    await settled()
    states.push(`${shown['roundtable.hearing']} ${shown['lk.agent.state']}`)
  }
  expect(states).toEqual(['["ana"] listening', '["ana","ben"] listening', '["ben"] listening', '[] thinking'])
})
