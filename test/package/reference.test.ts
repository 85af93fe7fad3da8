import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { entriesOf, pageOf } from '../../package/reference.ts'

const root = join(import.meta.dirname, '..', '..')
const entries = entriesOf(join(root, 'agent', 'index.ts'))

describe('the reference of the library', () => {
  it('is what the docstrings say; if not, run `npm run docs`', () => {
    expect(readFileSync(join(root, 'docs', 'api.md'), 'utf8')).toBe(pageOf(entries))
  })

  it('explains everything that is exported', () => {
    expect(entries.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['converse', 'worker', 'LiveError']),
    )
    expect(entries.filter(({ says }) => says.length < 20).map(({ name }) => name)).toEqual([])
  })
})
