import { describe, expect, it } from 'vitest'
import type { Ended } from '../../../agent/job.ts'
import { answer, type Told, verdict } from '../../../agent/worker/accept.ts'

const free = {
  isForRoom: true,
  isDraining: false,
  isFull: false,
  isHeld: false,
  presence: { is: 'nobody' } as const,
}

describe('an offer', () => {
  it('is taken where nobody is in the room, or only one that is dead', () => {
    expect(answer(free)).toEqual({ take: true })
    expect(answer({ ...free, presence: { is: 'ghost', sid: 'PA_1' } })).toEqual({ take: true })
  })

  it.each([
    ['a worker that drains leaves it to others', { isDraining: true }, false],
    ['a worker that is full leaves it to others', { isFull: true }, false],
    ['a job for a participant is nothing for us', { isForRoom: false }, false],
    ['a room we are in needs nobody', { isHeld: true }, true],
    ['a room we are in needs nobody, full or not', { isHeld: true, isFull: true }, true],
    [
      'a room with a living agent needs nobody',
      { presence: { is: 'alive', sid: 'PA_1', holder: 'W_1' } },
      true,
    ],
    ['a person who goes by our identity is not thrown out', { presence: { is: 'a person' } }, true],
  ] as const)('%s', (_, facts, isDone) => {
    expect(answer({ ...free, ...facts })).toMatchObject({ take: false, isDone })
  })
})

describe('the end of a conversation', () => {
  const failed: Ended = { why: 'failed', error: new Error('no key') }
  it.each<[Ended, Told, string, string]>([
    [{ why: 'closed' }, 'nothing', 'success', 'give up'],
    [{ why: 'closed' }, 'to end', 'success', 'nothing'],
    [{ why: 'closed' }, 'to make way', 'success', 'hand on'],
    [{ why: 'removed', reason: 'by hand' }, 'nothing', 'success', 'give up'],
    [{ why: 'removed', reason: 'by hand' }, 'to end', 'success', 'nothing'],
    [{ why: 'removed', reason: 'by hand' }, 'to make way', 'success', 'give up'],
    [{ why: 'removed', reason: 'by hand' }, 'by force', 'success', 'nothing'],
    [{ why: 'closed' }, 'by force', 'success', 'nothing'],
    [{ why: 'empty' }, 'nothing', 'success', 'nothing'],
    [{ why: 'empty' }, 'to make way', 'success', 'nothing'],
    [{ why: 'replaced' }, 'nothing', 'success', 'nothing'],
    [{ why: 'replaced' }, 'to make way', 'success', 'nothing'],
    [failed, 'nothing', 'failed', 'look'],
    [failed, 'to end', 'failed', 'nothing'],
    [failed, 'to make way', 'failed', 'hand on'],
  ])('%o, told %s: the job is a %s, then: %s', (ended, told, status, afterwards) => {
    expect(verdict(ended, told)).toMatchObject({ status, afterwards })
  })

  it('says in a few words what failed', () => {
    expect(verdict(failed, 'nothing').error).toBe('no key')
    const long = verdict({ why: 'failed', error: new Error('x'.repeat(10_000)) }, 'nothing')
    expect(long.error).toHaveLength(200)
  })
})
