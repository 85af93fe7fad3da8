import { describe, expect, it } from 'vitest'
import { seeded } from './statistics.ts'
import { type HeardWord, MOST_PEOPLE, WORDS, WordDecoder, word } from './words.ts'

const rate = 16_000

function hear(sound: Int16Array, chunk = 160): HeardWord[] {
  const decoder = new WordDecoder(MOST_PEOPLE, rate)
  const words: HeardWord[] = []
  for (let at = 0; at < sound.length; at += chunk) words.push(...decoder.push(sound.subarray(at, at + chunk)))
  return words
}

/** Words placed in ten seconds of faint noise. */
function scene(said: readonly { person: number; id: number; at: number }[]): Int16Array {
  const random = seeded(4)
  const sum = Float64Array.from({ length: 3 * rate }, () => (random() - 0.5) * 60)
  for (const { person, id, at } of said)
    for (const [i, sample] of word(person, id, rate).entries()) sum[at + i]! += sample * 0.6
  return Int16Array.from(sum)
}

describe('tone words', () => {
  it('are each told from all others, of every person', () => {
    for (let person = 0; person < MOST_PEOPLE; person++)
      for (const id of [person % WORDS, 7 - (person % WORDS)]) {
        const words = hear(scene([{ person, id, at: 5_000 }]), 97)
        expect(words.map(one => [one.person, one.id])).toEqual([[person, id]])
        expect(Math.abs(words[0]!.from - 5_000)).toBeLessThan(600)
      }
  })

  it('of four neighbours at once are all told', () => {
    const said = [7, 8, 9, 10].map((person, i) => ({ person, id: (i * 3) % WORDS, at: 4_000 + 37 * i }))
    const words = hear(scene(said)).sort((a, b) => a.person - b.person)
    expect(words.map(({ person, id }) => ({ person, id }))).toEqual(
      said.map(({ person, id }) => ({ person, id })),
    )
  })

  it('of which half is missing are no words', () => {
    const sound = scene([{ person: 3, id: 5, at: 4_000 }])
    sound.fill(0, 4_000, 4_000 + 2_000)
    expect(hear(sound).filter(({ id }) => id !== undefined)).toEqual([])
  })
})
