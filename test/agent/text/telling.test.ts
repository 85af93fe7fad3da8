import { describe, expect, it } from 'vitest'
import { Telling } from '../../../agent/text/telling.ts'

describe('of an answer that was broken off, the words that were heard', () => {
  it('come with their sound: those of the pieces that were heard', () => {
    const telling = new Telling()
    for (const word of ['One', ' two', ' three', ' four']) {
      telling.sound(500)
      telling.words(word)
    }
    expect(telling.soundMs).toBe(2_000)
    expect([0, 500, 1_000, 1_500, 2_000].map(ms => telling.until(ms))).toEqual([
      '',
      'One',
      'One two',
      'One two three',
      'One two three four',
    ])
    // In the middle of a word it was not understood.
    expect(telling.until(1_200)).toBe('One two ')
  })

  it('may all come before the sound: they are laid over it evenly', () => {
    const telling = new Telling()
    telling.words('One two three four.')
    telling.sound(1_900)
    expect(telling.until(950).trim()).toBe('One two')
    expect(telling.until(1_900)).toBe('One two three four.')
  })

  it('may come before a sound that has hardly begun: the pace of talk says how far it got', () => {
    const telling = new Telling()
    telling.words('A long sentence of which the sound has only just begun to come.')
    telling.sound(300)
    expect(telling.until(300).length).toBeLessThan(8)
  })

  it('may all come after the sound', () => {
    const telling = new Telling()
    telling.sound(1_900)
    telling.words('One two three four.')
    expect(telling.until(950).trim()).toBe('One two')
  })

  it('are none where there are none', () => {
    const telling = new Telling()
    telling.sound(1_000)
    expect(telling.until(500)).toBe('')
  })
})
