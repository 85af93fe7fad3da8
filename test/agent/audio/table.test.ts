import { describe, expect, it } from 'vitest'
import { Hearing } from '../../../agent/audio/hearing.ts'
import { seeded } from '../../bench/statistics.ts'
import { type HeardWord, WordDecoder, word } from '../../bench/words.ts'
import { FakeClock } from '../../fakes/clock.ts'

const FRAME = 160

type Said = { who: number; id: number; atMs: number }
/** A microphone that is off for a while: muted, or its owner gone. */
type Off = { who: number; fromMs: number; toMs: number }

/** People with open microphones say words at these times, ms; what a model could make out of the one stream. */
function table(people: number, said: readonly Said[], lastsMs: number, off: readonly Off[] = []) {
  const clock = new FakeClock()
  const decoder = new WordDecoder(people, 16_000)
  const words: HeardWord[] = []
  let [samples, peak] = [0, 0]
  const heard: number[] = []
  const hearing = new Hearing(clock, {
    onSound: pcm => {
      samples += pcm.length
      heard.push(...pcm)
      peak = Math.max(peak, ...pcm.map(Math.abs))
      words.push(...decoder.push(pcm))
    },
    onPause: () => {},
    onTalk: () => {},
  })
  const sounds = Array.from({ length: people }, () => new Int16Array(lastsMs * 16 + FRAME))
  for (const { who, id, atMs } of said) sounds[who]!.set(word(who, id, 16_000), atMs * 16)
  const microphones = sounds.map((_, who) => hearing.open(`TR_${who}`, `p${who}`))
  const random = seeded(8)
  for (let ms = 0; ms < lastsMs; ms += 10) {
    for (const one of off) {
      if (one.fromMs === ms) microphones[one.who]!.close()
      if (one.toMs === ms) microphones[one.who] = hearing.open(`TR_${one.who}_${ms}`, `p${one.who}`)
    }
    for (const [who, microphone] of microphones.entries())
      if (!off.some(one => one.who === who && one.fromMs <= ms && ms < one.toMs))
        microphone.push(sounds[who]!.slice(ms * 16, ms * 16 + FRAME).map(one => one + (random() - 0.5) * 20))
    clock.pass(10)
  }
  hearing.close()
  return { words, clock: samples / (lastsMs * 16), peak, hearing, heard }
}

describe('everybody at the table', () => {
  it('is one stream at real time, be they one or twenty', () => {
    for (const people of [1, 2, 5, 20])
      expect(Math.abs(table(people, [], 10_000).clock - 1)).toBeLessThan(0.005)
  })

  it('is understood, word for word, up to four at once, with none of them quieter than alone', () => {
    for (const count of [1, 2, 3, 4]) {
      // Everybody says two words first: their loudness is known then.
      const first = [0, 1, 2, 3].flatMap(who =>
        Array.from({ length: 10 }, (_, i) => ({ who, id: i % 8, atMs: 200 + (who * 10 + i) * 400 })),
      )
      const together = [0, 1, 2, 3, 4, 5].flatMap(round =>
        Array.from({ length: count }, (_, i) => ({
          who: (round + i) % 4,
          id: (round + 3 * i) % 8,
          atMs: 16_600 + round * 500 + 20 * i,
        })),
      )
      const { words, peak } = table(4, [...first, ...together], 20_000)
      for (const { who, id, atMs } of together) {
        const found = words.find(
          one => one.person === who && one.id === id && Math.abs(one.from / 16 - atMs) < 80,
        )
        expect(found, `${count} at once: word ${id} of ${who}`).toBeDefined()
        const alone = words.findLast(one => one.person === who && one.from / 16 < 16_500)!
        expect(Math.abs(20 * Math.log10(found!.level / alone.level))).toBeLessThan(3)
      }
      expect(peak).toBeLessThan(32_767)
    }
  })

  it('is known by name, each word of it', () => {
    const said = Array.from({ length: 40 }, (_, i) => ({ who: (i * 3) % 7, id: i % 8, atMs: 300 + i * 400 }))
    const { words, hearing } = table(20, said, 17_000)
    expect(words).toHaveLength(40)
    for (const { person, from } of words) {
      const names = hearing.timeline.whoSpoke(from / 16 + 40, from / 16 + 180).map(({ identity }) => identity)
      expect(names).toEqual([`p${person}`])
    }
  })

  it('is known by all their names, where two talk at once', () => {
    const said = Array.from({ length: 20 }, (_, i) => [
      { who: i % 7, id: i % 8, atMs: 300 + i * 600 },
      { who: (i + 1 + (i % 5)) % 7, id: (i + 3) % 8, atMs: 340 + i * 600 },
    ]).flat()
    const { words, hearing } = table(20, said, 13_000)
    expect(words).toHaveLength(40)
    for (const { person, from } of words) {
      const names = hearing.timeline.whoSpoke(from / 16 + 60, from / 16 + 180).map(({ identity }) => identity)
      expect(names).toHaveLength(2)
      expect(names).toContain(`p${person}`)
    }
  })

  it('hears nothing of a microphone that is off, and its first word when it is on again', () => {
    const muted = { who: 1, fromMs: 1_000, toMs: 2_000 }
    // In the middle of a word they are muted, in the middle of one unmuted, and they say one at once.
    const said = [
      { who: 1, id: 5, atMs: 300 },
      { who: 1, id: 3, atMs: 880 },
      { who: 1, id: 2, atMs: 1_400 },
      { who: 1, id: 6, atMs: 2_000 },
    ]
    const { words, heard } = table(4, said, 3_000, [muted])
    expect(words.filter(({ id }) => id !== undefined).map(({ id }) => id)).toEqual([5, 6])
    const most = (fromMs: number, toMs: number) =>
      Math.max(...heard.slice(fromMs * 16, toMs * 16).map(Math.abs))
    expect(most(900, 1_000)).toBeGreaterThan(1_000)
    expect(most(1_030, 1_990)).toBeLessThan(30)
  })

  it('loses no word of anybody because another leaves in the middle of one, or comes back talking', () => {
    const said = Array.from({ length: 12 }, (_, i) => [
      { who: 0, id: i % 8, atMs: 300 + i * 400 },
      { who: 2, id: (i + 3) % 8, atMs: 360 + i * 400 },
      { who: 1, id: (i + 5) % 8, atMs: 240 + i * 400 },
    ]).flat()
    const off = [0, 1, 2].map(i => ({ who: 1, fromMs: 700 + i * 1_200, toMs: 1_300 + i * 1_200 }))
    const { words } = table(4, said, 5_600, off)
    for (const who of [0, 2])
      expect(words.filter(({ person }) => person === who).map(({ id }) => id)).toEqual(
        said.filter(one => one.who === who).map(({ id }) => id),
      )
  })
})
