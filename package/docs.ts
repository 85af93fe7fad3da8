import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entriesOf, pageOf } from './reference.ts'

/** `npm run docs`: writes `docs/api.md`. */
const root = join(import.meta.dirname, '..')
mkdirSync(join(root, 'docs'), { recursive: true })
writeFileSync(join(root, 'docs', 'api.md'), pageOf(entriesOf(join(root, 'agent', 'index.ts'))))
