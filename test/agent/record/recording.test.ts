import { describe, expect, it } from 'vitest'
import { levelOf } from '../../../agent/audio/pcm.ts'
import { Recording } from '../../../agent/record/recording.ts'
import { Side } from '../../../agent/record/side.ts'

const constant = (value: number, length: number) => new Int16Array(length).fill(value)
const left = (stereo: Int16Array) => stereo.filter((_, i) => i % 2 === 0)
const right = (stereo: Int16Array) => stereo.filter((_, i) => i % 2 === 1)

describe('a side of a recording', () => {
  it('holds sound where it belongs, and silence between', () => {
    const side = new Side(20)
    side.put(constant(1, 160), 100)
    side.put(constant(2, 160), 200)
    const pcm = side.take(16 * 300)
    expect([pcm[1_599], pcm[1_600], pcm[1_759], pcm[1_760], pcm[3_200]]).toEqual([0, 1, 1, 0, 2])
    expect(side.lost).toBe(0)
  })

  it('puts late and early sound of one voice without a seam', () => {
    const side = new Side(600)
    for (let i = 0; i < 100; i++) side.put(constant(i + 1, 160), i * 10 + (i % 3) * 15 - 10)
    const pcm = side.take(16_000)
    expect(pcm).toEqual(Int16Array.from({ length: 16_000 }, (_, i) => Math.floor(i / 160) + 1))
  })

  it('forgets what was not heard after an interruption', () => {
    const side = new Side(40)
    side.put(constant(1, 16_000), 0)
    side.cut(500)
    side.put(constant(2, 1_600), 700)
    const pcm = side.take(16_000)
    expect([pcm[7_999], pcm[8_000], pcm[11_199], pcm[11_200], pcm[12_800]]).toEqual([1, 0, 0, 2, 0])
  })

  it('is bounded: what has no place is counted', () => {
    const side = new Side(40)
    side.put(constant(1, 16_000 * 8), 0)
    expect(side.lost).toBe(16_000 * 3)
    side.take(16_000 * 10)
    side.put(constant(1, 160), 0)
    expect(side.lost).toBe(16_000 * 3 + 160)
  })
})

describe('a recording', () => {
  it('has the people left and the agent right, each at the time it was heard', () => {
    const recording = new Recording()
    for (let at = 10; at <= 3_000; at += 10) recording.people(constant(at > 1_000 ? 1_000 : 0, 160), at)
    // A burst of two seconds, from 2 s on: it is heard at real time.
    for (let i = 0; i < 20; i++) recording.agent(constant(2_000, 2_400), 2_000)
    const stereo = Int16Array.from([...recording.take(4_500), ...recording.take(6_000)])
    const [people, agent] = [left(stereo), right(stereo)]
    expect(stereo.length).toBe(2 * 4.5 * 16_000)
    expect(people.indexOf(1_000)).toBe(16_000)
    expect(people.lastIndexOf(1_000)).toBe(48_000 - 1)
    expect(levelOf(agent.subarray(0, 31_900))).toBe(Number.NEGATIVE_INFINITY)
    expect(agent[33_000]).toBe(2_000)
    expect(agent[63_000]).toBe(2_000)
    expect(levelOf(agent.subarray(64_100))).toBe(Number.NEGATIVE_INFINITY)
  })

  it('ends an answer where it was interrupted', () => {
    const recording = new Recording()
    recording.agent(constant(2_000, 24_000), 0)
    recording.interrupted(400)
    const agent = right(recording.take(2_000, true))
    expect(agent[6_300]).toBe(2_000)
    expect(levelOf(agent.subarray(6_400))).toBe(Number.NEGATIVE_INFINITY)
  })

  it('loses nothing of hours, second by second, in the memory of seconds', () => {
    const recording = new Recording()
    let samples = 0
    let loud = 0
    for (let at = 1_000; at <= 2 * 3_600_000; at += 1_000) {
      if (at % 60_000 === 0) recording.agent(constant(500, 24_000), at)
      const stereo = recording.take(at)
      samples += stereo.length / 2
      if (at % 60_000 === 3_000) loud += right(stereo).some(sample => sample !== 0) ? 1 : 0
    }
    expect(samples).toBe((2 * 3_600 - 1.5) * 16_000)
    expect(loud).toBe(2 * 60 - 1)
    expect(recording.lost).toBe(0)
  })
})
