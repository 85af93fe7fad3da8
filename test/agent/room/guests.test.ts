import { ParticipantKind, type Room, RoomEvent } from '@livekit/rtc-node'
import { beforeEach, describe, expect, it } from 'vitest'
import { Guests, Names } from '../../../agent/room/guests.ts'
import { FakeRoom } from '../../fakes/room.ts'

let room: FakeRoom
let guests: Guests
let told: string[]

beforeEach(() => {
  room = new FakeRoom()
  guests = new Guests(room as unknown as Room)
  told = []
})

function watch(): void {
  guests.watch({
    came: ({ name }) => told.push(`+${name}`),
    gone: ({ name }) => told.push(`-${name}`),
    renamed: ({ name }) => told.push(`=${name}`),
  })
}

describe('guests', () => {
  it('who were here before, who come and who go are told of once each', () => {
    room.join('p1', 'Ana')
    watch()
    room.join('p2', 'Ben')
    room.leave('p1')
    expect(told).toEqual(['+Ana', '+Ben', '-Ana'])
    expect(guests.list().map(({ name }) => name)).toEqual(['Ben'])
    expect(guests.nameOf('p1')).toBe('Ana')
  })

  it('are people: not another agent, not a recorder, not the avatar of an agent', () => {
    watch()
    room.join('bot', 'Bot', ParticipantKind.AGENT)
    room.join('rec', 'Recorder', ParticipantKind.EGRESS)
    room.join('avatar', 'Avatar', ParticipantKind.STANDARD, { 'lk.publish_on_behalf': 'bot' })
    room.join('phone', 'Phone', ParticipantKind.SIP)
    expect(told).toEqual(['+Phone'])
  })

  it('who came and went during a reconnection are told of after it', () => {
    room.join('p1', 'Ana')
    watch()
    room.remoteParticipants.delete('p1')
    room.meet('p2', 'Ben')
    room.emit(RoomEvent.Reconnected)
    expect(told).toEqual(['+Ana', '-Ana', '+Ben'])
  })

  it('who reconnect under the same identity have come once and not left', () => {
    watch()
    room.join('p1', 'Ana')
    room.join('p1', 'Ana')
    expect(told).toEqual(['+Ana'])
  })

  it('in two tabs are two, told apart', () => {
    watch()
    room.join('tab1', 'Ana')
    room.join('tab2', 'Ana')
    room.leave('tab1')
    expect(told).toEqual(['+Ana', '+Ana (2)', '-Ana'])
    expect(guests.list().map(({ name }) => name)).toEqual(['Ana (2)'])
  })

  it('may change their name', () => {
    watch()
    room.join('p1', 'Ana')
    room.join('p2', 'Ben')
    room.rename('p2', 'Ana')
    expect(told.at(-1)).toBe('=Ana (2)')
  })
})

it('names are remembered for a bounded number of people', () => {
  const names = new Names()
  for (let i = 0; i < 2_000; i++) names.of({ identity: `p${i}`, name: 'Guest' })
  expect(names.known('p0')).toBeUndefined()
  expect(names.known('p1999')).toMatch(/^Guest/)
})
