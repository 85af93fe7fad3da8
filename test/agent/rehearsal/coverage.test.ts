import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { coverageTable, pointsWithoutReason, pointsWithoutTest } from './coverage.ts'

describe('the coverage table', () => {
  it('has a test for every point of the checklist', () => {
    expect(pointsWithoutTest()).toEqual([])
  })

  it('says why a point is not driven by the SDK', () => {
    expect(pointsWithoutReason()).toEqual([])
  })

  it('is what stands in the docs', () => {
    const docs = readFileSync(join(import.meta.dirname, '../../../agent/rehearsal/coverage.md'), 'utf8')
    expect(docs, 'run node test/agent/rehearsal/coverage.ts').toBe(coverageTable())
  })
})
