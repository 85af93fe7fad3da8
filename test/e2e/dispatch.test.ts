import { dispose, type Room } from '@livekit/rtc-node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Converse } from '../../agent/job.ts'
import type { Worker } from '../../agent/worker/worker.ts'
import { silent } from '../agent/worker/agents.ts'
import { Child, Stage, until } from '../agent/worker/stage.ts'
import { startLiveKit, type TestLiveKit } from './livekit.ts'

// Real media and real timeouts: a loaded machine takes its time.
vi.setConfig({ testTimeout: 90_000 })

let livekit: TestLiveKit
let stage: Stage
let made = 0
/** No test meets a room of another. */
const fresh = (name: string) => `${name}-${++made}`

beforeAll(async () => {
  livekit = await startLiveKit()
  stage = new Stage(livekit)
})

afterAll(async () => {
  await livekit.close()
  await dispose()
})

const agentIn = (room: string, identity?: string) => async () =>
  (await stage.agentIn(room, identity)) !== undefined
const sweeps = async (worker: { stats: { get(name: string): number } }, count: number) => {
  const before = worker.stats.get('worker_sweeps')
  await until(() => worker.stats.get('worker_sweeps') >= before + count, `${count} sweeps`)
}

describe('a new room', () => {
  it('gets an agent of the right kind, with the attributes that front ends look for', async () => {
    await using worker = await stage.worker()
    await worker.registered
    const room = fresh('new')
    await using person = await stage.join(room)
    await until(agentIn(room), 'the agent')
    const agent = (await stage.rooms.listParticipants(room)).find(one => one.identity === 'agent')!
    expect(agent).toMatchObject({ kind: 4, name: 'Roundtable' })
    expect(agent.attributes).toMatchObject({
      'lk.agent.state': 'initializing',
      'lk.agent.name': 'Roundtable',
    })
    expect(agent.permission).toMatchObject({
      canPublish: true,
      canSubscribe: true,
      canPublishData: true,
      agent: true,
      hidden: false,
    })
    expect(worker.jobs).toBe(1)
    await until(() => (person as Room).remoteParticipants.has('agent'), 'the person to see the agent')
  })

  it('gets one agent, whichever of two workers it comes from', async () => {
    await using one = await stage.worker()
    await using two = await stage.worker()
    await Promise.all([one.registered, two.registered])
    const rooms = Array.from({ length: 6 }, () => fresh('shared'))
    await Promise.all(rooms.map(name => stage.rooms.createRoom({ name })))
    for (const room of rooms) await until(agentIn(room), `an agent in ${room}`)
    await Promise.all([sweeps(one, 2), sweeps(two, 2)])
    expect(one.jobs + two.jobs).toBe(6)
    expect(one.stats.get('worker_jobs_replaced') + two.stats.get('worker_jobs_replaced')).toBe(0)
  })

  it('shares one process with nineteen others', async () => {
    await using worker = await stage.worker()
    await worker.registered
    const rooms = Array.from({ length: 20 }, () => fresh('many'))
    for (const name of rooms) await stage.rooms.createRoom({ name })
    await until(
      () => worker.jobs === 20,
      () => `20 rooms, got ${worker.jobs}`,
    )
    for (const room of rooms) await until(agentIn(room), `an agent in ${room}`)
    const metrics = await (await fetch(`http://127.0.0.1:${worker.healthPort}/metrics`)).text()
    expect(metrics).toContain('roundtable_worker_rooms 20')
  })
})

describe('a worker with a name', () => {
  it('comes where it is asked for, with what the dispatch says, and nowhere else', async () => {
    const metadata: string[] = []
    const converse: Converse = job => {
      metadata.push(job.metadata)
      return silent({ ...job, metadata: '' })
    }
    await using worker = await stage.worker({ agentName: 'host', converse })
    await worker.registered
    const [asked, unasked] = [fresh('asked'), fresh('unasked')]
    await using _ana = await stage.join(asked)
    await using _ben = await stage.join(unasked)
    await stage.dispatches.createDispatch(asked, 'host', { metadata: '{"voice":"Puck"}' })
    await until(agentIn(asked, 'agent-host'), 'the agent')
    await sweeps(worker, 2)
    expect(await stage.agentIn(unasked, 'agent-host')).toBeUndefined()
    expect(metadata).toEqual(['{"voice":"Puck"}'])
  })
})

describe('a room that LiveKit sends no job for', () => {
  it('because it was there before any worker, gets one agent, though two workers come', async () => {
    const room = fresh('before')
    await using _ana = await stage.join(room)
    await using one = await stage.worker()
    await using two = await stage.worker()
    await until(agentIn(room), 'the agent')
    await Promise.all([sweeps(one, 2), sweeps(two, 2)])
    expect(one.jobs + two.jobs).toBe(1)
  })

  it('because its worker was killed, gets an agent from another worker, long before LiveKit drops the dead one', async () => {
    const room = fresh('killed')
    await using victim = new Child(livekit, '', 1000)
    await victim.registered()
    await using _ana = await stage.join(room)
    await until(agentIn(room), 'the first agent')
    const before = (await stage.agentIn(room))!
    await using survivor = await stage.worker()
    await sweeps(survivor, 2)
    victim.process.kill('SIGKILL')
    const isAnother = async () => ((await stage.agentIn(room))?.holder ?? before.holder) !== before.holder
    await until(isAnother, 'another agent')
    // It was found dead and did not just fall off LiveKit's list.
    const [dispatch] = await stage.dispatches.listDispatch(room)
    expect(dispatch?.attributes).toMatchObject({ 'roundtable.ghost': before.sid })
    expect(survivor.jobs).toBe(1)
  })
})

describe('an agent that is sent away', () => {
  let worker: Worker & { stats: { get(name: string): number } }
  let room: string
  let person: Room & AsyncDisposable

  const enter = async () => {
    worker = await stage.worker()
    await worker.registered
    room = fresh('left')
    person = await stage.join(room)
    await until(agentIn(room), 'the agent')
  }
  const staysAway = async () => {
    await until(() => worker.jobs === 0, 'the job to end')
    await sweeps(worker, 3)
    expect(await stage.agentIn(room)).toBeUndefined()
    expect(worker.jobs).toBe(0)
    await person.disconnect()
    await worker.close()
  }

  it('by deleting its dispatch leaves and does not come back', async () => {
    await enter()
    // Before that LiveKit has not recorded the job yet, and puts the end off itself.
    for (const { id } of await stage.dispatches.listDispatch(room))
      await stage.dispatches.deleteDispatch(id, room)
    await staysAway()
  })

  it('by removing it from the room does not come back', async () => {
    await enter()
    await stage.rooms.removeParticipant(room, 'agent')
    await staysAway()
    expect(await stage.dispatches.listDispatch(room)).toEqual([])
  })

  it('by deleting the room ends its job, and a new room of that name gets an agent', async () => {
    await enter()
    await stage.rooms.deleteRoom(room)
    await until(() => worker.jobs === 0, 'the job to end')
    await using _ben = await stage.join(room, 'ben')
    await until(agentIn(room), 'an agent in the new room')
    await sweeps(worker, 5)
    expect(worker.jobs).toBe(1)
    await worker.close()
  })
})

describe('a conversation that misbehaves', () => {
  it('disturbs no other room', async () => {
    // What a room's name says, its conversation does.
    const converse: Converse = job => silent({ ...job, metadata: job.room.split('-')[0] ?? '' })
    await using worker = await stage.worker({ converse, drainMs: 1500 })
    await worker.registered
    const good = fresh('good')
    await using _ana = await stage.join(good)
    await until(agentIn(good), 'the agent')
    const before = (await stage.agentIn(good))!
    for (const bad of ['throws', 'rejects', 'fails', 'hangs'])
      await stage.rooms.createRoom({ name: fresh(bad) })
    await until(() => worker.stats.get('worker_jobs_failed') >= 3, 'three failures')
    const late = fresh('good')
    await using _ben = await stage.join(late)
    await until(agentIn(late), 'an agent in a later room')
    expect(await stage.agentIn(good)).toEqual(before)
    expect(worker.phase.at).toBe('registered')
  })
})

describe('a worker that drains', () => {
  it('takes no new room; another does', async () => {
    await using leaving = await stage.worker({
      converse: job => silent({ ...job, metadata: 'hangs' }),
      drainMs: 4000,
    })
    await leaving.registered
    const held = fresh('held')
    await using _ana = await stage.join(held)
    await until(agentIn(held), 'the agent')
    await using staying = await stage.worker({ sweepMs: 60_000 })
    await staying.registered
    const closed = leaving.close()
    const rooms = Array.from({ length: 4 }, () => fresh('new'))
    await Promise.all(rooms.map(name => stage.rooms.createRoom({ name })))
    await until(() => staying.jobs >= 4, 'the other worker to take them all')
    await closed
    expect(leaving.stats.get('worker_jobs_failed')).toBe(0)
  })

  it('hands its rooms on at once, also one whose conversation hangs', async () => {
    const converse: Converse = job => silent({ ...job, metadata: job.room.split('-')[0] ?? '' })
    await using leaving = await stage.worker({ converse })
    await leaving.registered
    const rooms = [fresh('good'), fresh('hangs')]
    await using _ana = await stage.join(rooms[0]!)
    await using _ben = await stage.join(rooms[1]!)
    for (const room of rooms) await until(agentIn(room), `the agent in ${room}`)
    await using staying = await stage.worker({ sweepMs: 60_000 })
    await staying.registered
    const began = performance.now()
    await leaving.close()
    expect(performance.now() - began).toBeLessThan(10_000)
    await until(
      () => staying.jobs === 2,
      () => `two rooms, got ${staying.jobs}`,
    )
    for (const room of rooms) await until(agentIn(room), `another agent in ${room}`)
  })
})

describe('the program', () => {
  it('says where it registered and then exactly `registered`; SIGTERM empties its rooms and ends it with 0', async () => {
    await using child = new Child(livekit)
    await child.registered()
    expect(child.lines[0]).toMatch(/^worker AW_\w+ at ws:.*, for every new room$/)
    expect(child.lines.at(-1)).toBe('registered')
    const room = fresh('program')
    await using _ana = await stage.join(room)
    await until(agentIn(room), 'the agent')
    child.process.kill('SIGTERM')
    expect(await child.ended).toMatchObject({ code: 0, signal: null })
    await until(async () => !(await agentIn(room)()), 'the agent to be gone', 10_000)
  })

  it('ends with the process that started it', async () => {
    await using child = new Child(livekit)
    await child.registered()
    child.process.disconnect()
    expect(await child.ended).toMatchObject({ code: 0 })
  })

  it('with the wrong secret says so in one sentence, without showing it, and ends with 1', async () => {
    const wrong = 'another-secret-for-tests-of-32-chars'
    await using child = new Child({ ...livekit, apiSecret: wrong })
    expect(await child.ended).toMatchObject({ code: 1 })
    expect(child.errors).toHaveLength(1)
    expect(child.errors[0]).toMatch(/^LIVEKIT_API_SECRET: /)
    expect(child.errors[0]).not.toMatch(/another-secret|eyJ/)
    expect(child.lines).toEqual([])
  })

  it('with an unknown key names that', async () => {
    await using child = new Child({ ...livekit, apiKey: 'nobody' })
    expect(await child.ended).toMatchObject({ code: 1 })
    expect(child.errors.join()).toMatch(/^LIVEKIT_API_KEY: /)
  })
})

describe('a server', () => {
  it('that comes up late is waited for, in words', async () => {
    const brief = await startLiveKit()
    const port = Number(new URL(brief.url).port)
    await brief.close()
    await using child = new Child(brief)
    await until(() => child.errors.some(line => line.startsWith('LIVEKIT_URL: nothing answers')), 'words')
    await using _late = await startLiveKit({ port })
    await child.registered()
  })

  it('that restarts is registered with again; rooms found again keep their agent, and new ones get one', async () => {
    const first = await startLiveKit()
    const port = Number(new URL(first.url).port)
    const before = new Stage(first)
    await using worker = await before.worker()
    await worker.registered
    await using _ana = await before.join('kitchen')
    await until(async () => (await before.agentIn('kitchen')) !== undefined, 'the agent')
    await first.close()
    await until(() => worker.phase.at !== 'registered', 'the loss to be noticed')
    const unfit = await fetch(`http://127.0.0.1:${worker.healthPort}/healthz`)
    expect(unfit.status).toBe(503)

    await using second = await startLiveKit({ port })
    await until(() => worker.phase.at === 'registered', 'the registration')
    const after = new Stage(second)
    await using _ben = await after.join('attic')
    for (const room of ['attic', 'kitchen'])
      await until(async () => (await after.agentIn(room)) !== undefined, `the agent in ${room}`)
    const agent = await after.agentIn('kitchen')
    await sweeps(worker, 3)
    expect(await after.agentIn('kitchen')).toEqual(agent)
    expect(worker.jobs).toBe(2)
  })
})
