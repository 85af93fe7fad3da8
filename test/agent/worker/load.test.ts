import { describe, expect, it } from 'vitest'
import { loadOf, Meter } from '../../../agent/worker/load.ts'

const idle = { own: 0.01, machine: 0.05, thread: 0.01, openFiles: 30 }
const limits = { cores: 4, files: 1024 }

describe('the load of a worker', () => {
  it('is that of whatever is scarcest, and stays below what LiveKit still sends jobs to', () => {
    expect(loadOf({ ...idle, own: 0.5 }, limits, 3, 0).load).toBeCloseTo(0.325)
    expect(loadOf({ ...idle, thread: 0.8 }, limits, 3, 0).load).toBeCloseTo(0.52)
    expect(loadOf({ ...idle, openFiles: 512 }, limits, 3, 0).load).toBeCloseTo(0.325)
    for (const machine of [1, 5, Number.POSITIVE_INFINITY])
      expect(loadOf({ ...idle, machine }, limits, 0, 0).load).toBeLessThan(0.7)
  })

  it('counts rooms that are promised before they show', () => {
    const none = loadOf(idle, limits, 0, 0).load
    expect(loadOf({ ...idle, machine: 0 }, limits, 0, 10).load).toBeGreaterThan(none)
  })
})

describe('a worker takes no further room', () => {
  it.each([
    ['when its process uses the cores up', { own: 0.9 }, 3, true],
    ['when its one JavaScript thread is busy, however many cores sleep', { thread: 0.9 }, 3, true],
    ['when another would need more files than there are', { openFiles: 900 }, 3, true],
    ['not because of what else the machine does', { machine: 1 }, 3, false],
    ['not if it has none: then it is busy with something that will pass', { thread: 1 }, 0, false],
  ])('%s', (_, sample, rooms, isFull) => {
    expect(loadOf({ ...idle, ...sample }, limits, rooms, 0).isFull).toBe(isFull)
  })

  it('when those that are promised use up the files', () => {
    expect(loadOf(idle, limits, 0, 28).isFull).toBe(false)
    expect(loadOf(idle, limits, 0, 30).isFull).toBe(true)
  })
})

it('the meter reads this machine', () => {
  const meter = new Meter()
  expect(meter.limits.cores).toBeGreaterThan(0)
  expect(meter.limits.files).toBeGreaterThan(0)
  const sample = meter.sample()
  expect(sample.openFiles).toBeGreaterThanOrEqual(0)
  expect(meter.sample()).toBe(sample)
})
