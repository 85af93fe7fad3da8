import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { coverageTable, pointsWithoutTest } from './coverage.ts'

describe('the coverage table', () => {
  it('has a test for every point of the checklist', () => {
    expect(pointsWithoutTest()).toEqual([])
  })

  it('is what stands in the docs', () => {
    const docs = readFileSync(join(import.meta.dirname, '../../../agent/rehearsal/coverage.md'), 'utf8')
    expect(docs, 'run node test/agent/rehearsal/coverage.ts').toBe(coverageTable())
  })
})
