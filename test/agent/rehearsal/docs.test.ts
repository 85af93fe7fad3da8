import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readScenario } from '../../../agent/rehearsal/scenario/reading.ts'
import { faultKinds, moments } from '../../../agent/rehearsal/scenario/scenario.ts'
import { startRehearsal } from '../../../agent/rehearsal/server.ts'

const root = join(import.meta.dirname, '../../..')
const docs = readFileSync(join(root, 'agent/rehearsal/README.md'), 'utf8')
const blocks = (language: string) =>
  [...docs.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, code]) => code!)

describe("the rehearsal's docs", () => {
  it('show a scenario that can be read', () => {
    const [example] = blocks('json')
    expect(readScenario(JSON.parse(example!))).toMatchObject({ seed: 7, timeScale: 60 })
  })

  it('show a JavaScript client that works', async () => {
    await using rehearsal = await startRehearsal()
    const said = connectBySample({ GOOGLE_GEMINI_BASE_URL: rehearsal.url })
    await expect.poll(said.output, { timeout: 20_000 }).toContain('I stand in for gemini-3.8-live.')
    said.child.kill()
  })

  it('show a JavaScript client that also works by TLS, where Node is told whom to trust [5]', async () => {
    await using rehearsal = await startRehearsal()
    const file = join(mkdtempSync(join(tmpdir(), 'rehearsal-')), 'authority.pem')
    writeFileSync(file, rehearsal.authority)
    const said = connectBySample({
      GOOGLE_GEMINI_BASE_URL: rehearsal.secureUrl,
      NODE_EXTRA_CA_CERTS: file,
    })
    await expect.poll(said.output, { timeout: 20_000 }).toContain('I stand in for gemini-3.8-live.')
    said.child.kill()
    rmSync(dirname(file), { recursive: true })
  })

  it('name every fault, every moment and every variable', () => {
    const names = [...moments, ...faultKinds]
    expect(names.filter(name => !docs.includes(`\`${name}\``))).toEqual([])
    const config = readFileSync(join(root, 'agent/config.ts'), 'utf8')
    expect([...new Set(config.match(/REHEARSAL_\w+/g))].filter(name => !docs.includes(name))).toEqual([])
  })
})

/** The JavaScript program of the docs with these variables, and what it has said without line breaks. */
function connectBySample(variables: Record<string, string>) {
  const [sample] = blocks('js')
  const env = { ...process.env, GEMINI_API_KEY: 'rehearsal', ...variables }
  const child = spawn(process.execPath, ['--input-type=module', '-e', sample!], { cwd: root, env })
  let output = ''
  child.stdout.on('data', data => {
    output += data
  })
  return { child, output: () => output.replace(/\n/g, '') }
}
