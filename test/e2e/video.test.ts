import '../../agent/room/native-log.ts'
import { ParticipantKind, Room, RoomEvent, SimulateScenarioKind, VideoRotation } from '@livekit/rtc-node'
import { AccessToken } from 'livekit-server-sdk'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../agent/clock.ts'
import { videoIn } from '../../agent/room/video-in.ts'
import { Stats } from '../../agent/stats.ts'
import type { Area } from '../../agent/video/canvas.ts'
import { arrange } from '../../agent/video/grid.ts'
import { label } from '../../agent/video/label.ts'
import type { Lanes, PictureLane, RawPicture } from '../../agent/video/lanes.ts'
import { type Picture, pictures } from '../../agent/video/pictures.ts'
import { FakeClock } from '../fakes/clock.ts'
import { Camera, countIn } from './camera.ts'
import { startLiveKit, type TestLiveKit } from './livekit.ts'
import { until } from './person.ts'

let livekit: TestLiveKit
beforeAll(async () => {
  livekit = await startLiveKit()
})
afterAll(() => livekit?.close())

let rooms: Room[] = []
let roomName: string
let number = 0
beforeEach(() => {
  roomName = `video-${++number}`
})
afterEach(async () => {
  await Promise.all(rooms.map(room => room.disconnect()))
  rooms = []
})

async function join(identity: string, kind: 'standard' | 'agent' = 'standard'): Promise<Room> {
  const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity, name: identity.toUpperCase() })
  token.addGrant({ room: roomName, roomJoin: true, agent: kind === 'agent' })
  token.kind = kind
  const room = new Room()
  rooms.push(room)
  await room.connect(livekit.url, await token.toJwt(), { autoSubscribe: false, dynacast: true })
  return room
}

/** The only lane, once there is one. */
async function laneIn(lanes: Lanes): Promise<PictureLane> {
  await until(() => [...lanes].length === 1, 'one camera or screen')
  return [...lanes][0]!
}

/** Reads the pictures of a room on the real clock until `enough`. */
async function watch(lanes: Lanes, enough: (seen: Picture[]) => boolean): Promise<Picture[]> {
  const seen: Picture[] = []
  const closing = new AbortController()
  const options = {
    clock: systemClock,
    stats: new Stats(),
    seeing: 'grid' as const,
    talking: () => [],
    pinned: () => undefined,
    signal: closing.signal,
  }
  for await (const picture of pictures(lanes, options)) {
    seen.push(picture)
    if (enough(seen)) break
  }
  closing.abort()
  return seen
}

const decode = async ({ jpeg }: Picture): Promise<RawPicture> => {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height, turn: 0 }
}
const counted = ({ data, width, height }: RawPicture) => countIn(data, width, height)
const colourAt = ({ data, width, height }: RawPicture, x: number, y: number) => [
  ...data.subarray((Math.floor(y * height) * width + Math.floor(x * width)) * 3).subarray(0, 3),
]
/** Within what limited-range colours and two lossy codecs leave of them. */
const near = (...colour: number[]) => colour.map(value => expect.closeTo(value, -1.9))

describe('a camera', () => {
  test('is seen about once a second, in its size and colours, always newer than the last', async () => {
    const ana = await join('ana')
    const bot = await join('bot', 'agent')
    await using _camera = await Camera.show(ana, { fps: 15 })
    const closing = new AbortController()
    const lanes = videoIn(bot, { clock: systemClock, signal: closing.signal })
    await laneIn(lanes)

    const began = performance.now()
    const seen = await watch(lanes, all => all.length === 6)
    const took = performance.now() - began

    // Never more than one a second; how many fewer is the machine's.
    expect(took).toBeGreaterThan(4_950)
    expect(took).toBeLessThan(20_000)
    const counts: number[] = []
    for (const picture of seen) {
      expect(picture).toMatchObject({ source: 'camera', width: 640, height: 360 })
      expect(picture.people).toEqual([{ identity: 'ana', name: 'ANA' }])
      const raw = await decode(picture)
      counts.push(counted(raw))
      expect(colourAt(raw, 0.25, 0.3)).toEqual(near(255, 0, 0))
      expect(colourAt(raw, 0.75, 0.3)).toEqual(near(0, 255, 0))
      expect(colourAt(raw, 0.25, 0.8)).toEqual(near(0, 0, 255))
      expect(colourAt(raw, 0.75, 0.8)).toEqual(near(255, 255, 0))
    }
    expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b))
    closing.abort()
    expect([...lanes]).toEqual([])
  })

  test('gives no picture that was made before it was asked for', async () => {
    const ana = await join('ana')
    const bot = await join('bot', 'agent')
    await using camera = await Camera.show(ana, { fps: 15 })
    const closing = new AbortController()
    const lane = await laneIn(videoIn(bot, { clock: systemClock, signal: closing.signal }))
    for (let i = 0; i < 5; i++) {
      const asked = camera.count
      const raw = await lane.grab(closing.signal, 'full')
      // What is in the encoder and on the wire at that moment is a little older; the picture before is two seconds old.
      expect(counted(raw!)).toBeGreaterThan(asked - 15)
      await until(() => camera.count > asked + 30, 'time to go by')
    }
    closing.abort()
  })

  test('with simulcast comes in its middle layer', async () => {
    const ana = await join('ana')
    const bot = await join('bot', 'agent')
    await using _camera = await Camera.show(ana, { width: 1280, height: 720, fps: 10, simulcast: true })
    const closing = new AbortController()
    const lane = await laneIn(videoIn(bot, { clock: systemClock, signal: closing.signal }))
    const sizes = new Set<number>()
    await until(() => {
      void lane.grab(closing.signal, 'full').then(raw => raw && sizes.add(raw.width))
      return sizes.has(640)
    }, 'a picture of 640x360')
    closing.abort()
  })

  test('held on its side is seen upright', async () => {
    const ana = await join('ana')
    const bot = await join('bot', 'agent')
    await using _camera = await Camera.show(ana, { rotation: VideoRotation.VIDEO_ROTATION_90 })
    const closing = new AbortController()
    const lanes = videoIn(bot, { clock: systemClock, signal: closing.signal })
    const [picture] = await watch(lanes, () => true)
    expect(picture).toMatchObject({ width: 360, height: 640 })
    const raw = await decode(picture!)
    // Turned clockwise the lower left quarter, blue, comes to the upper left.
    expect(colourAt(raw, 0.2, 0.25)).toEqual(near(0, 0, 255))
    expect(colourAt(raw, 0.2, 0.75)).toEqual(near(255, 255, 0))
    closing.abort()
  })
})

/** How many video frames `room` has decoded so far. */
async function decoded(room: Room): Promise<number> {
  const { publisherStats, subscriberStats } = await room.getRtcStats()
  // Where one connection carries both ways, it is the publisher's.
  return [...publisherStats, ...subscriberStats].reduce((sum, { stats }) => {
    if (stats.case !== 'inboundRtp' || stats.value.stream?.kind !== 'video') return sum
    return sum + (stats.value.inbound?.framesDecoded ?? 0)
  }, 0)
}

describe('everybody in one picture', () => {
  const colours = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 0],
  ]
  const people = ['ana', 'ben', 'cho', 'dan']

  /** Which of the names is written in the lower left corner of `area`, by the label that is most like it. */
  async function nameIn({ data, width }: RawPicture, area: Area): Promise<string | undefined> {
    let best = { name: undefined as string | undefined, far: 25 }
    for (const name of people.map(identity => identity.toUpperCase())) {
      const words = await label(name, area.width, { ink: [255, 255, 255], paper: [24, 24, 24] })
      let far = 0
      for (let y = 0; y < words.height; y++) {
        const row = (area.y + area.height - words.height + y) * width + area.x
        for (let x = 0; x < words.width; x++)
          far += Math.abs(data[(row + x) * 3 + 1]! - words.data[(y * words.width + x) * 3 + 1]!)
      }
      far /= words.width * words.height
      if (far < best.far) best = { name, far }
    }
    return best.name
  }

  test('each is in their own place under their own name, newer in every picture', async () => {
    const bot = await join('bot', 'agent')
    await using stack = new AsyncDisposableStack()
    const cameras: Camera[] = []
    for (const [hue, identity] of people.entries()) {
      const options = { width: 640, height: 360, fps: 10, simulcast: true, hue }
      cameras.push(stack.use(await Camera.show(await join(identity), options)))
    }
    const closing = new AbortController()
    const lanes = videoIn(bot, { clock: systemClock, signal: closing.signal })
    await until(() => [...lanes].length === 4, 'four cameras')
    const began = performance.now()
    const seen = await watch(lanes, pictures =>
      people.every(one => pictures.filter(together).filter(shows(one)).length >= 3),
    )
    // Four cameras are one picture, and pictures come no faster than one a second.
    expect(performance.now() - began).toBeGreaterThan((seen.length - 1) * 1_000 - 50)
    const counts = new Map<string, number[]>(people.map(one => [one, []]))
    // One that came too late is left out of a picture, and whoever is alone in it fills it: that has a test of its own.
    for (const picture of seen.filter(together)) {
      const raw = await decode(picture)
      const { cells } = arrange(picture.people.length)
      for (const [i, { identity, name }] of picture.people.entries()) {
        const area = cells[i]!
        expect(name).toBe(identity.toUpperCase())
        expect(await nameIn(raw, area)).toBe(name)
        const inside = (x: number, y: number) =>
          colourAt(raw, (area.x + x * area.width) / raw.width, (area.y + y * area.height) / raw.height)
        const hue = people.indexOf(identity)
        expect(inside(0.25, 0.3)).toEqual(near(...colours[hue]!))
        expect(inside(0.75, 0.3)).toEqual(near(...colours[(hue + 1) % 4]!))
        counts.get(identity)!.push(countIn(cut(raw, area), area.width, area.height))
      }
    }
    for (const one of counts.values()) expect(one).toEqual([...new Set(one)].sort((a, b) => a - b))
    closing.abort()
  })

  const together = (picture: Picture) => picture.people.length > 1
  const shows = (one: string) => (picture: Picture) => picture.people.some(({ identity }) => identity === one)

  const cut = ({ data, width }: RawPicture, area: Area): Uint8Array => {
    const rows = Array.from({ length: area.height }, (_, y) => {
      const from = ((area.y + y) * width + area.x) * 3
      return data.subarray(from, from + area.width * 3)
    })
    return Buffer.concat(rows)
  }
})

describe('what it costs', () => {
  test('between two pictures nothing is sent, nor decoded', async () => {
    const ana = await join('ana')
    const bot = await join('bot', 'agent')
    await using camera = await Camera.show(ana, { fps: 15 })
    const closing = new AbortController()
    const lane = await laneIn(videoIn(bot, { clock: systemClock, signal: closing.signal }))
    const grabs = 3
    const made = camera.count
    for (let i = 0; i < grabs; i++) {
      expect(await lane.grab(closing.signal, 'full')).toBeDefined()
      const now = camera.count
      await until(() => camera.count >= now + 30, 'two seconds of frames')
    }
    expect(camera.count - made).toBeGreaterThanOrEqual(grabs * 30)
    const frames = await decoded(bot)
    expect(frames).toBeGreaterThanOrEqual(grabs)
    expect(frames).toBeLessThan(grabs * 15)
    closing.abort()
  })

  test('a camera that nobody looks at is not subscribed, before the first picture and some time after the last', async () => {
    const ana = await join('ana')
    const bot = await join('bot', 'agent')
    await using _camera = await Camera.show(ana)
    const closing = new AbortController()
    const clock = new FakeClock()
    const lane = await laneIn(videoIn(bot, { clock, signal: closing.signal }))
    const isSubscribed = () => {
      const publications = bot.remoteParticipants.get('ana')!.trackPublications
      return publications.get(lane.id)!.track !== undefined
    }
    expect(isSubscribed()).toBe(false)
    expect(await lane.grab(closing.signal, 'full')).toBeDefined()
    expect(isSubscribed()).toBe(true)
    clock.pass(10_000)
    await until(() => !isSubscribed(), 'the track given back')
    // Taken again in the same moment, a track now and then does not come; the next try after a few seconds has it.
    let again: RawPicture | undefined
    const tryAgain = async () => {
      while (!again) again = await lane.grab(closing.signal, 'full')
    }
    const trying = tryAgain()
    await until(() => {
      clock.pass(10)
      return again !== undefined
    }, 'a picture')
    await trying
    closing.abort()
    await until(() => !isSubscribed(), 'the track given back')
  })
})

describe('what is looked at', () => {
  test('a camera that is muted is gone, and back when it is on again', async () => {
    const ana = await join('ana')
    const bot = await join('bot', 'agent')
    await using camera = await Camera.show(ana)
    const closing = new AbortController()
    const lanes = videoIn(bot, { clock: systemClock, signal: closing.signal })
    await laneIn(lanes)
    await watch(lanes, () => true)
    camera.mute(true)
    await until(() => [...lanes].length === 0, 'no lane')
    camera.mute(false)
    await laneIn(lanes)
    const [picture] = await watch(lanes, () => true)
    expect(counted(await decode(picture!))).toBeGreaterThan(0)
    closing.abort()
  })

  test('a shared screen comes first, and the camera is back when it ends', async () => {
    const ana = await join('ana')
    const bo = await join('bo')
    const bot = await join('bot', 'agent')
    await using _camera = await Camera.show(ana)
    const closing = new AbortController()
    const lanes = videoIn(bot, { clock: systemClock, signal: closing.signal })
    let screen: Promise<Camera> | undefined
    let isEnding = false
    const seen = await watch(lanes, all => {
      const last = all.at(-1)!
      if (last.source === 'camera' && !isEnding)
        screen ??= Camera.show(bo, { source: 'screen', width: 1280, height: 720, fps: 5 })
      if (last.source === 'screen' && !isEnding) {
        isEnding = true
        void screen!.then(shown => shown[Symbol.asyncDispose]())
      }
      return isEnding && last.source === 'camera'
    })
    const order = seen.map(({ people, source }) => `${people[0]?.identity}'s ${source}`)
    expect(order.filter((one, i) => one !== order[i - 1])).toEqual([
      "ana's camera",
      "bo's screen",
      "ana's camera",
    ])
    expect(seen.find(({ source }) => source === 'screen')).toMatchObject({ width: 768, height: 458 })
    closing.abort()
  })

  test('the camera of another agent is not', async () => {
    const avatar = await join('avatar', 'agent')
    const ana = await join('ana')
    const bot = await join('bot', 'agent')
    await using _theirs = await Camera.show(avatar)
    await using _hers = await Camera.show(ana)
    const closing = new AbortController()
    const lanes = videoIn(bot, { clock: systemClock, signal: closing.signal })
    expect((await laneIn(lanes)).identity).toBe('ana')
    expect(bot.remoteParticipants.get('avatar')?.kind).toBe(ParticipantKind.AGENT)
    closing.abort()
  })
})

test('after the agent has lost its connection and found it again, the camera is seen again', async () => {
  const ana = await join('ana')
  const bot = await join('bot', 'agent')
  await using _camera = await Camera.show(ana)
  const closing = new AbortController()
  const lanes = videoIn(bot, { clock: systemClock, signal: closing.signal })
  await laneIn(lanes)
  await watch(lanes, () => true)
  const back = new Promise<void>(resolve => bot.once(RoomEvent.Reconnected, resolve))
  await bot.simulateScenario(SimulateScenarioKind.SIMULATE_FULL_RECONNECT)
  await back
  const [picture] = await watch(lanes, () => true)
  expect(picture?.people).toMatchObject([{ identity: 'ana' }])
  expect([...lanes]).toHaveLength(1)
  closing.abort()
})

describe('a camera that stops in the middle', () => {
  test('frozen, it gives no picture, and one when it goes on', async () => {
    const ana = await join('ana')
    const bot = await join('bot', 'agent')
    await using camera = await Camera.show(ana)
    const closing = new AbortController()
    const clock = new FakeClock()
    const lane = await laneIn(videoIn(bot, { clock, signal: closing.signal }))
    expect(await lane.grab(closing.signal, 'full')).toBeDefined()
    camera.freeze()
    const grab = lane.grab(closing.signal, 'full')
    await until(() => clock.pending > 0, 'a deadline')
    clock.pass(3_000)
    expect(await grab).toBeUndefined()
    camera.thaw()
    expect(await lane.grab(closing.signal, 'full')).toBeDefined()
    closing.abort()
    expect(clock.pending).toBe(0)
  })

  test('nothing is left behind by a hundred grabs that were cut off, nor by owners who left', async () => {
    const events = () => globalThis._ffiClientInstance!.listenerCount('ffi_event')
    const bot = await join('bot', 'agent')
    const closing = new AbortController()
    const clock = new FakeClock()
    const lanes = videoIn(bot, { clock, signal: closing.signal })
    const listening = () =>
      Object.values(RoomEvent).reduce((sum, event) => sum + bot.listenerCount(event as never), 0)
    const [atRest, heard] = [events(), listening()]
    for (let owner = 0; owner < 5; owner++) {
      const ana = await join('ana')
      const camera = await Camera.show(ana)
      const lane = await laneIn(lanes)
      expect(await lane.grab(closing.signal, 'full')).toBeDefined()
      for (let i = 0; i < 20; i++) {
        const cut = new AbortController()
        const grab = lane.grab(cut.signal, 'full')
        if (i % 2) await new Promise(setImmediate)
        cut.abort()
        await grab
      }
      // Each room that is joined listens once.
      await until(() => events() === atRest + 1, 'no listener more than before')
      const last = lane.grab(closing.signal, 'full')
      camera.freeze()
      if (owner % 2) await ana.disconnect()
      else await camera[Symbol.asyncDispose]()
      await until(() => [...lanes].length === 0, 'no lane')
      await last
      expect(await lane.grab(closing.signal, 'full')).toBeUndefined()
      if (ana.isConnected) await ana.disconnect()
      expect(clock.pending).toBe(0)
    }
    await until(() => events() === atRest, 'no listener more than before')
    expect(listening()).toBe(heard)
    closing.abort()
    expect(listening()).toBeLessThan(heard)
  }, 60_000)
})
