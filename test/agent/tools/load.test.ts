import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../../agent/errors.ts'
import { modelProfile, models } from '../../../agent/live/models.ts'
import { Log } from '../../../agent/log.ts'
import { loadTools } from '../../../agent/tools/load.ts'
import { openToolbox } from '../../../agent/tools/toolbox.ts'
import { FakeClock } from '../../fakes/clock.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tools-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
function file(text: string, ending = 'mjs'): string {
  const path = join(folder, `f${++count}.${ending}`)
  writeFileSync(path, text)
  return path
}

const tool = (name: string) => `{ name: '${name}', description: 'd', run: () => 1 }`

describe('a module of tools', () => {
  it('may export them by name, in a list, and by default; other things are left alone', async () => {
    const path = file(`
      export const one = ${tool('one')}
      export default [${tool('two')}, one]
      export const limit = 7, text = 'x', helper = () => 1
    `)
    expect((await loadTools(path)).map(({ name }) => name).toSorted()).toEqual(['one', 'two'])
  })

  it('may be TypeScript, and need import nothing', async () => {
    const path = file(
      `export const one = { name: 'one', description: 'd', run: (a: { n: number }) => a.n }`,
      'ts',
    )
    expect(await loadTools(path)).toHaveLength(1)
  })

  it.each(['./examples/tools/table.ts', './examples/tools/measures.ts'])('is %s', async path => {
    expect((await loadTools(path)).length).toBeGreaterThan(2)
  })

  it.each([
    ['export const a = {', 'does not load: '],
    ["import 'nowhere-to-be-found'", 'does not load: '],
    ["throw new Error('no lamp here')", 'does not load: no lamp here'],
    ['throw 7', 'does not load: 7'],
    ['export const a = 1', 'exports no tool'],
    ["export const a = { name: 'a', description: 'd' }", 'The tool "a"'],
    ['export const a = { run() {} }', 'The tool without a name'],
  ])('that is %j is told in a sentence', async (text, words) => {
    const path = file(text)
    await expect(loadTools(path)).rejects.toThrow(words)
    await expect(loadTools(path)).rejects.toThrow(path)
  })

  it('that is not there is told in a sentence', async () => {
    await expect(loadTools('./no-such.ts')).rejects.toThrow('names the file ./no-such.ts, which is not there')
  })
})

describe('the tools of a process', () => {
  const around = { log: new Log({}, 'error', () => {}), clock: new FakeClock() }
  const problemsWith = async (modules: string[], model = models[0]!) => {
    try {
      await openToolbox({ modules, servers: [] }, model, around)
    } catch (thrown) {
      if (thrown instanceof ConfigError) return thrown.problems
      throw thrown
    }
    return []
  }

  it('are those of all modules, and those that a program brings', async () => {
    const own = [{ name: 'mine', description: 'd', run: () => 1 }]
    const modules = [file(`export const a = ${tool('a')}`), file(`export const b = ${tool('b')}`)]
    await using toolbox = await openToolbox({ modules, servers: [] }, models[0]!, { ...around, own })
    expect(toolbox.tools.map(({ name }) => name)).toEqual(['mine', 'a', 'b'])
  })

  it('with mistakes are told all in one go', async () => {
    const [a, b] = [file(`export const a = ${tool('a')}`), file('export {}')]
    expect(await problemsWith([a, a, './gone.ts', b])).toEqual([
      { setting: 'TOOLS', what: expect.stringContaining('The tool "a"') },
      { setting: 'TOOLS', what: expect.stringContaining('./gone.ts') },
      { setting: 'TOOLS', what: expect.stringContaining('exports no tool') },
    ])
  })

  it('that the model does not take are refused', async () => {
    const problems = await problemsWith(
      ['./examples/tools/table.ts'],
      modelProfile('gemini-3.1-flash-live-preview'),
    )
    expect(problems).toEqual([
      {
        setting: 'TOOLS',
        what: 'the tool "set_timer" of ./examples/tools/table.ts is NON_BLOCKING; gemini-3.1-flash-live-preview takes BLOCKING calls only: leave behaviour out',
      },
    ])
  })
})
