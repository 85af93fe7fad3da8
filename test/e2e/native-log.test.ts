import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { need } from '../setup/need.ts'

import { startLiveKit, type TestLiveKit } from './livekit.ts'
import { Person, until } from './person.ts'

const canRun = await need('livekit-server')

describe.runIf(canRun)("LiveKit's native library", () => {
  let livekit: TestLiveKit
  beforeAll(async () => {
    livekit = await startLiveKit()
  })
  afterAll(() => livekit.close())

  test('tells of rooms and requests, and keeps its log to itself', async () => {
    const told = new Set<string | undefined>()
    await using ana = await Person.join(livekit, 'quiet', 'ana')
    globalThis._ffiClientInstance!.on('ffi_event', ({ message }) => told.add(message.case))
    await using ben = await Person.join(livekit, 'quiet', 'ben')
    await until(() => ana.room.remoteParticipants.has(ben.identity), 'Ana to see Ben')
    expect([...told].sort()).not.toContain('logs')
    expect([...told]).toContain('connect')
    expect([...told]).toContain('roomEvent')
  })
})
