import type { Ended } from '../job.ts'
import type { Presence } from './presence.ts'

export type Answer = { take: true } | { take: false; isDone: boolean; because: string }

/** What we say to an offer. Declined and not done, the next worker is asked; done, nobody is. */
export function answer(facts: {
  isForRoom: boolean
  isDraining: boolean
  isFull: boolean
  /** We are in that room, or on the way into it. */
  isHeld: boolean
  presence: Presence
}): Answer {
  const { presence } = facts
  if (!facts.isForRoom) return { take: false, isDone: false, because: 'not a job for a room' }
  if (facts.isHeld) return { take: false, isDone: true, because: 'we are in this room' }
  if (facts.isDraining) return { take: false, isDone: false, because: 'draining' }
  if (facts.isFull) return { take: false, isDone: false, because: 'full' }
  if (presence.is === 'alive') return { take: false, isDone: true, because: 'another of us is in this room' }
  // To go in would throw that person out.
  if (presence.is === 'a person') return { take: false, isDone: true, because: 'a person has our identity' }
  return { take: true }
}

/** What we told a conversation before it ended, if anything; `by force`: it did not make way, so we have its agent removed and hand its room on ourselves. */
export type Told = 'to end' | 'to make way' | 'by force' | 'nothing'

export type Verdict = {
  status: 'success' | 'failed'
  error: string
  /**
   * `give up`: take back the wish for an agent, so that nobody is sent into this room again.
   * `hand on`: people may still be there and this worker is going: get them another of us.
   * `look`: they may, and nobody is coming: look for rooms without an agent, this one among them.
   */
  afterwards: 'nothing' | 'give up' | 'hand on' | 'look'
}

/**
 * What the end of a conversation means for its job and its room. Told `to end`, the room's dispatch is already gone;
 * told `to make way`, this worker is going and the room is not to suffer.
 */
export function verdict(ended: Ended, told: Told): Verdict {
  const fine = { status: 'success', error: '' } as const
  switch (ended.why) {
    case 'closed':
      if (told === 'to make way') return { ...fine, afterwards: 'hand on' }
      return { ...fine, afterwards: isSettled(told) ? 'nothing' : 'give up' }
    case 'removed':
      return { ...fine, afterwards: isSettled(told) ? 'nothing' : 'give up' }
    case 'empty':
    case 'replaced':
      return { ...fine, afterwards: 'nothing' }
    case 'failed': {
      const error = ended.error.message.slice(0, 200)
      return {
        status: 'failed',
        error,
        afterwards: told === 'to make way' ? 'hand on' : isSettled(told) ? 'nothing' : 'look',
      }
    }
  }
}

/** What becomes of the room is seen to already. */
function isSettled(told: Told): boolean {
  return told === 'to end' || told === 'by force'
}
