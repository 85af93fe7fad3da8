import { beforeEach, describe, expect, it } from 'vitest'
import { Channel } from '../../../agent/audio/channel.ts'
import { Lane } from '../../../agent/audio/lane.ts'
import { Mixer } from '../../../agent/audio/mixer.ts'
import { levelOf } from '../../../agent/audio/pcm.ts'
import { levelAt, noise, seeded, tone } from './sounds.ts'

const FRAME = 160

let mixer: Mixer
let out: number[]

beforeEach(() => {
  mixer = new Mixer()
  out = []
})

function join(id: string): Channel {
  const channel = new Channel(new Lane(id, id))
  mixer.add(channel)
  return channel
}

/** Steps the mixer for `frames`; each source makes a lane's sound from the sample where it stands. */
function run(frames: number, sources: ReadonlyMap<Channel, (from: number) => Int16Array>): number[] {
  const before = out.length
  for (let i = 0; i < frames; i++) {
    for (const [channel, source] of sources) channel.lane.push(source(before + i * FRAME))
    out.push(...mixer.step())
  }
  return out.slice(before)
}

const says = (hz: number, level: number) => (from: number) => tone(hz, FRAME, level, from)
/** Words of 300 ms, 100 ms apart: an even tone for seconds would be a fan. */
const talks = (hz: number, level: number) => (from: number) =>
  from % (40 * FRAME) < 30 * FRAME ? tone(hz, FRAME, level, from) : new Int16Array(FRAME)
const silent = () => new Int16Array(FRAME)

describe('voices', () => {
  it('at once, up to four, are each within 3 dB of what they are alone, whatever their microphones', () => {
    const people = [
      { hz: 500, level: -12 },
      { hz: 700, level: -26 },
      { hz: 1100, level: -38 },
      { hz: 1500, level: -20 },
    ].map(one => ({ ...one, channel: join(String(one.hz)) }))
    const alone = people.map(({ hz, level, channel }) => {
      const sources = new Map(people.map(one => [one.channel, silent as (from: number) => Int16Array]))
      run(40, sources)
      const heard = run(800, sources.set(channel, talks(hz, level)))
      return levelAt(hz, heard.slice(-80 * FRAME))
    })
    const together = run(120, new Map(people.map(({ channel, hz, level }) => [channel, talks(hz, level)])))
    for (const [i, { hz }] of people.entries())
      expect(Math.abs(levelAt(hz, together.slice(-80 * FRAME)) - alone[i]!)).toBeLessThan(3)
    expect(Math.max(...together.map(Math.abs))).toBeLessThan(32_767)
  })

  it('at once and as loud as can be are bent, never cut off or wrapped around', () => {
    const people = [500, 700, 1100, 1500].map(hz => ({ hz, channel: join(String(hz)) }))
    const heard = run(100, new Map(people.map(({ hz, channel }) => [channel, says(hz, -3)])))
    expect(Math.max(...heard.map(Math.abs))).toBeLessThan(32_767)
    // Cut tops are flat.
    const flat = heard.filter((sample, i) => Math.abs(sample) > 30_000 && sample === heard[i - 1])
    expect(flat.length).toBeLessThan(heard.length / 1_000)
    for (const { hz } of people) expect(levelAt(hz, heard.slice(-30 * FRAME))).toBeGreaterThan(-20)
  })

  it('come to a common loudness slowly, within bounds, and keep it through silence', () => {
    const ana = join('ana')
    const level = (frames: number, at: number) =>
      levelAt(700, run(frames, new Map([[ana, talks(700, at)]])).slice(-30 * FRAME, -15 * FRAME))
    const first = level(40, -40)
    expect(first).toBeLessThan(-38)
    const later = level(800, -40)
    expect(Math.abs(later - -26)).toBeLessThan(1)
    run(2_000, new Map([[ana, silent]]))
    expect(Math.abs(level(40, -40) - later)).toBeLessThan(1)
    // Six dB down, and no more.
    expect(level(1_200, -6)).toBeGreaterThan(-13)
    expect(level(40, -6)).toBeLessThan(-11)
  })

  it('more than four: the loudest four are heard, and who is heard is not changed for a moment of another', () => {
    const people = [500, 700, 1100, 1500, 1900].map((hz, i) => ({
      hz,
      level: -20 - i,
      channel: join(String(hz)),
    }))
    const sources = new Map(people.map(({ channel, hz, level }) => [channel, says(hz, level)]))
    const heard = run(100, sources)
    for (const { hz } of people.slice(0, 4))
      expect(levelAt(hz, heard.slice(-50 * FRAME))).toBeGreaterThan(-30)
    expect(levelAt(1900, heard.slice(-50 * FRAME))).toBeLessThan(-60)
    expect(mixer.leftOutMs).toBeGreaterThan(900)
    // Three dB more are not enough to push somebody out, ten are.
    const louder = run(50, new Map(sources).set(people[4]!.channel, says(1900, -20)))
    expect(levelAt(1900, louder.slice(-20 * FRAME))).toBeLessThan(-60)
    const loudest = run(50, new Map(sources).set(people[4]!.channel, says(1900, -10)))
    expect(levelAt(1900, loudest.slice(-20 * FRAME))).toBeGreaterThan(-30)
  })

  it('begin without losing their beginning, however many microphones are open', () => {
    const channels = Array.from({ length: 20 }, (_, i) => join(String(i)))
    const random = seeded(1)
    const sources = new Map<Channel, (from: number) => Int16Array>(
      channels.map(one => [one, () => noise(FRAME, -65, random)]),
    )
    run(100, sources)
    const heard = run(4, sources.set(channels[7]!, says(1000, -24)))
    expect(levelAt(1000, heard.slice(0, FRAME))).toBeGreaterThan(-32)
    expect(levelAt(1000, heard.slice(FRAME, 2 * FRAME))).toBeGreaterThan(-26)
  })

  it('come in and go out without a step', () => {
    const [ana, ben] = [join('ana'), join('ben')]
    const heard = [
      ...run(20, new Map([[ana, says(400, -26)]])),
      ...run(20, new Map([[ben, says(400, -26)]])),
      ...run(60, new Map()),
    ]
    let steepest = 0
    for (let i = 1; i < heard.length; i++) steepest = Math.max(steepest, Math.abs(heard[i]! - heard[i - 1]!))
    // What a sine of 400 Hz does by itself, and as much again for the switch in the middle.
    const own = Math.SQRT2 * 10 ** (-26 / 20) * 32_768 * ((2 * Math.PI * 400) / 16_000)
    expect(steepest).toBeLessThan(own * 2.2)
  })
})

describe('twenty open microphones on which nobody talks', () => {
  it('sound like one', () => {
    const random = seeded(2)
    const alone = run(300, new Map([[join('0'), () => noise(FRAME, -50, random)]]))
    for (let i = 1; i < 20; i++) join(String(i))
    const all = run(300, new Map(mixer.channels.map(one => [one, () => noise(FRAME, -50, random)])))
    const one = levelOf(Int16Array.from(alone.slice(-100 * FRAME)))
    const twenty = levelOf(Int16Array.from(all.slice(-100 * FRAME)))
    expect(twenty - one).toBeLessThan(1.5)
  })

  it('are not taken for people who talk, be they as noisy as a fan', () => {
    const random = seeded(3)
    const channels = Array.from({ length: 20 }, (_, i) => join(String(i)))
    run(300, new Map(channels.map((one, i) => [one, () => noise(FRAME, -60 + i, random)])))
    expect(channels.filter(({ speaker }) => speaker.isTalking)).toEqual([])
  })
})
