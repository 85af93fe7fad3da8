import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { levelOf } from '../../../agent/audio/pcm.ts'
import { readWav, WavWriter } from '../../../agent/audio/wav.ts'
import { type Rehearsal, startRehearsal } from '../../../agent/rehearsal/server.ts'
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

type Run = { code: number; out: string; err: string }

/** Runs the command as a person would, against the Live API at `url`. */
function run(args: string[], url = rehearsal.url, env = {}): Promise<Run> {
  return new Promise(resolve => {
    const settings = { PATH: process.env.PATH, GOOGLE_GEMINI_BASE_URL: url, ...env }
    execFile(process.execPath, [main, ...args], { cwd: folder, env: settings }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err })
    })
  })
}

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

describe('what cannot be asked', () => {
  it.each([
    [[], /A question is missing/],
    [['--tetx', 'x'], /tetx/],
    [['--audio', 'nowhere.wav'], /--audio: nowhere\.wav cannot be read \(ENOENT\)/],
    [['--text', 'x', '--image', 'notes.txt'], /--image: the file is no picture/],
    [['--audio', 'notes.txt'], /notes\.txt is not a WAV file/],
  ])('%j is one sentence, the usage, and exit code 2', async (args, sentence) => {
    writeFileSync(join(folder, 'notes.txt'), 'Buy milk.')
    const { code, err } = await run(args)
    expect(code).toBe(2)
    expect(err).toMatch(sentence)
    expect(err).toContain('Usage:')
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
