import { ParticipantKind, type Room, RoomEvent } from '@livekit/rtc-node'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Log } from '../../../agent/log.ts'
import type { Book } from '../../../agent/record/keeper.ts'
import { Company } from '../../../agent/room/company.ts'
import type { Controls } from '../../../agent/room/controls.ts'
import type { Face } from '../../../agent/room/face.ts'
import { Stats } from '../../../agent/stats.ts'
import { FakeClock } from '../../fakes/clock.ts'
import { FakeRoom } from '../../fakes/room.ts'

let clock: FakeClock
let room: FakeRoom
let company: Company
let stats: Stats
let told: string[]
let typed: string[]

beforeEach(() => {
  clock = new FakeClock()
  room = new FakeRoom()
  stats = new Stats()
  told = []
  typed = []
})

/** @param tell where lines for the model go; left out where it is told nothing */
function gather(tell: ((line: string) => void) | undefined): void {
  company = new Company(room as unknown as Room, {
    clock,
    log: new Log({}, 'error', () => {}),
    stats,
    book: { isKept: false, add: () => {} } as unknown as Book,
    typed: (person, line) => typed.push(`${person.name}: ${line}`),
    left: () => {},
    isQuiet: () => true,
    tell,
  })
  company.receive({ sign: { show: () => {} } } as unknown as Face, {} as Controls)
}

/** Everything that the model could be told of. */
function meet(): void {
  company.introduce()
  clock.pass(3_000)
  room.join('p1', 'Ana')
  room.join('p2', 'Ben')
  clock.pass(3_000)
  company.spoke('p2')
  clock.pass(3_000)
  room.rename('p2', 'Benjamin')
  clock.pass(3_000)
  company.spoke('p2')
  clock.pass(3_000)
  room.leave('p1')
  clock.pass(3_000)
}

describe('the model', () => {
  it('is told who is here under their names of the moment', () => {
    gather(line => told.push(line))
    meet()
    expect(told).toEqual([
      '[room] Here now: nobody.',
      '[room] Joined: "Ana", "Ben". Here now: "Ana", "Ben".',
      '[room] Last to speak: "Ben".',
      '[room] "Ben" is called "Benjamin" now. Here now: "Ana", "Benjamin".',
      '[room] Left: "Ana". Here now: "Benjamin".',
    ])
    company.close()
    expect(clock.pending).toBe(0)
  })

  it('is told two of the same name apart, and no agent, recorder or avatar', () => {
    gather(line => told.push(line))
    room.join('p1', 'Ana')
    room.join('p2', 'Ana')
    room.join('bot', 'Bot', ParticipantKind.AGENT)
    room.join('rec', 'Recorder', ParticipantKind.EGRESS)
    room.join('face', 'Face', ParticipantKind.STANDARD, { 'lk.publish_on_behalf': 'bot' })
    clock.pass(3_000)
    company.spoke('p2')
    clock.pass(3_000)
    expect(told).toEqual(['[room] Here now: "Ana", "Ana (2)".', '[room] Last to speak: "Ana (2)".'])
    expect([company.nameOf('p1'), company.nameOf('p2')]).toEqual(['Ana', 'Ana (2)'])
    company.close()
  })

  it('is told nothing where it is not to know, by no line and no timer', () => {
    gather(undefined)
    meet()
    expect(clock.pending).toBe(0)
    expect(company.nameOf('p2')).toBe('Benjamin')
    company.close()
  })
})

describe('typed lines', () => {
  it('come under the name of their author, of people alone', async () => {
    gather(undefined)
    room.join('p1', 'Ana')
    room.join('p2', 'Ana')
    room.join('bot', 'Bot', ParticipantKind.AGENT)
    room.type('bot', 'I am not there')
    room.type('nobody', 'nor am I')
    room.type('p2', ' hello ')
    await vi.waitFor(() => expect(typed).toEqual(['Ana (2): hello']))
    clock.pass(4_000)
    expect(clock.pending).toBe(0)
  })

  it('of somebody whom LiveKit has not told of yet wait for that, in order', async () => {
    gather(undefined)
    room.type('p1', 'one')
    room.type('p1', 'two')
    await new Promise(setImmediate)
    clock.pass(3_000)
    expect(typed).toEqual([])
    room.join('p1', 'Ana')
    room.type('p1', 'three')
    await vi.waitFor(() => expect(typed).toEqual(['Ana: one', 'Ana: two', 'Ana: three']))
    expect(clock.pending).toBe(0)
  })

  it('of somebody who came unannounced during a reconnection wait for its end', async () => {
    gather(undefined)
    room.type('p1', 'one')
    await new Promise(setImmediate)
    room.meet('p1', 'Ana')
    room.emit(RoomEvent.Reconnected)
    await vi.waitFor(() => expect(typed).toEqual(['Ana: one']))
    expect(clock.pending).toBe(0)
  })

  it('of a hundred who are never told of are waited for, and no more', async () => {
    gather(undefined)
    for (let line = 0; line < 500; line++) room.type(`hidden-${line}`, 'psst')
    await new Promise(setImmediate)
    expect(clock.pending).toBe(100)
    company.close()
    expect(clock.pending).toBe(0)
  })

  it('of one who floods the chat stop, and those of others do not', async () => {
    gather(undefined)
    room.join('p1', 'Ana')
    room.join('p2', 'Ben')
    for (let line = 0; line < 100; line++) room.type('p1', `${line}`)
    room.type('p2', 'may I?')
    await vi.waitFor(() => expect(typed).toHaveLength(11))
    expect(typed.at(-1)).toBe('Ben: may I?')
    expect(stats.get('chat_lines_refused')).toBe(90)
  })
})
