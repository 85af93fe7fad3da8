import { describe, expect, it } from 'vitest'
import { Hearing } from '../../../agent/audio/hearing.ts'
import { seeded } from '../../bench/statistics.ts'
import { type HeardWord, WordDecoder, word } from '../../bench/words.ts'
import { FakeClock } from '../../fakes/clock.ts'

const FRAME = 160

/** People with open microphones say words at these times, ms; what a model could make out of the one stream. */
function table(people: number, said: readonly { who: number; id: number; atMs: number }[], lastsMs: number) {
  const clock = new FakeClock()
  const decoder = new WordDecoder(people, 16_000)
  const words: HeardWord[] = []
  let [samples, peak] = [0, 0]
  const hearing = new Hearing(clock, {
    onSound: pcm => {
      samples += pcm.length
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
    for (const [who, microphone] of microphones.entries())
      microphone.push(sounds[who]!.slice(ms * 16, ms * 16 + FRAME).map(one => one + (random() - 0.5) * 20))
    clock.pass(10)
  }
  hearing.close()
  return { words, clock: samples / (lastsMs * 16), peak, hearing }
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
})
