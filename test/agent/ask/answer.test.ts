import { describe, expect, it } from 'vitest'
import { AnswerBook } from '../../../agent/ask/answer.ts'
import type { LiveEvent } from '../../../agent/live/events.ts'

const said: LiveEvent = { type: 'said', text: 'yes' }
const interrupted: LiveEvent = { type: 'interrupted' }
const generated: LiveEvent = { type: 'generated' }
const turnComplete: LiveEvent = { type: 'turnComplete' }
const call: LiveEvent = { type: 'call', calls: [{ id: '1', name: 'dice', args: {} }] }

/** What each event, or doing of ours, comes to. */
function story(...steps: (LiveEvent | 'asked' | 'called' | 'settled')[]): string[] {
  const book = new AnswerBook()
  return steps.flatMap(step => {
    if (step === 'asked') book.asked()
    else if (step === 'called') book.called()
    else if (step === 'settled') book.settle()
    else return [book.take(step)]
    return []
  })
}

describe('an answer', () => {
  it('is what comes between the question and the end of its turn', () => {
    expect(story(said, 'asked', said, generated, turnComplete, said)).toEqual([
      'other',
      'ours',
      'nearly over',
      'over',
      'other',
    ])
  })

  it('does not end with the turn of the one before it, which is told late', () => {
    const before = ['asked', said, generated, 'settled'] as const
    expect(story(...before, 'asked', turnComplete, said, turnComplete).slice(2)).toEqual([
      'other',
      'ours',
      'over',
    ])
    // Its sound would still be playing: the new question interrupts that.
    expect(story(...before, 'asked', interrupted, turnComplete, said, turnComplete).slice(3)).toEqual([
      'other',
      'ours',
      'over',
    ])
  })

  it('has nothing of the one that it cuts off', () => {
    expect(story('asked', said, 'asked', said, interrupted, turnComplete, said, turnComplete)).toEqual([
      'ours',
      'other',
      'other',
      'other',
      'ours',
      'over',
    ])
  })

  it('begins anew where somebody talks on after a pause', () => {
    expect(story('asked', said, interrupted, turnComplete, said, turnComplete)).toEqual([
      'ours',
      'ours',
      'other',
      'ours',
      'over',
    ])
  })

  it('goes on after a tool, whatever turns end before it is spoken about', () => {
    expect(story('asked', said, call, turnComplete, 'called', turnComplete, said, turnComplete)).toEqual([
      'ours',
      'ours',
      'other',
      'other',
      'ours',
      'over',
    ])
  })

  it('may stay away', () => {
    expect(story('asked', turnComplete)).toEqual(['silent'])
  })

  it('ends although the tool that it waits for was called off', () => {
    expect(story('asked', said, call, { type: 'cancel', ids: ['1'] }, turnComplete)).toEqual([
      'ours',
      'ours',
      'other',
      'over',
    ])
  })
})
