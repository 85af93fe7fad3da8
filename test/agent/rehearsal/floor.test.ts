import { describe, expect, it } from 'vitest'
import { type Floor, type FloorEvent, next, openFloor } from '../../../agent/rehearsal/turns/floor.ts'

/** Plays events through and lists what was done. */
function play(
  events: FloorEvent<string>[],
  from: Floor<string> = openFloor(),
): { done: string[]; at: string } {
  let floor = from
  const done: string[] = []
  for (const event of events) {
    const step = next(floor, event)
    floor = step.floor
    for (const effect of step.effects)
      done.push(effect.kind === 'answer' ? `answer ${effect.prompt}` : effect.kind)
  }
  return { done, at: floor.phase.at }
}

const prompt = (text: string, interrupts: boolean): FloorEvent<string> => ({
  kind: 'prompt',
  prompt: text,
  interrupts,
})
const activity = (interrupts: boolean): FloorEvent<string> => ({ kind: 'activity', interrupts })
const generated: FloorEvent<string> = { kind: 'generated' }
const played: FloorEvent<string> = { kind: 'played' }

describe('whose turn it is', () => {
  it('a prompt is answered, and the turn is complete when it has been heard', () => {
    expect(play([prompt('a', true)])).toEqual({ done: ['answer a'], at: 'speaking' })
    expect(play([prompt('a', true), generated])).toEqual({ done: ['answer a'], at: 'playing' })
    expect(play([prompt('a', true), generated, played])).toEqual({
      done: ['answer a', 'complete'],
      at: 'listening',
    })
  })

  it.each([[[prompt('a', true)]], [[prompt('a', true), generated]]])(
    'speech cuts off an answer, while it is made and while it is heard',
    before => {
      const { done, at } = play([...before, activity(true)])
      expect(done.slice(1)).toEqual(['interrupt'])
      expect(at).toBe('listening')
    },
  )

  it('speech that may not interrupt leaves the answer alone, and its own turn waits', () => {
    const { done } = play([prompt('a', true), activity(false), prompt('b', false), generated, played])
    expect(done).toEqual(['answer a', 'complete', 'answer b'])
  })

  it('content that asks for an answer at once gets it instead of the one going on', () => {
    expect(play([prompt('a', true), prompt('b', true)]).done).toEqual(['answer a', 'interrupt', 'answer b'])
  })

  it('typed words wait their turn, in order', () => {
    const { done } = play([
      prompt('a', false),
      prompt('b', false),
      prompt('c', false),
      generated,
      played,
      generated,
      played,
    ])
    expect(done).toEqual(['answer a', 'complete', 'answer b', 'complete', 'answer c'])
  })

  it('nothing happens while nobody answers', () => {
    expect(play([activity(true), generated, played])).toEqual({ done: [], at: 'listening' })
  })
})
