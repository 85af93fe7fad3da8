import { beforeEach, describe, expect, it } from 'vitest'
import type { Converse, Ended, RoomJob } from '../../../agent/job.ts'
import { Log } from '../../../agent/log.ts'
import { PLACE } from '../../../agent/room/place-sign.ts'
import { Stats } from '../../../agent/stats.ts'
import { GHOST } from '../../../agent/worker/claim.ts'
import { Jobs } from '../../../agent/worker/jobs.ts'
import { HOLDER } from '../../../agent/worker/presence.ts'
import type { Offer, Outgoing } from '../../../agent/worker/wire.ts'
import { SteppedClock } from '../rehearsal/clock.ts'
import { FakeRooms } from './fake-rooms.ts'

/** A conversation that ends when it is told how. */
class Talk {
  readonly job: RoomJob
  readonly #over = Promise.withResolvers<Ended>()
  readonly ended = this.#over.promise
  closes = 0
  place: string | undefined
  /** What `close()` does besides being counted. */
  onClose: () => void = () => this.end({ why: 'closed' })

  constructor(job: RoomJob) {
    this.job = job
  }
  end(ended: Ended): void {
    this.#over.resolve(ended)
  }
  break(error: unknown): void {
    this.#over.reject(error)
  }
  async close(): Promise<void> {
    this.closes++
    this.onClose()
    await this.ended
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

let clock: SteppedClock
let rooms: FakeRooms
let sent: Outgoing[]
let talks: Talk[]
let afterwards: string[]
let stats: Stats
let isFull: (rooms: number, coming: number) => boolean
let converse: Converse
let jobs: Jobs

beforeEach(() => {
  clock = new SteppedClock()
  rooms = new FakeRooms(() => clock.now())
  sent = []
  talks = []
  afterwards = []
  stats = new Stats()
  isFull = () => false
  converse = job => {
    const talk = new Talk(job)
    talks.push(talk)
    return talk
  }
  jobs = new Jobs({
    agentName: '',
    identity: 'agent',
    holder: 'W_us',
    url: 'ws://here',
    converse: job => converse(job),
    rooms,
    send: message => sent.push(message) > 0,
    handOn: async (room, place) => void afterwards.push(`hand on ${room}${place ? ` at ${place}` : ''}`),
    giveUp: async (dispatch, room) => void afterwards.push(`give up ${dispatch} ${room}`),
    lookSoon: () => afterwards.push('look'),
    isFull: (count, coming) => isFull(count, coming),
    log: new Log({}, 'error', () => {}),
    stats,
    clock,
  })
})

let made = 0
const offerFor = (room: string, more: Partial<Offer> = {}): Offer => {
  const dispatch = rooms.rooms.get(room)?.dispatches[0]?.id ?? 'AD_none'
  return { id: `AJ_${++made}`, dispatch, room, metadata: '', attributes: {}, isForRoom: true, ...more }
}
const enter = async (room: string, more: Partial<Offer> = {}) => {
  rooms.rooms.get(room) ?? rooms.open(room)
  const offer = offerFor(room, more)
  await jobs.offered(offer)
  jobs.assigned(offer, 'jwt')
  return { offer, talk: talks.at(-1)! }
}
const said = (say: Outgoing['say']) => sent.filter(message => message.say === say)
const settle = () => clock.pass(0)

describe('an offer for a room without an agent', () => {
  it('is taken under the one identity that all of us share, and becomes a conversation', async () => {
    const { offer } = await enter('kitchen', { metadata: '{"voice":"Puck"}' })
    expect(said('take')).toEqual([
      {
        say: 'take',
        job: offer.id,
        identity: 'agent',
        name: 'Roundtable',
        attributes: { 'lk.agent.state': 'initializing', 'lk.agent.name': 'Roundtable', [HOLDER]: 'W_us' },
      },
    ])
    expect(talks[0]!.job).toEqual({
      id: offer.id,
      room: 'kitchen',
      url: 'ws://here',
      token: 'jwt',
      identity: 'agent',
      metadata: '{"voice":"Puck"}',
    })
    expect(said('job')).toMatchObject([{ status: 'running' }])
  })

  it('is taken where LiveKit does not say who is in the room', async () => {
    rooms.open('kitchen')
    rooms.isDown = true
    await jobs.offered(offerFor('kitchen'))
    expect(said('take')).toHaveLength(1)
  })

  it('frees its place if no assignment follows within 7.5 s', async () => {
    rooms.open('kitchen')
    const offer = offerFor('kitchen')
    await jobs.offered(offer)
    expect(jobs.count()).toEqual({ rooms: 0, coming: 1 })
    await clock.pass(7500)
    expect(jobs.count()).toEqual({ rooms: 0, coming: 0 })
    jobs.assigned(offer, 'jwt')
    expect(talks).toHaveLength(0)
    expect(said('job')).toMatchObject([{ status: 'failed' }])
  })

  it('counts before it is assigned: two at once do not overfill the worker', async () => {
    isFull = (count, coming) => count + coming >= 1
    rooms.open('a')
    rooms.open('b')
    await Promise.all([jobs.offered(offerFor('a')), jobs.offered(offerFor('b'))])
    expect(said('take')).toHaveLength(1)
    expect(said('decline')).toMatchObject([{ isDone: false }])
  })

  it('is taken once, however many are made for the room', async () => {
    rooms.open('kitchen')
    await Promise.all([jobs.offered(offerFor('kitchen')), jobs.offered(offerFor('kitchen'))])
    expect(said('take')).toHaveLength(1)
    expect(said('decline')).toMatchObject([{ isDone: true }])
  })
})

describe('an offer for a room that has an agent', () => {
  it('is declined for everybody while that one lives', async () => {
    rooms.open('kitchen')
    rooms.enter('kitchen', 'W_other')
    await jobs.offered(offerFor('kitchen'))
    expect(said('decline')).toMatchObject([{ isDone: true }])
  })

  it('is taken if that one is dead, after LiveKit was told to forget it', async () => {
    rooms.open('kitchen')
    rooms.enter('kitchen', 'W_other')
    rooms.kill('W_other')
    await jobs.offered(offerFor('kitchen'))
    expect(rooms.asked.filter(what => what === 'pulse kitchen')).toHaveLength(3)
    expect(rooms.asked.at(-1)).toBe('remove kitchen')
    expect(said('take')).toHaveLength(1)
  })

  it('is taken up where the dead one left its conversation', async () => {
    rooms.open('kitchen')
    rooms.enter('kitchen', 'W_other')
    rooms.rooms.get('kitchen')!.agent!.place = 'sealed'
    rooms.kill('W_other')
    const { talk } = await enter('kitchen')
    expect(talk.job.place).toBe('sealed')
    const { talk: carried } = await enter('hall', { attributes: { [PLACE]: 'carried' } })
    expect(carried.job.place).toBe('carried')
  })

  it('is taken up where our own conversation was whose way to the room broke, once', async () => {
    const { talk } = await enter('kitchen')
    talk.place = 'sealed'
    talk.end({ why: 'failed', error: new Error('signal disconnected') })
    await settle()
    const { talk: again } = await enter('kitchen')
    expect(again.job.place).toBe('sealed')
    again.end({ why: 'empty' })
    await settle()
    const { talk: anew } = await enter('kitchen')
    expect(anew.job.place).toBeUndefined()
    anew.place = 'old'
    anew.end({ why: 'failed', error: new Error('signal disconnected') })
    await settle()
    await clock.pass(601_000)
    const { talk: late } = await enter('kitchen')
    expect(late.job.place).toBeUndefined()
  })

  it('is taken at once if the offer says that it is dead', async () => {
    rooms.open('kitchen')
    rooms.enter('kitchen', 'W_other')
    rooms.kill('W_other')
    await jobs.offered(
      offerFor('kitchen', { attributes: { [GHOST]: rooms.rooms.get('kitchen')!.agent!.sid } }),
    )
    expect(rooms.asked).not.toContain('pulse kitchen')
    expect(said('take')).toHaveLength(1)
  })

  it('is taken while our own conversation there is leaving', async () => {
    const { talk } = await enter('kitchen')
    talk.onClose = () => {}
    rooms.rooms.get('kitchen')!.dispatches = []
    await jobs.terminated(talk.job.id)
    await jobs.offered(offerFor('kitchen'))
    expect(said('take')).toHaveLength(2)
  })
})

describe('a conversation that misbehaves', () => {
  it.each<[string, () => void]>([
    [
      'throws at once',
      () =>
        (converse = () => {
          throw new Error('no')
        }),
    ],
    [
      'rejects instead of ending',
      () =>
        (converse = job => {
          const talk = new Talk(job)
          talk.break(new Error('no'))
          return talk
        }),
    ],
  ])('and %s has failed, and the others go on', async (_, misbehave) => {
    const good = await enter('good')
    misbehave()
    await enter('bad')
    await settle()
    expect(said('job').at(-1)).toMatchObject({ status: 'failed', error: 'no' })
    expect(stats.get('worker_jobs_failed')).toBe(1)
    expect(afterwards).toEqual(['look'])
    expect(jobs.ids()).toEqual([good.offer.id])
  })

  it('and does not end when told to is given up after 10 s', async () => {
    const { offer, talk } = await enter('kitchen')
    talk.onClose = () => {}
    rooms.rooms.get('kitchen')!.dispatches = []
    await jobs.terminated(offer.id)
    await clock.pass(9999)
    expect(jobs.ids()).toEqual([offer.id])
    await clock.pass(1)
    expect(jobs.ids()).toEqual([])
    expect(stats.get('worker_conversations_stuck')).toBe(1)
    // Should it come to an end after all, that is no news.
    talk.end({ why: 'removed', reason: 'at last' })
    await settle()
    expect(stats.get('worker_jobs_removed')).toBe(0)
    expect(said('job').at(-1)).toMatchObject({ status: 'failed' })
  })

  it('and throws from close() does no harm', async () => {
    const { offer, talk } = await enter('kitchen')
    talk.onClose = () => {
      talk.end({ why: 'closed' })
      throw new Error('no')
    }
    rooms.rooms.get('kitchen')!.dispatches = []
    await jobs.terminated(offer.id)
    await settle()
    expect(jobs.ids()).toEqual([])
  })
})

describe('a conversation that ends', () => {
  it('because it was sent out, gives the room up', async () => {
    const { offer, talk } = await enter('kitchen')
    talk.end({ why: 'removed', reason: 'by hand' })
    await settle()
    expect(afterwards).toEqual([`give up ${offer.dispatch} kitchen`])
  })

  it('because everybody left, leaves the room as it is', async () => {
    const { talk } = await enter('kitchen')
    talk.end({ why: 'empty' })
    await settle()
    expect(said('job').at(-1)).toMatchObject({ status: 'success' })
    expect(afterwards).toEqual([])
  })
})

describe("the server's word that a job is over", () => {
  it('ends the conversation if its dispatch was deleted', async () => {
    const { offer, talk } = await enter('kitchen')
    rooms.rooms.get('kitchen')!.dispatches = []
    await jobs.terminated(offer.id)
    await settle()
    expect(talk.closes).toBe(1)
    expect(afterwards).toEqual([])
  })

  it('does not end one whose dispatch is still there: it has only joined anew', async () => {
    const { offer, talk } = await enter('kitchen')
    await jobs.terminated(offer.id)
    expect(talk.closes).toBe(0)
    // From now on the server will not tell us.
    rooms.rooms.get('kitchen')!.dispatches = []
    await jobs.recheck()
    expect(talk.closes).toBe(1)
  })

  it('is missed while we are not registered: afterwards we look ourselves', async () => {
    const { talk } = await enter('kitchen')
    await jobs.recheck()
    expect(rooms.asked).not.toContain('dispatches kitchen')
    jobs.forgotten()
    rooms.rooms.get('kitchen')!.dispatches = []
    await jobs.recheck()
    expect(talk.closes).toBe(1)
  })

  it('is not to be had from a server that has restarted: a conversation that found its people again stays', async () => {
    const { talk } = await enter('kitchen')
    jobs.forgotten()
    rooms.rooms.delete('kitchen')
    const kitchen = rooms.open('kitchen')
    await jobs.recheck()
    expect(talk.closes).toBe(0)
    talk.end({ why: 'removed', reason: 'by hand' })
    await settle()
    expect(afterwards).toEqual([`give up ${kitchen.dispatches[0]!.id} kitchen`])
  })

  it('is not presumed where LiveKit does not answer', async () => {
    const { offer, talk } = await enter('kitchen')
    rooms.isDown = true
    await jobs.terminated(offer.id)
    expect(talk.closes).toBe(0)
  })
})

describe('a worker that drains', () => {
  it('takes nothing more, tells every room, and hands them on', async () => {
    await enter('a')
    await enter('b')
    expect(await jobs.drain(2000)).toEqual([])
    expect(talks.map(talk => talk.closes)).toEqual([1, 1])
    expect(afterwards).toEqual(['hand on a', 'hand on b'])
    rooms.open('c')
    await jobs.offered(offerFor('c'))
    expect(said('decline')).toMatchObject([{ isDone: false }])
  })

  it('says where a conversation was when it hands it on', async () => {
    const { talk } = await enter('kitchen')
    talk.place = 'sealed'
    const left = jobs.drain(1000)
    talk.end({ why: 'closed' })
    await left
    await settle()
    expect(afterwards).toEqual(['hand on kitchen at sealed'])
  })

  it('waits no longer than it was given for one that hangs', async () => {
    const { talk } = await enter('hangs')
    await enter('good')
    talk.onClose = () => {}
    let left: string[] | undefined
    void jobs.drain(2000).then(rooms => (left = rooms))
    await clock.pass(1999)
    expect(left).toBeUndefined()
    await clock.pass(1)
    expect(left).toEqual(['hangs'])
  })

  it('hands on a room that was promised before and is assigned only now', async () => {
    rooms.open('late')
    const offer = offerFor('late')
    await jobs.offered(offer)
    const drained = jobs.drain(2000)
    jobs.assigned(offer, 'jwt')
    await drained
    expect(talks).toHaveLength(0)
    expect(said('job')).toMatchObject([{ status: 'failed' }])
    expect(afterwards).toEqual(['hand on late'])
  })
})
