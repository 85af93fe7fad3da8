import type { Fault } from '../../../../agent/rehearsal/scenario/scenario.ts'
import { seeded } from '../../../../agent/rehearsal/turns/pacing.ts'
import type { Ms } from '../../../../agent/units.ts'
import type { Manner } from './gate.ts'
import type { Spoil } from './listener.ts'
import { type Deed, STEP_MS, sentence } from './table.ts'
import { MOST_WORDS } from './words.ts'

/** Four sentences of four words, and a line and a call between them. */
export function conversation(): Deed[] {
  return [
    ...sentence(1_000, 1, 4).deeds,
    { at: 4_500, line: 'l1' },
    ...sentence(6_500, 5, 4).deeds,
    { at: 10_500, line: 'call f1' },
    ...sentence(14_500, 9, 4).deeds,
    ...sentence(19_000, 13, 4).deeds,
  ]
}

export const faults: Record<string, Fault> = {
  'is cut': { fault: 'CUT' },
  'ends with 1011': { fault: 'CLOSE', code: 1011, reason: 'Internal error encountered.' },
  'is overloaded': { fault: 'CLOSE', code: 1011, reason: 'The service is currently unavailable.' },
  'ends at its deadline without goAway': {
    fault: 'CLOSE',
    code: 1011,
    reason: 'Deadline expired before operation could complete.',
  },
  'ends with 1000': { fault: 'CLOSE', code: 1000, reason: '' },
  'ends with 1001': { fault: 'CLOSE', code: 1001, reason: '' },
  'ends with 1007': { fault: 'CLOSE', code: 1007, reason: 'Request contains an invalid argument.' },
  'ends with 1008': {
    fault: 'CLOSE',
    code: 1008,
    reason: 'Operation is not implemented, or supported, or enabled.',
  },
  'has little time': { fault: 'GO_AWAY', ms: 4_000 },
  'has no time': { fault: 'GO_AWAY', ms: 500 },
  'has much time': { fault: 'GO_AWAY', ms: 12_000 },
  'goes mute': { fault: 'MUTE' },
  'sends what is not JSON': { fault: 'RAW' },
  'sends a huge message': { fault: 'HUGE' },
  'reads nothing for 5 s': { fault: 'STALL', ms: 5_000 },
  'holds back what it sends for 3 s': { fault: 'HOLD', ms: 3_000 },
  'interrupts nothing': {
    fault: 'SEND',
    message: { serverContent: { interrupted: true, turnComplete: true } },
  },
  'says something new': { fault: 'SEND', message: { somethingNew: { a: 1 } } },
}

/** How a new connection is met, for a second. */
export const manners: Record<string, Manner> = {
  'is refused at the upgrade': 'forbidden',
  'is never set up': 'setupComplete never',
  'has no quota at its setup': 'no quota',
}

export const spoils: Record<string, Spoil> = {
  empty: 'empty',
  rejected: 'rejected',
  'text alone': 'text alone',
  'as good as silent': 'nearly silent',
  'late, after it is said to be complete': 'late',
  'without an end': 'without end',
}

/** In a pause, in a sentence, in the answer to it, while a line and a tool are awaited. */
export const moments: Ms[] = [500, 1_450, 2_900, 4_520, 6_700, 11_700, 15_600]

/** A conversation of some half a minute in which one thing after the other goes wrong. */
export function anything(seed: number): Deed[] {
  const random = seeded(seed)
  const deeds: Deed[] = []
  const chance = (from: Ms, to: Ms) => Math.round((from + random() * (to - from)) / STEP_MS) * STEP_MS
  let word = 1
  let line = 1
  let at = chance(0, 1_500)
  while (at < 25_000 && word < MOST_WORDS - 6) {
    const { deeds: spoken, endsAt } = sentence(at, word, 1 + Math.floor(random() * 5))
    deeds.push(...spoken)
    word += spoken.length
    const typed = random()
    if (typed < 0.4)
      deeds.push({ at: chance(at, endsAt + 2_000), line: typed < 0.3 ? `l${line}` : `call f${line}` })
    line++
    at = endsAt + chance(600, 4_000)
  }
  const one = <T>(kinds: readonly T[]): T => kinds[Math.floor(random() * kinds.length)]!
  for (let i = 1 + Math.floor(random() * 4); i > 0; i--) {
    const when = chance(0, 25_000)
    const kind = random()
    if (kind < 0.35) deeds.push({ at: when, outageMs: chance(100, 5_000) })
    else if (kind < 0.45)
      deeds.push({ at: when, outageMs: chance(100, 1_000), manner: one(Object.values(manners)) })
    else if (kind < 0.6)
      deeds.push({ at: when, spoil: one(Object.values(spoils)), times: 1 + Math.floor(random() * 3) })
    else if (kind < 0.65) deeds.push({ at: when, repeatAfterMs: chance(0, 1_500) })
    else deeds.push({ at: when, fault: one(Object.values(faults)) })
  }
  return deeds
}
