import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findLiveKit } from '../../agent/start/binary.ts'
import { start } from '../setup/tool.ts'
import { freePort } from './livekit.ts'

const root = join(import.meta.dirname, '..', '..')

export type Exit = { code: number | null; signal: NodeJS.Signals | null }

/** A real `npm start` on free ports, with a cache of its own, and everything that it has started. */
export class Started implements AsyncDisposable {
  readonly child: ChildProcess
  readonly ended: Promise<Exit>
  readonly #mark = randomUUID()
  readonly #scratch: string
  #out = ''
  #err = ''

  constructor(scratch: string, env: NodeJS.ProcessEnv) {
    this.#scratch = scratch
    // Its mark is in the environment of all that it starts, wherever in the tree of processes that ends up.
    this.child = spawn('npm', ['start'], {
      cwd: root,
      env: { ...env, ROUNDTABLE_TEST: this.#mark },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', text => (this.#out += text))
    this.child.stderr?.setEncoding('utf8').on('data', text => (this.#err += text))
    this.ended = new Promise(resolve => this.child.once('close', (code, signal) => resolve({ code, signal })))
  }

  /** What it printed, without what npm says first. */
  get lines(): string[] {
    const lines = this.#out.split('\n').map(line => line.trimEnd())
    return lines.filter(line => line !== '' && !line.startsWith('>'))
  }

  /** What it complained of, without npm's own remarks. */
  get complaints(): string[] {
    return this.#err.split('\n').filter(line => line !== '' && !line.startsWith('npm '))
  }

  /** The value after a word such as `join`. */
  line(word: string): string {
    const found = this.lines.find(line => line.startsWith(`${word} `))
    return found?.slice(word.length).trim() ?? ''
  }

  /** @throws Error with all that was said when it ends instead. */
  async untilReady(): Promise<void> {
    const ended = this.ended.then(() => 'ended')
    while (this.lines.at(-1) !== 'ready') {
      if ((await Promise.race([ended, delay(20)])) === 'ended')
        throw new Error(`npm start ended: ${this.#out}\n${this.#err}`)
    }
  }

  /** Every process of it that runs, by its command line. Linux only. */
  processes(): Map<number, string> {
    const found = new Map<number, string>()
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      if (!contents(`/proc/${pid}/environ`).includes(`ROUNDTABLE_TEST=${this.#mark}`)) continue
      found.set(Number(pid), contents(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim())
    }
    return found
  }

  /** The process whose command line has `words`. */
  pidOf(words: RegExp): number {
    for (const [pid, command] of this.processes()) if (words.test(command)) return pid
    throw new Error(`No process is ${words}: ${[...this.processes().values()].join('\n')}`)
  }

  /** Resolves with how long it took until nothing of it was left. */
  async untilNothingIsLeft(): Promise<number> {
    const began = performance.now()
    while (this.processes().size > 0) await delay(20)
    return performance.now() - began
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.processes().keys()) process.kill(pid, 'SIGKILL')
    await this.ended
    rmSync(this.#scratch, { recursive: true, force: true })
  }
}

/** Empty for a process that has ended, or is somebody else's. */
function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The configuration of a local LiveKit server on free ports; the path of it. */
export async function freeLiveKitFile(folder = mkdtempSync(join(tmpdir(), 'livekit-'))): Promise<string> {
  const ports = await Promise.all([freePort(), freePort(), freePort()])
  const content = {
    port: ports[0],
    bind_addresses: ['127.0.0.1'],
    rtc: { tcp_port: ports[1], udp_port: ports[2], use_external_ip: false, node_ip: '127.0.0.1' },
    keys: { devkey: 'secret' },
  }
  const path = join(folder, 'livekit.yaml')
  writeFileSync(path, JSON.stringify(content))
  return path
}

/** Nothing of a developer's own `.env` counts: what is set, even to nothing, wins. */
const UNSET = Object.fromEntries(
  ['LIVEKIT_URL', 'LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET', 'GEMINI_API_KEY', 'GOOGLE_API_KEY']
    .concat([
      'GOOGLE_GEMINI_BASE_URL',
      'GOOGLE_GENAI_USE_VERTEXAI',
      'MODEL',
      'VOICE',
      'THINKING',
      'AGENT_NAME',
    ])
    .concat(['ROOM', 'ROOMS', 'HOST', 'INVITE_CODE'])
    .map(name => [name, '']),
)

/** Runs `npm start` with these settings beside free ports. */
export async function runStart(settings: NodeJS.ProcessEnv = {}): Promise<Started> {
  const scratch = mkdtempSync(join(tmpdir(), 'started-'))
  // The server may be in the cache that this one replaces.
  const binary = await findLiveKit({ ...start, env: process.env })
  const path = [binary === undefined ? '' : dirname(binary.path), process.env.PATH].join(delimiter)
  const free = { PORT: '0', HEALTH_PORT: '0', REHEARSAL_PORT: '0', XDG_CACHE_HOME: scratch }
  const file = settings.LIVEKIT_CONFIG_FILE ?? (await freeLiveKitFile(scratch))
  const env = { ...process.env, ...UNSET, ...free, PATH: path, LIVEKIT_CONFIG_FILE: file, ...settings }
  return new Started(scratch, env)
}
