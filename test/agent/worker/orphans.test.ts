import { beforeEach, describe, expect, it } from 'vitest'
import { Log } from '../../../agent/log.ts'
import { Stats } from '../../../agent/stats.ts'
import { GHOST, TRY } from '../../../agent/worker/claim.ts'
import { Orphans } from '../../../agent/worker/orphans.ts'
import { SteppedClock } from '../rehearsal/clock.ts'
import { FakeRooms } from './fake-rooms.ts'

const HOUR = 3_600_000
let clock: SteppedClock
let rooms: FakeRooms
let held: Set<string>
let hasRoom: boolean
let orphans: Orphans

beforeEach(() => {
  clock = new SteppedClock()
  rooms = new FakeRooms(() => HOUR + clock.now())
  held = new Set()
  hasRoom = true
  orphans = new Orphans({
    rooms,
    agentName: '',
    identity: 'agent',
    isHeld: room => held.has(room),
    hasRoom: () => hasRoom,
    log: new Log({}, 'error', () => {}),
    stats: new Stats(),
    clock: Object.assign(Object.create(clock), {
      wall: () => HOUR + clock.now(),
      now: () => clock.now(),
      after: clock.after.bind(clock),
    }),
    random: () => 0.5,
  })
})

const asked = (what: string) => rooms.asked.filter(one => one.startsWith(what)).length

describe('a room that was there before any worker', () => {
  it('gets an agent as soon as a worker is registered', async () => {
    const kitchen = rooms.open('kitchen', { metadata: 'theirs' })
    orphans.start(500)
    await clock.pass(500)
    expect(kitchen.dispatches).toMatchObject([{ metadata: 'theirs', attributes: { [TRY]: '1' } }])
  })

  it('never gets one without a dispatch for our name', async () => {
    const kitchen = rooms.open('kitchen', { agentName: 'host' })
    orphans.start(0)
    await clock.pass(60_000)
    expect(asked('dispatch kitchen')).toBe(0)
    expect(kitchen.dispatches).toHaveLength(1)
  })

  it('is left alone while nobody is in it', async () => {
    rooms.open('kitchen', { people: [] })
    orphans.start(0)
    await clock.pass(60_000)
    expect(asked('participants')).toBe(0)
  })

  it('is left to others by a worker that is full', async () => {
    rooms.open('kitchen')
    hasRoom = false
    orphans.start(0)
    await clock.pass(1)
    expect(asked('dispatch kitchen')).toBe(0)
    hasRoom = true
    await clock.pass(11_000)
    expect(asked('dispatch kitchen')).toBe(1)
  })

  it('that was made a moment ago is looked at again as soon as LiveKit should have sent somebody', async () => {
    rooms.open('kitchen', { age: 1000 })
    orphans.start(0)
    await clock.pass(3000)
    expect(asked('dispatch kitchen')).toBe(0)
    await clock.pass(1500)
    expect(asked('dispatch kitchen')).toBe(1)
  })

  it('that stays without an agent is tried less and less often', async () => {
    const kitchen = rooms.open('kitchen')
    orphans.start(0)
    await clock.pass(1)
    const times: number[] = []
    for (let second = 1; second <= 150; second++) {
      const before = asked('dispatch kitchen')
      await clock.pass(1000)
      if (asked('dispatch kitchen') > before) times.push(second)
    }
    expect(times).toHaveLength(4)
    const gaps = times.map((time, i) => time - (times[i - 1] ?? 0))
    expect(gaps).toEqual([...gaps].sort((a, b) => a - b))
    expect(kitchen.dispatches).toHaveLength(1)
  })
})

describe('rooms that are in order', () => {
  it('cost one request a sweep, and one for each other worker twice in that time', async () => {
    for (const name of ['a', 'b', 'c', 'd']) {
      rooms.open(name)
      rooms.enter(name, name < 'c' ? 'W_1' : 'W_2')
    }
    rooms.open('ours')
    held.add('ours')
    orphans.start(0)
    await clock.pass(1)
    rooms.asked.length = 0
    await clock.pass(20_000)
    expect(asked('list')).toBe(2)
    expect(asked('pulse')).toBe(8)
    expect(rooms.asked).toHaveLength(10)
  })

  it('are looked at again after a minute or so', async () => {
    rooms.open('kitchen')
    rooms.enter('kitchen', 'W_1')
    orphans.start(0)
    await clock.pass(1)
    rooms.asked.length = 0
    await clock.pass(90_000)
    expect(asked('participants kitchen')).toBe(1)
  })

  it('are looked at again at the next sweep if somebody comes or goes, the agent among them', async () => {
    rooms.open('kitchen')
    rooms.enter('kitchen', '')
    orphans.start(0)
    await clock.pass(1)
    delete rooms.rooms.get('kitchen')!.agent
    await clock.pass(11_000)
    expect(asked('dispatch kitchen')).toBe(1)
  })

  it('and wanted no agent, and got one by name, are known to be held by its worker', async () => {
    const kitchen = rooms.open('kitchen', { agentName: 'host' })
    orphans.start(0)
    await clock.pass(1)
    kitchen.dispatches[0]!.agentName = ''
    rooms.enter('kitchen', 'W_1')
    await clock.pass(11_000)
    rooms.kill('W_1')
    await clock.pass(6000)
    expect(asked('dispatch kitchen')).toBe(1)
  })
})

describe('a worker that was killed', () => {
  it('loses all its rooms to the others within 10 s, though LiveKit still lists its agents', async () => {
    for (const name of ['a', 'b', 'c']) {
      rooms.open(name)
      rooms.enter(name, 'W_1')
    }
    orphans.start(0)
    await clock.pass(1)
    const ghost = rooms.rooms.get('a')!.agent!.sid
    rooms.kill('W_1')
    await clock.pass(10_000)
    expect(asked('dispatch a') + asked('dispatch b') + asked('dispatch c')).toBe(3)
    expect(rooms.rooms.get('a')!.dispatches).toMatchObject([{ attributes: { [GHOST]: ghost } }])
  })

  it('is noticed on a server too old to ask its agents, once they fall off the list', async () => {
    rooms.isOld = true
    rooms.open('kitchen')
    rooms.enter('kitchen', 'W_1')
    orphans.start(0)
    await clock.pass(10_000)
    expect(asked('dispatch kitchen')).toBe(0)
    delete rooms.rooms.get('kitchen')!.agent
    await clock.pass(6000)
    expect(asked('dispatch kitchen')).toBe(1)
  })

  it('is not mistaken for one whose room has just been left', async () => {
    rooms.open('kitchen')
    rooms.open('attic')
    rooms.enter('kitchen', 'W_1')
    rooms.enter('attic', 'W_1')
    orphans.start(0)
    await clock.pass(1)
    const kitchen = rooms.rooms.get('kitchen')!
    delete kitchen.agent
    kitchen.dispatches = []
    await clock.pass(30_000)
    expect(asked('dispatch kitchen') + asked('dispatch attic')).toBe(0)
  })
})

describe('a room that is left', () => {
  it('on purpose is given up: no worker comes back', async () => {
    const kitchen = rooms.open('kitchen')
    await orphans.giveUp(kitchen.dispatches[0]!.id, 'kitchen')
    orphans.start(0)
    await clock.pass(60_000)
    expect(asked('dispatch kitchen')).toBe(0)
  })

  it('because it was deleted needs nothing more', async () => {
    await orphans.giveUp('AD_1', 'deleted')
    expect(rooms.asked).toEqual(['list'])
  })

  it('by a worker that drains is handed on if people are there', async () => {
    const kitchen = rooms.open('kitchen', { metadata: 'theirs' })
    await orphans.handOn('kitchen')
    expect(kitchen.dispatches).toMatchObject([{ metadata: 'theirs', attributes: { [TRY]: '0' } }])
    const attic = rooms.open('attic', { people: [] })
    await orphans.handOn('attic')
    expect(attic.dispatches).toMatchObject([{ attributes: {} }])
  })
})

describe('a search', () => {
  it('goes on after LiveKit was away', async () => {
    rooms.open('kitchen')
    rooms.isDown = true
    orphans.start(0)
    await clock.pass(30_000)
    rooms.isDown = false
    await clock.pass(15_000)
    expect(asked('dispatch kitchen')).toBe(1)
  })

  it('that was to follow a slow one does not begin once the worker has ended', async () => {
    const slow = Promise.withResolvers<void>()
    rooms.delay = slow.promise
    orphans.start(0)
    await clock.pass(1)
    orphans.soon()
    await clock.pass(1000)
    const closed = orphans.close()
    slow.resolve()
    await closed
    await clock.pass(60_000)
    expect(asked('list')).toBe(1)
  })

  it('ends with the worker, and leaves no alarm behind', async () => {
    orphans.start(0)
    await clock.pass(1)
    await orphans.close()
    const before = rooms.asked.length
    await clock.pass(60_000)
    expect(rooms.asked).toHaveLength(before)
    expect(clock.waiting).toBe(0)
  })
})
