import { describe, expect, test } from 'vitest'
import { levelOf } from '../../../agent/audio/pcm.ts'
import { samplesFrom, toBase64 } from '../../../web/page/direct/base64.ts'
import { Downsampler } from '../../../web/page/direct/downsampler.ts'
import { PlayQueue } from '../../../web/page/direct/play-queue.ts'

/** A tone of -12 dBFS through the sound card's blocks of 128 samples. */
function throughCard(frequency: number, rate: number, seconds = 1): Int16Array {
  const downsampler = new Downsampler(rate, 16_000)
  const out: number[] = []
  for (let at = 0; at < rate * seconds; at += 128)
    out.push(
      ...downsampler.push(
        Float32Array.from(
          { length: 128 },
          (_, i) => 0.355 * Math.sin(((at + i) * 2 * Math.PI * frequency) / rate),
        ),
      ),
    )
  return Int16Array.from(out)
}

describe('a microphone', () => {
  test.each([16_000, 44_100, 48_000, 96_000])('at %i Hz is heard at 16 kHz, as long and as loud', rate => {
    const pcm = throughCard(1_000, rate)
    expect(Math.abs(pcm.length - 16_000)).toBeLessThan(120)
    expect(levelOf(pcm.subarray(500, -500))).toBeCloseTo(-12, 0)
  })

  test('has no tone that was none: what 16 kHz cannot hold is left out', () => {
    expect(levelOf(throughCard(11_000, 48_000).subarray(500, -500))).toBeLessThan(-60)
  })

  test('runs for long without drifting or growing', () => {
    expect(Math.abs(throughCard(400, 44_100, 20).length - 320_000)).toBeLessThan(120)
  })

  test('at full scale stays at full scale', () => {
    const downsampler = new Downsampler(48_000, 16_000)
    const pcm = downsampler.push(new Float32Array(4_800).fill(1))
    expect(pcm.at(-1)).toBe(32_767)
  })
})

describe('what waits to be played', () => {
  const pull = (queue: PlayQueue, count: number) => {
    const out = new Float32Array(count).fill(9)
    queue.pull(out)
    return [...out]
  }

  test('comes out in order, over the edges of its pieces, and silence after it', () => {
    const queue = new PlayQueue()
    queue.push(Int16Array.from([16_384, -16_384, 0]))
    queue.push(Int16Array.from([32_767]))
    expect(pull(queue, 2)).toEqual([0.5, -0.5])
    expect(pull(queue, 3)[1]).toBeCloseTo(1, 3)
    expect(queue.length).toBe(0)
    expect(pull(queue, 2)).toEqual([0, 0])
  })

  test('is forgotten at once when somebody interrupts', () => {
    const queue = new PlayQueue()
    queue.push(new Int16Array(1_000).fill(1_000))
    pull(queue, 10)
    queue.flush()
    expect(queue.length).toBe(0)
    expect(pull(queue, 3)).toEqual([0, 0, 0])
    queue.push(Int16Array.from([16_384]))
    expect(pull(queue, 1)).toEqual([0.5])
  })

  test('is five minutes at most', () => {
    const queue = new PlayQueue()
    for (let i = 0; i < 6; i++) queue.push(new Int16Array(24_000 * 60))
    expect(queue.length).toBe(24_000 * 300)
  })
})

describe('base64', () => {
  test('is read in both alphabets, and half a sample at its end is cut off', () => {
    expect([...samplesFrom('//8BAA==')]).toEqual([-1, 1])
    expect([...samplesFrom('__8BAA==')]).toEqual([-1, 1])
    expect([...samplesFrom(btoa('\x01\x00\x02'))]).toEqual([1])
  })

  test('is written for more than an engine takes at once', () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i)
    expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
  })
})
