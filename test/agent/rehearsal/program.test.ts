import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { connect, isTurnComplete, wordsOf } from './client.ts'

const main = join(import.meta.dirname, '../../../agent/rehearsal/main.ts')
const cache = mkdtempSync(join(tmpdir(), 'rehearsal-'))
afterAll(() => rmSync(cache, { recursive: true }))

const environment = (variables: Record<string, string>) => ({
  PATH: process.env.PATH ?? '',
  HOME: cache,
  XDG_CACHE_HOME: cache,
  REHEARSAL_PORT: '0',
  ...variables,
})

type Program = { child: ChildProcess; lines: string[]; errors: () => string; ended: Promise<number | null> }

function start(variables: Record<string, string> = {}, withChannel = false): Program {
  const env = environment(variables)
  const child = withChannel
    ? fork(main, { env, silent: true, cwd: cache })
    : spawn(process.execPath, [main], { env, cwd: cache })
  const lines: string[] = []
  let errors = ''
  child.stdout!.on('data', data =>
    lines.push(
      ...String(data)
        .split('\n')
        .filter(line => line !== ''),
    ),
  )
  child.stderr!.on('data', data => {
    errors += data
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return { child, lines, errors: () => errors, ended }
}

async function ready(program: Program): Promise<string> {
  await expect.poll(() => program.lines.at(-1), { timeout: 25_000 }).toBe('ready')
  return program.lines.join('\n')
}

describe('npm run rehearsal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints the variables for both languages, then ready, and ends cleanly on %s',
    async signal => {
      const program = start()
      const text = await ready(program)
      const url = /GOOGLE_GEMINI_BASE_URL=(http:\S+)/.exec(text)![1]!
      const authority = /GOOGLE_GEMINI_BASE_URL=https:\S+ GEMINI_API_KEY=\S+ SSL_CERT_FILE=(\S+)/.exec(
        text,
      )![1]!
      expect(existsSync(authority)).toBe(true)
      await using client = await connect(url)
      program.child.kill(signal)
      expect(await client.closed).toMatchObject({ code: 1001 })
      expect(await program.ended).toBe(0)
      expect(existsSync(authority)).toBe(false)
    },
  )

  it('ends with the program that started it', async () => {
    const program = start({}, true)
    await ready(program)
    program.child.disconnect()
    expect(await program.ended).toBe(0)
  })

  it('plays a scenario from a file', async () => {
    const file = join(cache, 'scenario.json')
    writeFileSync(file, JSON.stringify({ turns: [{ does: [{ say: 'From a file.' }] }] }))
    const program = start({ REHEARSAL_SCENARIO: file })
    const url = /GOOGLE_GEMINI_BASE_URL=(http:\S+)/.exec(await ready(program))![1]!
    const client = await connect(url, { outputAudioTranscription: {} })
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toBe('From a file.')
    program.child.kill()
    await program.ended
  })

  it.each([
    ['{ "turns": [{ "says": 1 }] }', 'Unknown name "says"'],
    ['{', 'JSON'],
    [undefined, 'no such file'],
  ])('says what is wrong with the scenario %s, and ends with 2', async (content, words) => {
    const file = join(cache, `bad-${words.length}.json`)
    if (content !== undefined) writeFileSync(file, content)
    const program = start({ REHEARSAL_SCENARIO: file })
    expect(await program.ended).toBe(2)
    expect(program.errors()).toContain('REHEARSAL_SCENARIO')
    expect(program.errors()).toContain(words)
  })

  it('says that its port is taken, and ends with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const program = start({ REHEARSAL_PORT: String(port) })
    expect(await program.ended).toBe(1)
    expect(program.errors().trim()).toBe(
      `The rehearsal cannot listen on 127.0.0.1:${port}: another program has it; set REHEARSAL_PORT to another port, or to 0 for any free one`,
    )
    other.close()
  })
})

describe('a rehearsal that other machines reach', () => {
  it('wants a list of keys, and ends with 2 without', async () => {
    const program = start({ REHEARSAL_HOST: '0.0.0.0' })
    expect(await program.ended).toBe(2)
    expect(program.errors()).toMatch(
      /^REHEARSAL_KEYS: is needed when REHEARSAL_HOST \(0\.0\.0\.0\) is reachable/,
    )
  })

  it('prints a key of the list', async () => {
    const program = start({ REHEARSAL_HOST: '0.0.0.0', REHEARSAL_KEYS: 'first, second' })
    expect(await ready(program)).toContain('GEMINI_API_KEY=first')
    program.child.kill()
    expect(await program.ended).toBe(0)
  })
})
