import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Behaviour } from '../../../../agent/rehearsal/profiles.ts'
import { type Rehearsal, type RehearsalOptions, startRehearsal } from '../../../../agent/rehearsal/server.ts'

/** Answers that leave as fast as they are made, and end when they are sent: for tests that are not about pace. */
export function hasty(behaviour: Behaviour): Behaviour {
  const pacing = { speed: Number.POSITIVE_INFINITY, leastMs: 40, mostMs: 640, holdsTurnComplete: false }
  return { ...behaviour, pacing, handleAfterSetupMs: 1, handleAfterTurnMs: 1 }
}

/** One rehearsal for the tests of a file, without a scenario at the start of each. */
export function stage(options: RehearsalOptions = {}): {
  readonly rehearsal: Rehearsal
  readonly url: string
} {
  let rehearsal: Rehearsal
  beforeAll(async () => {
    rehearsal = await startRehearsal({ behaviour: hasty, ...options })
  })
  beforeEach(() => rehearsal.play({}))
  afterAll(() => rehearsal.close())
  return {
    get rehearsal() {
      return rehearsal
    },
    get url() {
      return rehearsal.url
    },
  }
}
