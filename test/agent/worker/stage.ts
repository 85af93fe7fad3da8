import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Room } from '@livekit/rtc-node'
import { AccessToken, AgentDispatchClient, RoomServiceClient } from 'livekit-server-sdk'
import { Log } from '../../../agent/log.ts'
import { Stats } from '../../../agent/stats.ts'
import { startWorker, type Worker, type WorkerOptions } from '../../../agent/worker/worker.ts'
import type { TestLiveKit } from '../../e2e/livekit.ts'
import { silent } from './agents.ts'

/** What a test does to a LiveKit server: enters rooms, makes and deletes them, and starts workers. */
export class Stage {
  readonly livekit: TestLiveKit
  readonly rooms: RoomServiceClient
  readonly dispatches: AgentDispatchClient

  constructor(livekit: TestLiveKit) {
    const { url, apiKey, apiSecret } = livekit
    this.livekit = livekit
    this.rooms = new RoomServiceClient(url, apiKey, apiSecret)
    this.dispatches = new AgentDispatchClient(url, apiKey, apiSecret)
  }

  /** A person who enters `room` and says nothing. */
  async join(room: string, identity = 'ana'): Promise<Room & AsyncDisposable> {
    const { url, apiKey, apiSecret } = this.livekit
    const token = new AccessToken(apiKey, apiSecret, { identity })
    token.addGrant({ roomJoin: true, room })
    const person = new Room()
    await person.connect(url, await token.toJwt(), { autoSubscribe: false, dynacast: false })
    return Object.assign(person, { [Symbol.asyncDispose]: () => person.disconnect() })
  }

  /** The agent in `room`, once its connection stands. */
  async agentIn(room: string, identity = 'agent'): Promise<{ sid: string; holder: string } | undefined> {
    const all = await this.rooms.listParticipants(room)
    const found = all.find(one => one.identity === identity && one.state === 2)
    return found && { sid: found.sid, holder: found.attributes['roundtable.worker'] ?? '' }
  }

  /** A worker in this process, whose conversations say nothing. */
  async worker(options: Partial<WorkerOptions> = {}): Promise<Worker & { stats: Stats }> {
    const stats = new Stats()
    const { url, apiKey, apiSecret } = this.livekit
    const worker = await startWorker({
      livekit: { url, apiKey, apiSecret, isLocal: false },
      agentName: '',
      healthPort: 0,
      converse: silent,
      version: 'test',
      log: new Log({}, 'error', () => {}),
      stats,
      sweepMs: 1000,
      ...options,
    })
    return Object.assign(worker, { stats })
  }
}

/** A worker as a process of its own. */
export class Child implements AsyncDisposable {
  readonly process: ChildProcess
  readonly lines: string[] = []
  readonly errors: string[] = []
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>

  constructor(
    { url, apiKey, apiSecret }: { url: string; apiKey: string; apiSecret: string },
    agentName = '',
    sweepMs = 10_000,
  ) {
    this.process = spawn(process.execPath, [program, url, apiKey, apiSecret, agentName, String(sweepMs)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const said = [this.#read(this.process.stdout!, this.lines), this.#read(this.process.stderr!, this.errors)]
    // Not by `close`: it never comes where we have disconnected the channel ourselves.
    const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(resolve =>
      this.process.once('exit', (code, signal) => resolve({ code, signal })),
    )
    this.ended = Promise.all(said).then(() => exited)
  }

  #read(from: Readable, into: string[]): Promise<void> {
    const reader = createInterface({ input: from }).on('line', line => into.push(line))
    return new Promise(resolve => reader.once('close', resolve))
  }

  registered(): Promise<void> {
    return until(
      () => this.lines.includes('registered'),
      () => `the worker to register: ${this.errors.join('\n')}`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL')
    await this.ended
  }
}

const program = fileURLToPath(new URL('child.ts', import.meta.url))

/** Looks every 50 ms until `fact` holds. @throws after `within` ms, with what it waited for. */
export async function until(
  fact: () => boolean | Promise<boolean>,
  what: string | (() => string),
  within = 40_000,
): Promise<void> {
  const deadline = performance.now() + within
  while (!(await fact())) {
    if (performance.now() > deadline)
      throw new Error(`waited in vain for ${typeof what === 'string' ? what : what()}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
