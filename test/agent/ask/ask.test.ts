import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Dialogue } from '../../../agent/ask/dialogue.ts'
import { levelOf } from '../../../agent/audio/pcm.ts'
import { readWav, WavWriter } from '../../../agent/audio/wav.ts'
import { systemClock } from '../../../agent/clock.ts'
import { readConfig } from '../../../agent/config.ts'
import { Log } from '../../../agent/log.ts'
import { type Rehearsal, startRehearsal } from '../../../agent/rehearsal/server.ts'
import { noTools } from '../../../agent/tools/toolbox.ts'
import { startFakeLive } from '../../fakes/live-server.ts'

const main = join(import.meta.dirname, '../../../agent/ask/main.ts')

let rehearsal: Rehearsal
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ask-'))
  rehearsal = await startRehearsal()
})
afterAll(async () => {
  await rehearsal.close()
  rmSync(folder, { recursive: true })
})

/** As long as a slow machine may need. */
const soon = { timeout: 20_000 }

type Run = { code: number; out: string; err: string }

/** Runs the command as a person would, against the Live API at `url`. */
function run(args: string[], url = rehearsal.url, env = {}, input: string | Buffer = ''): Promise<Run> {
  return new Promise(resolve => {
    const settings = { PATH: process.env.PATH, GOOGLE_GEMINI_BASE_URL: url, ...env }
    const child = execFile(
      process.execPath,
      [main, ...args],
      { cwd: folder, env: settings },
      (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err })
      },
    )
    child.stdin!.on('error', () => {})
    child.stdin!.end(input)
  })
}

describe('--help', () => {
  it('tells every option, and asks nothing', async () => {
    const { code, out } = await run(['--help'], 'http://127.0.0.1:1')
    expect(code).toBe(0)
    for (const option of ['text', 'audio', 'image', 'video', 'out', 'json', 'chat'])
      expect(out).toContain(`--${option}`)
    expect(out).toContain('Exit code')
  })
})

describe('a question', () => {
  it('typed is answered in words and in a file of 24 kHz sound', async () => {
    const out = join(folder, 'typed.wav')
    const { code, out: words } = await run(['--text', 'where is the salt', '--out', out])
    expect(code).toBe(0)
    expect(words).toContain('where is the salt')
    const { pcm, rate } = readWav(readFileSync(out))
    expect(rate).toBe(24_000)
    expect(pcm.length).toBeGreaterThan(rate)
    expect(levelOf(pcm)).toBeGreaterThan(-40)
  })

  it('spoken, at any rate and longer than the network takes at once, is heard whole', async () => {
    const file = join(folder, 'spoken.wav')
    const rate = 44_100
    const wav = new WavWriter(file, rate)
    const tone = Int16Array.from(
      { length: rate * 6 },
      (_, i) => 8_000 * Math.sin((i * 2 * Math.PI * 300) / rate),
    )
    wav.write(tone)
    wav.close()
    const { code, out } = await run(['--audio', file, '--json'])
    expect(code).toBe(0)
    const answer = JSON.parse(out)
    expect(Number(/\[([\d.]+) s of speech\]/.exec(answer.heard)?.[1])).toBeCloseTo(6, 0)
    expect(answer.audioMs).toBeGreaterThan(500)
  })
})

describe('tools', () => {
  it('are called for an answer, which tells what they found', async () => {
    const TOOLS = join(import.meta.dirname, '../../../examples/tools/table.ts')
    const { code, out } = await run(['call read_notes', '--json'], rehearsal.url, { TOOLS })
    expect(code).toBe(0)
    const { text, tools } = JSON.parse(out)
    expect(tools).toEqual(['read_notes'])
    expect(text).toMatch(/I call read notes\. .*notes/)
  })
})

describe('an answer that is broken off', () => {
  it('has left a whole file of what came so far', async () => {
    await using live = await startFakeLive()
    const out = join(folder, 'broken-off.wav')
    const env = { PATH: process.env.PATH, GOOGLE_GEMINI_BASE_URL: live.url, GEMINI_API_KEY: 'key' }
    const child = spawn(process.execPath, [main, 'sing', '--out', out], { cwd: folder, env, stdio: 'ignore' })
    const gone = new Promise(resolve => child.once('close', resolve))
    const client = await live.next()
    const data = Buffer.from(new Int16Array(24_000).fill(1_000).buffer).toString('base64')
    const parts = [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }]
    client.send({ serverContent: { modelTurn: { parts } } })
    client.send({ serverContent: { modelTurn: { parts } } })
    await expect.poll(() => readWav(readFileSync(out)).pcm.length, soon).toBe(48_000)
    child.kill('SIGKILL')
    await gone
    expect(readWav(readFileSync(out))).toEqual({ pcm: new Int16Array(48_000).fill(1_000), rate: 24_000 })
  })
})

describe('standard input', () => {
  it('is the question where there is no other', async () => {
    const { code, out } = await run([], rehearsal.url, {}, 'where is the pepper\n')
    expect([code, out]).toEqual([0, expect.stringContaining('where is the pepper')])
  })

  it('is the file that is called -', async () => {
    const out = join(folder, 'pipe.wav')
    const wav = new WavWriter(out, 16_000)
    wav.write(Int16Array.from({ length: 32_000 }, (_, i) => 8_000 * Math.sin(i / 8)))
    wav.close()
    const { code, out: said } = await run(['--audio', '-', '--json'], rehearsal.url, {}, readFileSync(out))
    expect([code, JSON.parse(said).heard]).toEqual([0, expect.stringMatching(/\[[12]\.\d s of speech\]/)])
  })

  it('brings one question after the other with --chat, in one session, until q', async () => {
    const lines = 'My name is Ana.\n/image nowhere.png\nWhat have I written?\nq\nnot this\n'
    const { code, out, err } = await run(['--chat', '--json', '--out', 'chat.wav'], rehearsal.url, {}, lines)
    expect(code).toBe(0)
    const [first, missing, second, ...more] = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(first.text).toContain('My name is Ana.')
    expect(missing.error).toEqual({ kind: 'usage', message: '/image: nowhere.png cannot be read (ENOENT)' })
    expect(second.text).toContain('What have I written?')
    expect(more).toEqual([])
    expect(err).toContain('nowhere.png')
    const { pcm, rate } = readWav(readFileSync(join(folder, 'chat.wav')))
    expect((pcm.length / rate) * 1000).toBeCloseTo(first.audioMs + second.audioMs, -1)
    expect(rehearsal.journal.sessions.at(-1)!.summary.turns).toBe(2)
  })
})

describe('an answer in a session that goes on', () => {
  it('is ended by the next question, and is not mixed with it', async () => {
    await using live = await startFakeLive()
    const events: string[] = []
    await using dialogue = new Dialogue({
      gemini: { at: 'developer', apiKey: 'key', baseUrl: live.url },
      settings: readConfig({}).live,
      clock: systemClock,
      log: new Log({}, 'error', () => {}),
      toolbox: noTools,
      onTool: () => {},
      onEvent: event => events.push(event.type === 'said' ? event.text : event.type),
    })
    dialogue.start()
    const ask = (text: string) => dialogue.ask({ text, sound: undefined, pictures: [], film: undefined })
    const first = ask('one')
    const client = await live.next()
    const say = (text: string, rest = {}) =>
      client.send({ serverContent: { outputTranscription: { text }, ...rest } })
    const asked = (text: string) =>
      expect.poll(() => JSON.stringify(client.received), soon).toContain(`"text":"${text}"`)
    await asked('one')
    say('First')
    await expect.poll(() => events, soon).toEqual(['First'])
    const second = ask('two')
    expect(await first).toMatchObject({ text: 'First', isInterrupted: true })
    await asked('two')
    say(' of all')
    client.send({ serverContent: { interrupted: true } })
    client.send({ serverContent: { turnComplete: true } })
    say('Second', { turnComplete: true })
    expect(await second).toMatchObject({ text: 'Second', isInterrupted: false })
    expect(events).toEqual(['First', 'Second'])
  })
})

describe('what cannot be asked', () => {
  it.each([
    [[], /A question is missing/],
    [['--tetx', 'x'], /tetx/],
    [['--audio', 'nowhere.wav'], /--audio: nowhere\.wav cannot be read \(ENOENT\)/],
    [['--text', 'x', '--image', 'notes.txt'], /--image: notes.txt is no picture/],
    [['--audio', 'notes.txt'], /notes\.txt (is not a WAV file|cannot be read by ffmpeg)/],
    [['x', '--out', 'nowhere/answer.wav'], /--out: nowhere\/answer.wav cannot be written \(ENOENT\)/],
    [['one', 'two'], /"two" is one word too many/],
    [['one', '--text', 'two'], /there twice/],
    [['-', '--audio', '-'], /Only one of them can be -/],
    [['--audio', 'a.wav', '--video', 'a.mp4'], /cannot go together/],
  ])('%j is one sentence, the way to the usage, and exit code 2', async (args, sentence) => {
    writeFileSync(join(folder, 'notes.txt'), 'Buy milk.')
    const { code, err } = await run(args)
    expect(code).toBe(2)
    expect(err).toMatch(sentence)
    expect(err.trim().split('\n')).toHaveLength(3)
    expect(err).toContain('--help')
  })

  it('for a wrong setting is exit code 2 and the setting', async () => {
    const { code, err } = await run(['--text', 'x'], rehearsal.url, { MODEL: 'gemini-2.0-flash-live-001' })
    expect(code).toBe(2)
    expect(err).toMatch(/^MODEL/)
  })

  it('because the key is refused is exit code 1, with the setting and without the key', async () => {
    await using live = await startFakeLive(client =>
      client.socket.close(1007, 'API key not valid. Please pass a valid API key.'),
    )
    const { code, err } = await run(['--text', 'x'], live.url, { GEMINI_API_KEY: 'AIza-wrong' })
    expect(code).toBe(1)
    expect(err).toContain('GEMINI_API_KEY')
    expect(err).not.toContain('AIza-wrong')
    const { out } = await run(['--text', 'x', '--json'], live.url, { GEMINI_API_KEY: 'AIza-wrong' })
    expect(JSON.parse(out).error).toMatchObject({
      kind: 'key',
      message: expect.stringContaining('GEMINI_API_KEY'),
    })
  })

  it('because the session breaks is exit code 1', async () => {
    await using live = await startFakeLive(client => {
      client.send({ setupComplete: {} })
      client.socket.on(
        'message',
        data =>
          String(data).includes('clientContent') && client.socket.close(1011, 'Internal error encountered.'),
      )
    })
    const { code, err } = await run(['--text', 'x'], live.url, { GEMINI_API_KEY: 'key' })
    expect(code).toBe(1)
    expect(err).toContain('Internal error encountered.')
  })
})
