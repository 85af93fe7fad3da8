import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../../agent/config.ts'
import { ill, lineOf } from '../../../agent/doctor/finding.ts'
import { examineGemini } from '../../../agent/doctor/gemini.ts'
import { files, network, node } from '../../../agent/doctor/machine.ts'
import { startRehearsal } from '../../../agent/rehearsal/server.ts'
import { freePort } from '../../e2e/livekit.ts'
import { freeLiveKitFile } from '../../e2e/started.ts'

describe('the machine', () => {
  test.each([
    ['20.20.2', false],
    ['22.17.9', false],
    ['22.18.0', true],
    ['24.0.0', true],
  ])('with Node %s is well: %s', (version, isWell) => {
    expect(node(version).isWell).toBe(isWell)
  })

  test('with few open files says for how many rooms, and what to do', () => {
    expect(files(256)).toMatchObject({
      isWell: false,
      what: expect.stringMatching(/for 8 rooms only.*ulimit -n/),
    })
    expect(files(20_000).isWell).toBe(true)
    expect(files(undefined).isWell).toBe(true)
  })

  test('without a network is not well, because media finds no way', () => {
    expect(network({ lo: [{ internal: true }] }).isWell).toBe(false)
    expect(network({ lo: [{ internal: true }], wlan0: [{ internal: false }] }).isWell).toBe(true)
  })
})

describe('Gemini', () => {
  test('is asked for a session with our settings', async () => {
    await using rehearsal = await startRehearsal({ port: 0 })
    const config = readConfig({ GOOGLE_GEMINI_BASE_URL: rehearsal.url })
    expect(await examineGemini(config)).toMatchObject({
      isWell: true,
      what: expect.stringContaining(rehearsal.url),
    })
  })

  test('that is not there is not well, and its setting is named', async () => {
    const config = readConfig({
      GOOGLE_GEMINI_BASE_URL: `http://127.0.0.1:${await freePort()}`,
      GEMINI_API_KEY: 'hush',
    })
    const finding = await examineGemini(config)
    expect(finding).toMatchObject({ isWell: false, what: expect.stringContaining('GOOGLE_GEMINI_BASE_URL') })
    expect(finding.what).not.toContain('hush')
  })

  test('in rehearsal needs nothing', async () => {
    expect((await examineGemini(readConfig({}))).isWell).toBe(true)
  })
})

test('a finding is one line, whatever is in it', () => {
  expect(lineOf(ill('PORT', 'is held\n  by somebody'))).toBe(
    'wrong  PORT                 is held by somebody',
  )
})

const main = join(import.meta.dirname, '..', '..', '..', 'agent', 'doctor', 'main.ts')

/** The doctor as a person runs it, with nothing set but this. */
async function run(env: Record<string, string>): Promise<{ code: number; lines: string[] }> {
  const unset = {
    LIVEKIT_URL: '',
    GEMINI_API_KEY: '',
    GOOGLE_API_KEY: '',
    GOOGLE_GEMINI_BASE_URL: '',
    MODEL: '',
  }
  const free = {
    PORT: '0',
    HEALTH_PORT: '0',
    REHEARSAL_PORT: '0',
    LIVEKIT_CONFIG_FILE: await freeLiveKitFile(),
  }
  const options = { env: { ...process.env, ...unset, ...free, ...env } }
  const ended = promisify(execFile)(process.execPath, [main], options)
  const { stdout, code } = await ended.then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (failed: { stdout: string; code: number }) => failed,
  )
  return { code, lines: stdout.trimEnd().split('\n') }
}

describe('npm run doctor', () => {
  test('says ok of everything, and ends well', async () => {
    const { code, lines } = await run({})
    expect(lines.filter(line => !line.startsWith('ok '))).toEqual([])
    expect(code).toBe(0)
  })

  test('says every wrong setting, and still looks at the machine', async () => {
    const { code, lines } = await run({ PORT: 'eighty', VOICE: 'Darth' })
    expect(lines.filter(line => line.startsWith('wrong')).map(line => line.split(/\s+/)[1])).toEqual([
      'VOICE',
      'PORT',
    ])
    expect(lines.join('\n')).toMatch(/^ok +node/m)
    expect(code).toBe(1)
  })

  test('says that LiveKit is not there, and still looks at the ports', async () => {
    const LIVEKIT_URL = `ws://127.0.0.1:${await freePort()}`
    const { code, lines } = await run({ LIVEKIT_URL, LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: 's' })
    expect(lines.join('\n')).toMatch(/^wrong +LiveKit +LIVEKIT_URL: nothing answers[\s\S]*^ok +ports/m)
    expect(code).toBe(1)
  })
})
