import { describe, expect, it } from 'vitest'
import { modelProfile } from '../../../agent/live/models.ts'
import type { Heard } from '../../../agent/rehearsal/hearing/ear.ts'
import { fitting } from '../../../agent/rehearsal/honest/fitting.ts'
import { honestAnswer, sentencesOf } from '../../../agent/rehearsal/honest/honest.ts'
import { Memory } from '../../../agent/rehearsal/life/memory.ts'
import type { Prompt, Scene } from '../../../agent/rehearsal/turns/script.ts'
import { tone } from './client.ts'

const model = modelProfile('gemini-3.8-live')!

function scene(given: Partial<Scene> = {}): Scene {
  return {
    turn: 1,
    session: 's1',
    model,
    voice: 'Kore',
    memory: new Memory('Be brief.', 0),
    declarations: [],
    hasSearch: false,
    leftMs: 90_000,
    isEcho: false,
    ...given,
  }
}

const typed = (words: string): Prompt => ({ kind: 'typed', typed: words, pictures: [] })
const spoke = (speechMs: number, level: number, more: Partial<Heard> = {}): Prompt => ({
  kind: 'speech',
  heard: { speechMs, level, pcm: new Int16Array(0), rate: 16_000, ...more },
  typed: '',
  pictures: [],
})

function said(prompt: Prompt, given: Partial<Scene> = {}): string {
  return honestAnswer(prompt, scene(given))
    .items.map(item => (item.kind === 'say' ? item.text : `<${item.kind}>`))
    .join(' ')
}

describe('what it says', () => {
  it.each([
    [spoke(2_340, -25), 'Rehearsal. I heard 2.3 seconds of speech at a moderate level.'],
    [spoke(1_000, -50), 'Rehearsal. I heard 1 second of speech at a very quiet level.'],
    [spoke(3_000, -40), 'Rehearsal. I heard 3 seconds of speech at a quiet level.'],
    [spoke(12_400, -10), 'Rehearsal. I heard 12 seconds of speech at a loud level.'],
  ])('%j: %s', (prompt, words) => {
    expect(said(prompt)).toBe(words)
  })

  it('says at first that it is a rehearsal, and shorter after', () => {
    expect(said(typed('Hello.'), { turn: 0 })).toBe('This is a rehearsal. You wrote: Hello.')
    expect(said(typed('Hello.'))).toBe('Rehearsal. You wrote: Hello.')
  })

  it('tells pictures with their size', () => {
    const pictures = [320, 640].map(width => ({ mimeType: 'image/jpeg', bytes: 1, width, height: 200 }))
    expect(said({ kind: 'typed', typed: '', pictures })).toBe(
      'Rehearsal. I saw 2 pictures, the last 640 by 200.',
    )
    expect(said({ kind: 'typed', typed: '', pictures: pictures.slice(1) })).toBe(
      'Rehearsal. I saw 1 picture of 640 by 200.',
    )
  })

  it.each([
    ['Which model is this?', 'I stand in for gemini-3.8-live.'],
    ['What voice do you have?', 'My voice is Kore.'],
    ['what tools do you know', 'No tools are declared.'],
    ['How many tokens is that?', 'The context holds 3 tokens.'],
    ['How much time is left?', 'This connection has 90 seconds left.'],
    ['What are your instructions?', 'My instructions are: Be brief.'],
    ['What did I say?', 'Nothing before this.'],
    ['How many answers did you give?', 'I have given 1 answers before this one.'],
  ])('%s %s', (question, answer) => {
    expect(said(typed(question))).toBe(`Rehearsal. ${answer}`)
  })

  it('repeats no more than a paragraph of what somebody wrote', () => {
    expect(said(typed('word '.repeat(1_000))).length).toBeLessThan(800)
  })

  it('cuts long texts where they can be spoken', () => {
    expect(sentencesOf('One. Two!  Three?')).toEqual(['One.', 'Two!', 'Three?'])
    expect(sentencesOf('Version 3.8 is out.')).toEqual(['Version 3.8 is out.'])
    expect(sentencesOf('')).toEqual([])
    for (const text of ['a'.repeat(1_000), 'word '.repeat(300)]) {
      const sentences = sentencesOf(text)
      expect(Math.max(...sentences.map(({ length }) => length))).toBeLessThanOrEqual(200)
      expect(sentences.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
    }
  })
})

describe('the echo', () => {
  it('is turned on and off by a typed line', () => {
    expect(honestAnswer(typed('echo on'), scene()).echo).toBe(true)
    expect(honestAnswer(typed('Echo off.'), scene()).echo).toBe(false)
    expect(honestAnswer(typed('What an echo on this line'), scene()).echo).toBeUndefined()
  })

  it('plays back what was heard, as loud and as long', () => {
    const pcm = tone(500, { rate: 48_000, hz: 300 })
    const [item] = honestAnswer(spoke(500, -20, { pcm, rate: 48_000 }), scene({ isEcho: true })).items
    const sound = item?.kind === 'say' ? item.pcm! : new Int16Array(0)
    expect(sound.length).toBe(12_000)
    const rms = (samples: Int16Array) =>
      Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length)
    expect(rms(sound) / rms(pcm)).toBeCloseTo(1, 1)
  })
})

describe('arguments that fit a schema', () => {
  it.each([
    [{ type: 'STRING' }, 'words'],
    [{ type: 'STRING', enum: ['b', 'c'] }, 'b'],
    [{ type: 'string', default: 'x' }, 'x'],
    [{ type: 'STRING', maxLength: 3 }, 'wor'],
    [{ type: 'STRING', format: 'date-time' }, '2026-01-01T12:00:00Z'],
    [{ type: 'INTEGER', minimum: 5 }, 5],
    [{ type: 'INTEGER', enum: ['7'] }, 7],
    [{ type: 'NUMBER', minimum: 0.2, maximum: 0.4 }, 0.4],
    [{ type: 'BOOLEAN' }, true],
    [{ type: ['null', 'string'] }, null],
    [{ type: 'ARRAY', items: { type: 'INTEGER' }, minItems: 2 }, [1, 1]],
    [{ anyOf: [{ type: 'INTEGER' }, { type: 'STRING' }] }, 1],
    [{ properties: { a: { type: 'object', properties: { b: { type: 'boolean' } } } } }, { a: { b: true } }],
    [undefined, {}],
  ])('%j: %j', (schema, value) => {
    expect(fitting(schema, 'words')).toEqual(value)
  })

  it('ends for a schema that refers to itself', () => {
    const schema: Record<string, unknown> = { type: 'object' }
    schema.properties = { again: schema }
    expect(fitting(schema, '')).toBeDefined()
  })
})
