import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Rehearsal, startRehearsal } from '../../agent/rehearsal/server.ts'
import { startLiveKit, type TestLiveKit } from './livekit.ts'

const root = join(import.meta.dirname, '..', '..')

/** One of the product's programs as a process of its own, with nothing in its environment but what a test says. */
export type Program = AsyncDisposable & {
  child: ChildProcess
  /** What it wrote so far, on both channels. */
  output(): string
  /** Sends `signal` and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<void>
}

/**
 * Starts `script` (a path in the repository) and waits until it prints `ready` (the worker: `registered`) on a line of its own.
 * @throws Error with what it said when it ends before.
 */
export async function startProgram(script: string, env: Record<string, string>): Promise<Program> {
  const child = spawn(process.execPath, [join(root, script)], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  const gone = new Promise<void>(resolve => child.once('close', () => resolve()))
  const up = new Promise<boolean>(resolve => {
    const note = (data: unknown) => {
      output = `${output}${data}`.slice(-100_000)
      if (/^(ready|registered)$/m.test(output)) resolve(true)
    }
    child.stdout!.on('data', note)
    child.stderr!.on('data', note)
    child.once('close', () => resolve(false))
  })
  if (!(await up)) throw new Error(`${script} ended: ${output}`)
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await gone
  }
  return { child, output: () => output, end, [Symbol.asyncDispose]: () => end() }
}

/** A worker as a process of its own, for `livekit` and the Live API at `gemini`; `more` are further settings of it. */
export function startWorker(
  { url, apiKey, apiSecret }: Pick<TestLiveKit, 'url' | 'apiKey' | 'apiSecret'>,
  gemini: string,
  more: Record<string, string> = {},
): Promise<Program> {
  return startProgram('agent/main.ts', {
    LIVEKIT_URL: url,
    LIVEKIT_API_KEY: apiKey,
    LIVEKIT_API_SECRET: apiSecret,
    GOOGLE_GEMINI_BASE_URL: gemini,
    HEALTH_PORT: '0',
    ...more,
  })
}

/** All that a room needs: a server, a model that is a rehearsal, and a worker. */
export type House = AsyncDisposable & { livekit: TestLiveKit; rehearsal: Rehearsal; worker: Program }

/** Starts it; `more` are further settings of the worker. */
export async function startHouse(more: Record<string, string> = {}): Promise<House> {
  await using started = new AsyncDisposableStack()
  const livekit = started.adopt(await startLiveKit(), it => it.close())
  const rehearsal = started.adopt(await startRehearsal(), it => it.close())
  const worker = started.use(await startWorker(livekit, rehearsal.url, more))
  const owned = started.move()
  return { livekit, rehearsal, worker, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
