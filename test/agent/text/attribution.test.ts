import { describe, expect, it } from 'vitest'
import type { Slice } from '../../../agent/audio/timeline.ts'
import { attribute, wordsOf } from '../../../agent/text/attribution.ts'
import type { Word } from '../../../agent/text/division.ts'

const slice = (fromMs: number, toMs: number, ...who: string[]): Slice => ({
  fromMs,
  toMs,
  who: who.map(identity => ({ identity, trackId: `TR_${identity}` })),
})

/** A text that came as a whole at `arrivedMs`. */
const whole = (text: string, arrivedMs: number): Word[] =>
  wordsOf(text).map(word => ({ text: word, arrivedMs }))

const told = (words: Word[], slices: Slice[]) =>
  attribute(words, slices).map(({ who, text }) => `${who.map(({ identity }) => identity).join('+')}:${text}`)

describe('a text', () => {
  it('belongs to whoever spoke alone', () => {
    expect(told(whole('Good morning, all.', 2_500), [slice(0, 1_800, 'ana')])).toEqual([
      'ana:Good morning, all.',
    ])
  })

  it('of two who took turns is parted between them, at the end of a sentence', () => {
    const slices = [slice(0, 2_100, 'ana'), slice(2_300, 3_900, 'ben')]
    expect(
      told(whole('Shall we meet on Thursday after lunch? No, I am away that day.', 4_500), slices),
    ).toEqual(['ana:Shall we meet on Thursday after lunch?', 'ben: No, I am away that day.'])
  })

  it('of two who took turns is parted right though one speaks half as fast', () => {
    const slices = [slice(0, 3_800, 'ana'), slice(4_000, 5_500, 'ben')]
    expect(
      told(whole('Shall we meet on Thursday after lunch? No, I am away that day.', 6_000), slices),
    ).toEqual(['ana:Shall we meet on Thursday after lunch?', 'ben: No, I am away that day.'])
  })

  it('of three in a row is parted in three', () => {
    const slices = [slice(0, 1_500, 'ana'), slice(1_600, 2_200, 'ben'), slice(2_300, 4_000, 'cho')]
    expect(told(whole('Who has the report? I do. Then please send it to us.', 4_500), slices)).toEqual([
      'ana:Who has the report?',
      'ben: I do.',
      'cho: Then please send it to us.',
    ])
  })

  it('of two who talked at once is both of theirs', () => {
    const slices = [slice(0, 200, 'ana'), slice(200, 1_900, 'ana', 'ben'), slice(1_900, 2_000, 'ben')]
    expect(told(whole('yes I think no wait so too', 2_500), slices)).toEqual([
      'ana+ben:yes I think no wait so too',
    ])
  })

  it('keeps a short overlap at a change of speakers from anybody’s words', () => {
    const slices = [slice(0, 2_000, 'ana'), slice(2_000, 2_100, 'ana', 'ben'), slice(2_100, 3_600, 'ben')]
    expect(told(whole('Shall we meet on Thursday, Ben? No, I am away that day.', 4_000), slices)).toEqual([
      'ana:Shall we meet on Thursday, Ben?',
      'ben: No, I am away that day.',
    ])
  })

  it('that comes in one mark for a whole turn is everybody’s who had a good part in it', () => {
    const slices = [slice(0, 2_000, 'ana'), slice(2_100, 3_600, 'ben'), slice(3_700, 3_900, 'cho')]
    expect(told(whole('[3.7 s of speech]', 4_000), slices)).toEqual(['ana+ben:[3.7 s of speech]'])
  })

  it('does not hold a cough that was long before it', () => {
    const slices = [slice(0, 300, 'ben'), slice(3_000, 5_000, 'ana')]
    expect(told(whole('Shall we meet on Thursday, then?', 5_500), slices)).toEqual([
      'ana:Shall we meet on Thursday, then?',
    ])
  })

  it('that comes late is not taken for what somebody else has said since', () => {
    const slices = [slice(0, 2_000, 'ana'), slice(3_000, 4_400, 'ben')]
    expect(told(whole('Shall we meet on Thursday, then?', 4_600), slices)).toEqual([
      'ana:Shall we meet on Thursday, then?',
    ])
  })
})

describe('pieces', () => {
  it('that came before somebody began are not theirs', () => {
    const words = [
      ...wordsOf('one two three four five').map((text, i) => ({ text, arrivedMs: 600 + i * 300 })),
      ...wordsOf(' six seven').map((text, i) => ({ text, arrivedMs: 2_800 + i * 300 })),
    ]
    const slices = [slice(0, 1_200, 'ana'), slice(2_300, 4_300, 'ben')]
    expect(told(words, slices)).toEqual(['ana:one two three four five', 'ben: six seven'])
  })

  it('are never taken for speech after their arrival', () => {
    const words = whole('one two', 900)
    expect(told(words, [slice(0, 800, 'ana'), slice(1_000, 2_000, 'ben')])).toEqual(['ana:one two'])
  })

  it('with times go to whoever talked at that time, and in an overlap to both', () => {
    const at = (text: string, fromMs: number, toMs: number) => ({
      text,
      arrivedMs: 5_000,
      span: { fromMs, toMs },
    })
    const words = [
      at('a', 0, 300),
      at(' b', 350, 700),
      at(' c', 1_050, 1_300),
      at(' d', 1_450, 1_900),
      at(' e', 2_500, 2_600),
    ]
    const slices = [slice(0, 1_000, 'ana'), slice(1_000, 1_350, 'ana', 'ben'), slice(1_350, 2_000, 'ben')]
    expect(told(words, slices)).toEqual(['ana:a b', 'ana+ben: c', 'ben: d e'])
  })
})

describe('labels', () => {
  /** Dialogues of people with paces of their own, written down as a whole or in late pieces; counts the characters that were put right. */
  function score(overlap: boolean, inPieces: boolean): number {
    let state = 7
    const random = () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return state / 2 ** 31
    }
    const vocabulary =
      'the report from north is late again and nobody knows when they will send what we asked for'.split(' ')
    let right = 0
    let all = 0
    for (let turn = 0; turn < 300; turn++) {
      const said: { who: string; words: string[]; fromMs: number; toMs: number }[] = []
      let at = 1_000
      const speakers = overlap ? 2 : 1 + Math.floor(random() * 3)
      for (let i = 0; i < speakers; i++) {
        const words = Array.from(
          { length: 4 + Math.floor(random() * 10) },
          () => vocabulary[Math.floor(random() * vocabulary.length)]!,
        )
        words[words.length - 1] += '.'
        const pace = 55 + random() * 25
        const lasts = words.join(' ').length * pace
        const fromMs = overlap && i === 1 ? said[0]!.fromMs + 200 * random() : at
        said.push({ who: ['ana', 'ben', 'cho'][i]!, words, fromMs, toMs: fromMs + lasts })
        at = fromMs + lasts + 150 + random() * 300
      }
      const cuts = [...new Set(said.flatMap(one => [one.fromMs, one.toMs]))].sort((a, b) => a - b)
      const slices = cuts.slice(1).flatMap((toMs, i) => {
        const who = said.filter(one => one.fromMs < toMs && one.toMs > cuts[i]!).map(one => one.who)
        return who.length > 0 ? [slice(cuts[i]!, toMs, ...who)] : []
      })
      const end = cuts.at(-1)! + 600
      // Words of people who talk at once come out in the order of their times.
      const words = said
        .flatMap(({ who, words, fromMs, toMs }) =>
          words.map((word, i) => ({
            who,
            word: `${who}-${word}`,
            atMs: fromMs + ((toMs - fromMs) * (i + 1)) / words.length,
          })),
        )
        .sort((a, b) => a.atMs - b.atMs)
      const runs = attribute(
        words.map(({ word, atMs }) => ({
          text: `${word} `,
          arrivedMs: inPieces ? atMs + 300 + 500 * random() : end,
        })),
        slices,
      )
      for (const { who, text } of runs)
        for (const word of text.split(' ').filter(Boolean)) {
          all++
          if (who.some(({ identity }) => word.startsWith(identity))) right++
        }
    }
    return right / all
  }

  it('are right for people who take turns within one turn of the model', () => {
    expect(score(false, false)).toBeGreaterThan(0.99)
    expect(score(false, true)).toBeGreaterThan(0.99)
  })

  it('name everybody who talked in an overlap', () => {
    expect(score(true, false)).toBeGreaterThan(0.95)
    expect(score(true, true)).toBeGreaterThan(0.95)
  })
})
