import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { msOf } from '../../../agent/audio/pcm.ts'
import { Playout } from '../../../agent/audio/playout.ts'
import { readWav, WavWriter } from '../../../agent/audio/wav.ts'
import { type Rehearsal, startRehearsal } from '../../../agent/rehearsal/server.ts'
import { playFile } from '../../../agent/talk/microphone.ts'
import { recordSpeaker } from '../../../agent/talk/speaker.ts'
import { FakeClock } from '../../fakes/clock.ts'
import { startFakeLive } from '../../fakes/live-server.ts'

const main = join(import.meta.dirname, '../../../agent/talk/main.ts')

let rehearsal: Rehearsal
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'talk-'))
  rehearsal = await startRehearsal()
})
afterAll(async () => {
  await rehearsal.close()
  rmSync(folder, { recursive: true })
})

/** Two seconds that a detector takes for speech. */
const speech = Int16Array.from({ length: 32_000 }, (_, i) => 8_000 * Math.sin(i / 8))

/** As long as a slow machine may need. */
const soon = { timeout: 25_000 }

type Talking = { child: ChildProcess; out: () => string; err: () => string; ended: Promise<number | null> }

function talk(args: string[], env: NodeJS.ProcessEnv = {}): Talking {
  const settings = { PATH: process.env.PATH, GOOGLE_GEMINI_BASE_URL: rehearsal.url, ...env }
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env: settings })
  let out = ''
  let err = ''
  child.stdout.on('data', data => {
    out += data
  })
  child.stderr.on('data', data => {
    err += data
  })
  child.stdin.on('error', () => {})
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  return { child, out: () => out, err: () => err, ended }
}

describe('talking', { timeout: 60_000 }, () => {
  it('hears a recording as a microphone, is answered into a file, and takes typed lines in the same session', async () => {
    const wav = new WavWriter(join(folder, 'question.wav'), 16_000)
    wav.write(speech)
    wav.close()
    const { child, out, ended } = talk([
      '--microphone',
      'question.wav',
      '--speaker',
      'heard.wav',
      '--out',
      'all.wav',
    ])
    await expect.poll(out, soon).toMatch(/^You: \[\d\.\d s of speech\]\nAgent: .* I heard .*\n/)
    child.stdin!.write('where is the salt\n')
    await expect.poll(out, soon).toMatch(/where is the salt/)
    child.stdin!.write('q\n')
    expect(await ended).toBe(0)
    expect(readWav(readFileSync(join(folder, 'all.wav'))).pcm.length).toBeGreaterThan(24_000)
    expect(readWav(readFileSync(join(folder, 'heard.wav'))).rate).toBe(24_000)
    expect(rehearsal.journal.sessions).toHaveLength(1)
  })

  it.runIf(process.platform !== 'win32')(
    'reaches a microphone and a speaker by a program, and ends them with itself',
    async () => {
      writeFileSync(join(folder, 'speech.raw'), Buffer.from(speech.buffer))
      const sox = join(folder, 'sox')
      writeFileSync(
        sox,
        `#!/bin/sh\ncase "$*" in *"-r 16000"*) echo $$ > microphone.pid; cat speech.raw; while :; do head -c 6400 /dev/zero; sleep 0.2; done;; *) exec cat > heard.raw;; esac\n`,
      )
      chmodSync(sox, 0o755)
      const { child, out, ended } = talk(['--json'], { PATH: `${folder}:/usr/bin:/bin` })
      await expect.poll(() => existsSync(join(folder, 'microphone.pid')), soon).toBe(true)
      await expect.poll(() => statSync(join(folder, 'heard.raw')).size, soon).toBeGreaterThan(48_000)
      await expect.poll(out, soon).toMatch(/"heard":"\[\d/)
      child.kill('SIGTERM')
      expect(await ended).toBe(0)
      const pid = Number(readFileSync(join(folder, 'microphone.pid'), 'utf8'))
      expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    },
  )

  it.runIf(process.platform !== 'win32')('says in one sentence what is wrong with a device', async () => {
    const sox = join(folder, 'sox')
    writeFileSync(sox, '#!/bin/sh\necho "sox FAIL formats: no such device" >&2\nexit 2\n')
    chmodSync(sox, 0o755)
    const { err, ended } = talk(['--speaker', 'heard.wav'], { PATH: `${folder}:/usr/bin:/bin` })
    expect(await ended).toBe(1)
    expect(err()).toContain('--microphone: sox FAIL formats: no such device; name another device, or a file')
  })

  it('names what is missing, and what is wrong on the command line', async () => {
    const none = talk([], { PATH: folder, FOLDER: rmSync(join(folder, 'sox'), { force: true }) ?? '' })
    expect(await none.ended).toBe(2)
    expect(none.err()).toContain('neither sox nor ffmpeg is on the PATH; install one of them')
    const wrong = talk(['--with', 'arecord'])
    expect(await wrong.ended).toBe(2)
    expect(wrong.err()).toContain('--with: is "arecord"; use sox or ffmpeg')
  })

  it('ends where only another setting can help', async () => {
    await using live = await startFakeLive(client =>
      client.socket.close(1007, 'API key not valid. Please pass a valid API key.'),
    )
    const wav = join(folder, 'question.wav')
    const { err, ended } = talk(['--microphone', wav, '--speaker', 'heard.wav'], {
      GOOGLE_GEMINI_BASE_URL: live.url,
      GEMINI_API_KEY: 'AIza-wrong',
    })
    expect(await ended).toBe(1)
    expect(err()).toContain('GEMINI_API_KEY')
    expect(err()).not.toContain('AIza-wrong')
  })
})

/** Lets time go by, and what waits for it happen. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += 10) {
    clock.pass(10)
    await new Promise(resolve => setImmediate(resolve))
  }
}

describe('a speaker', () => {
  it('is told no more than a moment ahead, so that an interruption is heard at once', async () => {
    const clock = new FakeClock()
    const path = join(folder, 'speaker.wav')
    await using speaker = recordSpeaker(path, clock)
    const playout = new Playout(speaker, { began: () => {}, ended: () => {} })
    const heardMs = () => msOf(readWav(readFileSync(path)).pcm.length, 24_000)
    playout.push(new Int16Array(24_000 * 10).fill(1_000))
    await pass(clock, 1_000)
    expect(heardMs()).toBeGreaterThanOrEqual(1_000)
    expect(heardMs()).toBeLessThanOrEqual(1_300)
    const atOnce = heardMs()
    playout.flush()
    await pass(clock, 5_000)
    expect(heardMs() - atOnce).toBeLessThanOrEqual(100)
  })
})

describe('a recording in place of a microphone', () => {
  it('lasts as long as it is, and is followed by silence', async () => {
    const clock = new FakeClock()
    const heard: number[] = []
    await using _microphone = playFile(speech, pcm => heard.push(...pcm), clock)
    await pass(clock, 500)
    expect(Math.abs(heard.length - 8_000)).toBeLessThanOrEqual(640)
    await pass(clock, 4_500)
    expect(Math.abs(heard.length - 80_000)).toBeLessThanOrEqual(640)
    expect(heard.slice(0, 32_000)).toEqual([...speech])
    expect(heard.slice(32_000).every(sample => sample === 0)).toBe(true)
  })
})
