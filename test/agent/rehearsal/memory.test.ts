import { describe, expect, it } from 'vitest'
import { Memory } from '../../../agent/rehearsal/life/memory.ts'

function talked(turns: number): Memory {
  const memory = new Memory('Be brief.', 0)
  for (let i = 0; i < turns; i++) {
    memory.sound('user', 4_000, `question ${i}`)
    memory.answer({ text: `answer ${i}`, sentMs: 2_000 }, true, 'developer')
  }
  return memory
}

describe('what a session remembers', () => {
  it('costs 25 tokens a second of sound, a quarter of a token a letter, and what a picture costs', () => {
    const memory = new Memory('Be brief.', 0)
    expect(memory.contextTokens).toBe(3)
    memory.sound('user', 10_000, '')
    memory.text('user', 'abcdefgh')
    memory.picture({ mimeType: 'image/png', bytes: 1, width: 1, height: 1 }, false)
    memory.picture({ mimeType: 'image/png', bytes: 1, width: 1, height: 1 }, true)
    expect(memory.contextTokens).toBe(3 + 250 + 2 + 258 + 66)
    expect(memory.hasVideo).toBe(true)
  })

  it('is left alone below the trigger', () => {
    const memory = talked(3)
    expect(memory.compress({ triggerTokens: memory.contextTokens, targetTokens: 0 })).toBe(0)
  })

  it('is cut from the oldest down to the target, and begins with a line of the user', () => {
    const memory = talked(6)
    // A question is 100 tokens, an answer 50: 903 in all.
    expect(memory.compress({ triggerTokens: 900, targetTokens: 760 })).toBe(2)
    expect(memory.lines[0]).toMatchObject({ role: 'user', text: 'question 1' })
    expect(memory.contextTokens).toBe(753)
    // To reach 660 one question must go; its answer cannot stand alone.
    expect(memory.compress({ triggerTokens: 700, targetTokens: 660 })).toBe(2)
    expect(memory.lines[0]).toMatchObject({ role: 'user', text: 'question 2' })
  })

  it('keeps the instruction when everything else has gone', () => {
    const memory = talked(2)
    memory.compress({ triggerTokens: 10, targetTokens: 0 })
    expect([memory.lines.length, memory.contextTokens, memory.instruction]).toEqual([0, 3, 'Be brief.'])
  })

  it('goes its own way in a copy', () => {
    const memory = talked(1)
    const copy = memory.copy()
    memory.text('user', 'later')
    expect(copy.lines).toHaveLength(2)
    expect(copy.contextTokens).toBe(153)
  })
})
