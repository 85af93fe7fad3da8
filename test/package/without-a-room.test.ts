import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const docs = join(import.meta.dirname, '..', '..', 'docs')
const rows = readFileSync(join(docs, 'without-a-room.md'), 'utf8')
  .split('\n')
  .filter(line => line.startsWith('| ') && !line.startsWith('| row'))

it('docs/without-a-room.md names tests that are there, for every row', () => {
  const lost: string[] = []
  for (const row of rows) {
    const proofs = [...row.matchAll(/\]\((\.\.\/test\/[^)]+)\): ((?:"[^"]+"(?:, )?)+)/g)]
    if (proofs.length === 0) lost.push(row)
    for (const [, path, titles] of proofs) {
      const text = readFileSync(join(docs, path!), 'utf8')
      lost.push(
        ...[...titles!.matchAll(/"([^"]+)"/g)].map(match => match[1]!).filter(title => !text.includes(title)),
      )
    }
  }
  expect(rows.length).toBeGreaterThan(10)
  expect(lost).toEqual([])
})
