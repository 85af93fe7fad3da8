import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Log } from '../../../agent/log.ts'
import { Stats } from '../../../agent/stats.ts'
import { Faults, isBroken, MOST_FAULTS } from '../../../agent/worker/faults.ts'
import { SteppedClock } from '../rehearsal/clock.ts'

const bug = new TypeError('undefined is not a function')
let clock: SteppedClock
let lines: string[]
let stats: Stats
let broken: number
let faults: Faults

beforeEach(() => {
  clock = new SteppedClock()
  lines = []
  stats = new Stats()
  broken = 0
  faults = new Faults(new Log({}, 'error', line => lines.push(line)), stats, () => broken++, clock)
})
afterEach(() => faults[Symbol.dispose]())

describe('an error that nobody caught', () => {
  it('is logged with its stack and counted, and the worker stays fit', () => {
    faults.survive(bug)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('faults.test.ts')
    expect(stats.get('uncaught_errors')).toBe(1)
    expect(faults.areMany).toBe(false)
    expect(broken).toBe(0)
  })

  it('is one of a kind within a second: a hundred at once do not make a worker unfit, nor fill the log', () => {
    for (let i = 0; i < 100; i++) faults.survive(bug)
    expect(lines).toHaveLength(1)
    expect(stats.get('uncaught_errors')).toBe(100)
    expect(faults.areMany).toBe(false)
  })

  it('makes a worker unfit where they keep coming, until they have ceased for a minute', async () => {
    for (let i = 0; i < MOST_FAULTS; i++) {
      faults.survive(bug)
      await clock.pass(1000)
    }
    expect(faults.areMany).toBe(true)
    expect(broken).toBe(0)
    await clock.pass(60_000)
    expect(faults.areMany).toBe(false)
  })

  it('ends the process where it is broken or out of memory, and for nothing else', () => {
    expect(isBroken(new RangeError('Array buffer allocation failed'))).toBe(true)
    expect(isBroken(Object.assign(new Error(), { code: 'ERR_INTERNAL_ASSERTION' }))).toBe(true)
    for (const passing of [bug, 'a string', undefined, null, new RangeError('Invalid array length')])
      expect(isBroken(passing)).toBe(false)
    faults.survive(Object.assign(new Error(), { code: 'ENOMEM' }))
    expect(broken).toBe(1)
  })
})

it('errors of the process itself reach it as long as it is in place', () => {
  const before = process.listenerCount('uncaughtException')
  faults[Symbol.dispose]()
  expect(process.listenerCount('uncaughtException')).toBe(before - 1)
})
