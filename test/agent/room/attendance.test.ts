import { type Room, RoomEvent } from '@livekit/rtc-node'
import { beforeEach, describe, expect, it } from 'vitest'
import { attend } from '../../../agent/room/attendance.ts'
import { FakeClock } from '../../fakes/clock.ts'
import { FakeRoom } from '../../fakes/room.ts'

let clock: FakeClock
let room: FakeRoom
let told: string[]
let attendance: { close(): void }

beforeEach(() => {
  clock = new FakeClock()
  room = new FakeRoom()
  told = []
  attendance = attend(room as unknown as Room, clock, {
    arrived: () => told.push('arrived'),
    emptied: () => told.push('emptied'),
  })
})

describe('a room', () => {
  it('that everybody has left is empty after ten seconds, and not before', () => {
    room.join('ana', 'Ana')
    room.leave('ana')
    clock.pass(9_900)
    expect(told).toEqual(['arrived'])
    clock.pass(200)
    expect(told).toEqual(['arrived', 'emptied'])
  })

  it('that was made ahead of its first guest is waited in for a minute', () => {
    clock.pass(59_000)
    expect(told).toEqual([])
    clock.pass(2_000)
    expect(told).toEqual(['emptied'])
  })

  it('whose server has gone is not empty, though nobody is seen in it: they are looked for when it is there again', () => {
    room.join('ana', 'Ana')
    room.emit(RoomEvent.Reconnecting)
    room.leave('ana')
    clock.pass(60_000)
    expect(told).toEqual(['arrived'])
    room.emit(RoomEvent.Reconnected)
    clock.pass(9_000)
    room.join('ana', 'Ana')
    clock.pass(60_000)
    expect(told).toEqual(['arrived'])
    room.leave('ana')
    clock.pass(10_000)
    expect(told).toEqual(['arrived', 'emptied'])
    expect(clock.pending).toBe(0)
  })

  it('is not waited for any more once it is left, be its server there or not', () => {
    room.join('ana', 'Ana')
    room.leave('ana')
    room.emit(RoomEvent.Reconnecting)
    expect(clock.pending).toBe(0)
    room.emit(RoomEvent.Reconnected)
    attendance.close()
    expect(clock.pending).toBe(0)
  })
})
