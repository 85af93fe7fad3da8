import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeOpus } from '../../../agent/audio/opus.ts'
import { levelOf } from '../../../agent/audio/pcm.ts'
import { readWebM } from '../../../agent/audio/webm.ts'

/** What Chromium's MediaRecorder wrote of a tone: a second of 440 Hz, then 0.6 s of 1,200 Hz, at a level of -13 dBFS. */
const file = readFileSync(join(import.meta.dirname, 'fixtures', 'recorder.webm'))

/** The pitch of `pcm` by how often it rises through zero. */
function pitchOf(pcm: Int16Array): number {
  const rises = pcm.filter((sample, i) => i > 0 && sample >= 0 && pcm[i - 1]! < 0).length
  return (rises * 16_000) / pcm.length
}

describe("a browser's recording", () => {
  it('gives its sound: how long, how loud and what', async () => {
    const pcm = await decodeOpus(readWebM(file), 10_000)
    expect(pcm.length / 16_000).toBeGreaterThan(1.4)
    expect(pcm.length / 16_000).toBeLessThan(1.8)
    expect(pitchOf(pcm.subarray(3_200, 12_800))).toBeCloseTo(440, -1)
    expect(pitchOf(pcm.subarray(-4_800))).toBeCloseTo(1_200, -2)
    expect(levelOf(pcm.subarray(3_200, 12_800))).toBeCloseTo(-13.5, 0)
  })

  it('that was cut short gives what is there', async () => {
    const half = readWebM(file.subarray(0, file.length / 2))
    expect(half.packets.length).toBeGreaterThan(10)
    expect((await decodeOpus(half, 10_000)).length).toBeGreaterThan(8_000)
  })

  it('is cut where it is longer than wanted', async () => {
    expect(await decodeOpus(readWebM(file), 500)).toHaveLength(8_000)
  })

  it('that is damaged does no harm', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const broken = Buffer.from(file)
      for (let i = 0; i < 20; i++)
        broken[(seed * 7_919 + i * 104_729) % broken.length] = (seed * 31 + i * 17) % 256
      const read = () => readWebM(broken)
      let track: ReturnType<typeof read> | undefined
      try {
        track = read()
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
      if (track && seed % 20 === 0) await decodeOpus(track, 2_000)
    }
  })

  it.each([
    ['nothing', new Uint8Array(0)],
    ['zeros', new Uint8Array(1_000)],
    ['noise', Uint8Array.from({ length: 1_000 }, (_, i) => (i * 167) % 256)],
  ])('is not taken for one where it is %s', (_what, bytes) => {
    expect(() => readWebM(bytes)).toThrow(/is no WebM/)
  })
})
