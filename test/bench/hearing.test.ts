import { describe, expect, it } from 'vitest'
import { ANSWER_TONE } from './answer.ts'
import { Hearing, judgeAnswer } from './hearing.ts'
import { seeded } from './statistics.ts'
import { sine } from './tone.ts'

const rate = 48_000
const ms = (count: number) => count * 48

/** Silence, `answer`, silence, pushed in chunks of the given lengths in turn. */
function hear(answer: Int16Array, chunks: readonly number[]) {
  const whole = new Int16Array(ms(100) + answer.length + ms(100))
  whole.set(answer, ms(100))
  const hearing = new Hearing(ANSWER_TONE, rate)
  const edges = []
  for (let from = 0, i = 0; from < whole.length; i++) {
    const to = from + chunks[i % chunks.length]!
    edges.push(...hearing.push(whole.subarray(from, to)))
    from = to
  }
  return edges
}

function withHole(from: number, length: number): Int16Array {
  return sine(ANSWER_TONE, rate, ms(1000)).fill(0, ms(from), ms(from + length))
}

describe('what a person hears of an answer', () => {
  it('begins and ends within 5 ms of where it was put, however the sound is cut into chunks', () => {
    for (const chunks of [[480], [160], [97, 480, 1201], [48_000]]) {
      const edges = hear(sine(ANSWER_TONE, rate, ms(1000)), chunks)
      expect(edges.map(({ isTone }) => isTone)).toEqual([true, false])
      expect(Math.abs(edges[0]!.place - ms(100))).toBeLessThanOrEqual(ms(5))
      expect(Math.abs(edges[1]!.place - ms(1100))).toBeLessThanOrEqual(ms(5))
    }
  })

  it('is whole when nothing is missing', () => {
    const { gaps, gapMs, lastedMs } = judgeAnswer(hear(sine(ANSWER_TONE, rate, ms(1000)), [480]), rate)
    expect([gaps, gapMs]).toEqual([0, 0])
    expect(Math.abs(lastedMs - 1000)).toBeLessThanOrEqual(10)
  })

  it('has a gap where 20 ms are missing, and as many ms of it', () => {
    const { gaps, gapMs, lastedMs } = judgeAnswer(hear(withHole(300, 20), [480]), rate)
    expect(gaps).toBe(1)
    expect(Math.abs(gapMs - 20)).toBeLessThanOrEqual(5)
    expect(Math.abs(lastedMs - 1000)).toBeLessThanOrEqual(10)
  })

  it('is nothing when the agent was silent or spoke at another pitch', () => {
    const nothing = { lastedMs: 0, gaps: 0, gapMs: 0 }
    expect(judgeAnswer(hear(new Int16Array(ms(1000)), [480]), rate)).toEqual(nothing)
    expect(judgeAnswer(hear(sine(1000, rate, ms(1000)), [480]), rate)).toEqual(nothing)
  })

  it('is not taken for a tone when there is only noise', () => {
    const random = seeded(3)
    const noise = Int16Array.from({ length: ms(1000) }, () => (random() - 0.5) * 3000)
    expect(hear(noise, [480])).toEqual([])
  })
})
