import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { WORKER_NODE_FLAGS } from '../agent/worker/node-flags.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const readme = read('README.md')

describe('the README', () => {
  it('names commands that exist, and every one of them', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const named = [...readme.matchAll(/`npm (?:run )?([a-z]+)(?: --[^`]*)?`/g)].map(match => match[1]!)
    const unknown = named.filter(name => !['ci', 'pack'].includes(name) && scripts[name] === undefined)
    expect(unknown).toEqual([])
    for (const command of ['start', 'worker', 'web', 'rehearsal', 'ask', 'doctor', 'test', 'check', 'bench'])
      expect(named, `npm run ${command}`).toContain(command)
  })

  it('names variables that .env.example explains', () => {
    const [, configuration] = readme.split('## Configuration')
    const named = [...configuration!.split('\n## ')[0]!.matchAll(/`([A-Z][A-Z_]{2,})`/g)].map(
      match => match[1]!,
    )
    expect(named.length).toBeGreaterThan(20)
    const example = read('.env.example')
    expect(named.filter(name => !example.includes(`${name}=`))).toEqual([])
  })

  it('leads to files that are there', () => {
    const links = [...readme.matchAll(/(?:\]\(|src(?:set)?=")(?!https?:)([^)"#]+)/g)].map(match => match[1]!)
    expect(links.length).toBeGreaterThan(3)
    expect(links.filter(link => !existsSync(join(root, link)))).toEqual([])
  })
})

describe('npm run worker', () => {
  it('runs Node as npm start does', () => {
    const { worker } = JSON.parse(read('package.json')).scripts
    expect(worker.split(WORKER_NODE_FLAGS.join(' ')).length - 1).toBe(
      worker.split('agent/main.ts').length - 1,
    )
  })
})
