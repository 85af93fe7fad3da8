import { execFile, spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readWav } from '../../agent/audio/wav.ts'
import { startRehearsal } from '../../agent/rehearsal/server.ts'
import { Stage } from '../agent/worker/stage.ts'
import { startLiveKit } from '../e2e/livekit.ts'
import { Person, until } from '../e2e/person.ts'
import { need } from '../setup/need.ts'
import { type Packed, packed } from './packed.ts'

const hasLiveKit = await need('livekit-server')

let here: Packed
beforeAll(() => {
  here = packed()
}, 120_000)
afterAll(() => here[Symbol.dispose]())

type Run = { code: number; out: string; err: string }

/** Runs the command of the package as a person would, with nothing in the environment. */
function run(args: string[]): Promise<Run> {
  return new Promise(resolve => {
    const settings = { cwd: here.folder, env: { PATH: process.env.PATH, HOME: process.env.HOME } }
    execFile(process.execPath, [here.command, ...args], settings, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err })
    })
  })
}

describe('the package', { timeout: 60_000 }, () => {
  it('holds the programs, the built page and the types, and nothing that is only of use here', () => {
    for (const file of [
      'dist/agent/index.d.ts',
      'dist/web/dist/index.html',
      'dist/web/dist/direct.html',
      'dist/agent/rehearsal/control/live.html',
      'dist/livekit.yaml',
      'docs/api.md',
    ])
      expect(here.files).toContain(file)
    expect(here.files.filter(file => /(^|\/)(test|\.env)\b|(?<!\.d)\.ts$/.test(file))).toEqual([
      '.env.example',
    ])
  })

  it('answers a question on the command line, with a rehearsal of its own', async () => {
    const { code, out } = await run(['ask', '--text', 'where is the salt', '--out', 'answer.wav'])
    expect(code).toBe(0)
    expect(out).toContain('where is the salt')
    expect(readWav(readFileSync(join(here.folder, 'answer.wav'))).pcm.length).toBeGreaterThan(24_000)
  })

  it('serves the page, built', async () => {
    const child = spawn(process.execPath, [here.command, 'web'], {
      cwd: here.folder,
      env: { PATH: process.env.PATH, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const gone = new Promise(resolve => child.once('close', resolve))
    let said = ''
    for await (const data of child.stdout) {
      said += data
      if (/^ready$/m.test(said)) break
    }
    const page = await (await fetch(/https?:\S+/.exec(said)![0])).text()
    child.kill('SIGTERM')
    await gone
    expect(page).toContain('<title>Roundtable</title>')
    expect(page).toMatch(/assets\/[\w-]+\.js/)
  })

  it('says what there is, and what a wrong command is', async () => {
    const help = await run(['--help'])
    expect(help.code).toBe(0)
    for (const name of ['start', 'worker', 'web', 'rehearsal', 'ask', 'talk', 'doctor'])
      expect(help.out).toMatch(new RegExp(`^  ${name} `, 'm'))
    expect(await run(['strat'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('no command "strat"'),
    })
    expect(await run(['worker', '--port', '1'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('worker takes no arguments'),
    })
    expect((await run([])).code).toBe(2)
  })

  it('gives a program its types: the example is right, and a wrong use of it is not', () => {
    const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
    const check = (text: string) => {
      writeFileSync(join(here.folder, 'it.ts'), text)
      const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node']
      const { stdout } = spawnSync(process.execPath, [tsc, '--ignoreConfig', ...flags, 'it.ts'], {
        cwd: here.folder,
        encoding: 'utf8',
      })
      return stdout
    }
    const example = readFileSync(join(here.folder, 'examples', 'agent.ts'), 'utf8')
    expect(example.trimEnd().split('\n').length).toBeLessThan(30)
    expect(check(example)).toBe('')
    expect(check(example.replace('VOICE:', 'voice: 1, VOICE:'))).toMatch(
      /it\.ts.*'number' is not assignable to type 'string'/,
    )
  })

  it.runIf(hasLiveKit)('runs the example, which LiveKit sends into rooms that ask for it', async () => {
    await using livekit = await startLiveKit()
    await using rehearsal = await startRehearsal()
    const child = spawn(process.execPath, [join('examples', 'agent.ts')], {
      cwd: here.folder,
      env: {
        PATH: process.env.PATH,
        LIVEKIT_URL: livekit.url,
        LIVEKIT_API_KEY: livekit.apiKey,
        LIVEKIT_API_SECRET: livekit.apiSecret,
        GOOGLE_GEMINI_BASE_URL: rehearsal.url,
        HEALTH_PORT: '0',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const code = new Promise<number | null>(resolve => child.once('close', resolve))
    let said = ''
    child.stdout.on('data', data => {
      said += data
    })
    await until(() => /registered as AW_/.test(said), 'it has registered')
    await new Stage(livekit).dispatches.createDispatch('de-kneipe', 'quiz')
    await using ana = await Person.join(livekit, 'de-kneipe', 'ana')
    await until(() => ana.agentState === 'listening', 'the agent is there')
    expect(ana.agents[0]?.identity).toBe('agent-quiz')
    await ana.type('What are your instructions?')
    await until(() => ana.captions.some(({ text }) => /You host a quiz/.test(text)), 'its instructions')
    // Where the room differs, the model was told so too.
    expect(JSON.stringify(rehearsal.journal.sessions.at(-1)!.entries)).toContain('Speak German')
    child.kill('SIGTERM')
    expect(await code).toBe(0)
  })
})
