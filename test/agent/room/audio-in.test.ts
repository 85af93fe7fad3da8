import { ParticipantKind, type RemoteTrack, type Room, RoomEvent, TrackSource } from '@livekit/rtc-node'
import { beforeEach, describe, expect, it } from 'vitest'
import { Hearing } from '../../../agent/audio/hearing.ts'
import { type Listener, listenIn, type Voice } from '../../../agent/room/audio-in.ts'
import { FakeClock } from '../../fakes/clock.ts'
import { FakeRoom } from '../../fakes/room.ts'

const SCREEN_SOUND = TrackSource.SOURCE_SCREENSHARE_AUDIO

let room: FakeRoom
let closing: AbortController
/** The streams that are open, by the name of their track, with where their sound goes. */
let streams: Map<string, (pcm: Int16Array) => void>
let most: number
let heard: string[]

beforeEach(() => {
  room = new FakeRoom()
  closing = new AbortController()
  streams = new Map()
  most = 0
  heard = []
})

const tap = (track: RemoteTrack, push: (pcm: Int16Array) => void) => {
  const name = track.name!
  expect(streams.has(name), `${name} is read twice`).toBe(false)
  streams.set(name, push)
  most = Math.max(most, streams.size)
  return () => void streams.delete(name)
}

function listen(open = noted): void {
  listenIn(room as unknown as Room, closing.signal, open, tap)
}

const noted = ({ id, identity, source }: Voice): Listener => {
  heard.push(`+${id} ${identity} ${source}`)
  return { push: () => {}, close: () => heard.push(`-${id}`) }
}

describe('everybody is listened to', () => {
  it('who was here before, who comes later, and what their screens sound like', () => {
    room.join('ana', 'Ana')
    room.publish('ana', 'TR_1')
    listen()
    room.join('ben', 'Ben')
    room.publish('ben', 'TR_2')
    room.publish('ben', 'TR_3', SCREEN_SOUND)
    room.publish('ben', 'TR_4', TrackSource.SOURCE_CAMERA)
    expect(heard).toEqual(['+TR_1 ana microphone', '+TR_2 ben microphone', '+TR_3 ben screen'])
  })

  it('but no agent, recorder or avatar, which are not even subscribed to', () => {
    listen()
    room.join('bot', 'Bot', ParticipantKind.AGENT)
    room.join('rec', 'Recorder', ParticipantKind.EGRESS)
    room.join('face', 'Face', ParticipantKind.STANDARD, { 'lk.publish_on_behalf': 'bot' })
    const published = ['bot', 'rec', 'face'].map(identity => room.publish(identity, `TR_${identity}`))
    expect(published.map(({ isWanted }) => isWanted)).toEqual([false, false, false])
    expect(heard).toEqual([])
  })

  it('as long as they are not muted', () => {
    listen()
    room.join('ana', 'Ana')
    room.publish('ana', 'TR_1')
    room.mute('ana', 'TR_1', true)
    expect(streams.size).toBe(0)
    room.mute('ana', 'TR_1', false)
    expect(heard).toEqual(['+TR_1 ana microphone', '-TR_1', '+TR_1 ana microphone'])
  })

  it('on another device, whose track takes the place of the one before', () => {
    listen()
    room.join('ana', 'Ana')
    room.publish('ana', 'TR_1')
    room.publish('ana', 'TR_2')
    room.unpublish('ana', 'TR_1')
    expect([...streams.keys()]).toEqual(['TR_2'])
  })

  it('in two tabs, each by itself', () => {
    listen()
    room.join('tab1', 'Ana')
    room.join('tab2', 'Ana')
    room.publish('tab1', 'TR_1')
    room.publish('tab2', 'TR_2')
    room.leave('tab1')
    expect([...streams.keys()]).toEqual(['TR_2'])
  })

  it('until we leave', () => {
    listen()
    room.join('ana', 'Ana')
    room.publish('ana', 'TR_1')
    closing.abort()
    expect(streams.size).toBe(0)
    room.publish('ana', 'TR_2')
    expect(heard).toEqual(['+TR_1 ana microphone', '-TR_1'])
  })

  it('again after a connection that was made anew, where a track comes that nobody said was gone', () => {
    listen()
    room.join('ana', 'Ana')
    const publication = room.publish('ana', 'TR_1')
    publication.isWanted = false
    room.emit(RoomEvent.Reconnected)
    expect(heard).toEqual(['+TR_1 ana microphone', '-TR_1', '+TR_1 ana microphone'])
    expect(streams.size).toBe(1)
  })
})

it('a thousand people who come, talk, mute, change devices, reconnect and go leave no stream, lane or timer', () => {
  const clock = new FakeClock()
  const said: string[] = []
  const hearing = new Hearing(clock, {
    onSound: () => {},
    onPause: () => {},
    onTalk: (identity, change) => said.push(`${identity} ${change}`),
  })
  listen(({ id, identity, source }) => hearing.open(id, identity, source))
  room.join('cho', 'Cho')
  room.publish('cho', 'TR_cho')
  const loud = Int16Array.from({ length: 160 }, (_, i) => 9_000 * Math.sin(i))
  const talk = (sid: string, frames: number) => {
    for (let frame = 0; frame < frames; frame++) {
      streams.get(sid)!(loud)
      streams.get('TR_cho')!(loud)
      clock.pass(10)
    }
  }
  for (let round = 0; round < 1_000; round++) {
    const identity = `p${round % 3}`
    room.join(identity, 'Ana')
    room.publish(identity, `TR_${round}`)
    talk(`TR_${round}`, 4)
    if (round % 4 === 0) {
      room.mute(identity, `TR_${round}`, true)
      room.mute(identity, `TR_${round}`, false)
    } else if (round % 4 === 1) {
      room.unpublish(identity, `TR_${round}`)
      room.publish(identity, `TR_${round}b`)
    } else if (round % 4 === 2) {
      room.emit(RoomEvent.Reconnected)
    }
    // In the middle of a word.
    room.leave(identity)
  }
  expect([...streams.keys()]).toEqual(['TR_cho'])
  expect(most).toBe(2)
  // Whoever stays has talked without a break, as far as anybody could hear.
  expect(said.filter(change => change.startsWith('cho'))).toEqual(['cho began'])
  expect(said.filter(change => change.endsWith('began')).length).toBeGreaterThan(1_000)
  expect(hearing.talking()).toEqual(['cho'])
  room.leave('cho')
  clock.pass(10_000)
  hearing.close()
  expect([streams.size, clock.pending]).toEqual([0, 0])
})
