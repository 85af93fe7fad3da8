import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../agent/clock.ts'
import { Log } from '../agent/log.ts'
import { answerCalls, type Controls } from '../agent/room/controls.ts'
import { PLACE } from '../agent/room/place-sign.ts'
import { attributesOf, firstSign } from '../agent/room/state.ts'
import { WORKER_NODE_FLAGS } from '../agent/worker/node-flags.ts'
import { HOLDER } from '../agent/worker/presence.ts'

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

  describe('lists for front ends, and nothing else,', () => {
    const [, section] = readme.split('### Attributes and calls')
    /** The names in the first column of the table under `heading`. */
    const table = (heading: string) =>
      [
        ...section!
          .split(`| ${heading} |`)[1]!
          .split('\n\n')[0]!
          .matchAll(/^\| (`.*?) \|/gm),
      ].flatMap(row => [...row[1]!.matchAll(/`([^`]+)`/g)].map(match => match[1]!))

    it('every attribute that the agent carries', () => {
      const sign = firstSign(
        { manners: { first: 'open' } as never, gemini: { at: 'rehearsal' } as never },
        true,
      )
      const ours = Object.keys(attributesOf(sign)).filter(name => !name.startsWith('lk.'))
      expect(table('attribute').toSorted()).toEqual([...ours, PLACE, HOLDER].toSorted())
    })

    it('every method that people may call', () => {
      const methods: string[] = []
      const localParticipant = { registerRpcMethod: (name: string) => methods.push(name) }
      const room = { localParticipant, newcomers: { of: async () => undefined } }
      answerCalls(room as never, systemClock, new Log({}, 'error', () => {}), {} as Controls)
      expect(table('method').toSorted()).toEqual(methods.toSorted())
    })
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
