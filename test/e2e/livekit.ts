import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Binary, findLiveKit } from '../../agent/start/binary.ts'
import { portProblems } from '../../agent/start/ports.ts'
import { lineToGet, start } from '../setup/tool.ts'

const leash = join(import.meta.dirname, '..', '..', 'agent', 'start', 'leash.ts')
/** Looked for once a test file. */
let found: Promise<Binary | undefined> | undefined

export type TestLiveKit = AsyncDisposable & {
  url: string
  apiKey: string
  apiSecret: string
  pid: number
  /** Ends the server; the same ports serve `startLiveKit({ port })` again. */
  close(): Promise<void>
}

/** Below what systems hand out by themselves (32768 on Linux, 49152 elsewhere): no socket of another test gets in between. */
const OURS = { from: 12_000, to: 32_000 }

/** A port that nothing uses, TCP or UDP, neither here nor on the network. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = OURS.from + Math.floor(Math.random() * (OURS.to - OURS.from))
    if ((await isFree(port, 'tcp')) && (await isFree(port, 'udp'))) return port
  }
}

async function isFree(port: number, protocol: 'tcp' | 'udp'): Promise<boolean> {
  const wanted = { setting: '', port, protocol, hosts: ['0.0.0.0'], forWhom: '' }
  return (await portProblems([wanted])).length === 0
}

/** A real livekit-server on free loopback ports, with its own keys; ready to be joined when this resolves. */
export async function startLiveKit(options: { port?: number } = {}): Promise<TestLiveKit> {
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(options)
    } catch (thrown) {
      // Between our finding a port free and the server's binding it, somebody else may have taken it.
      if (tries === 3 || !/address already in use/.test(String(thrown))) throw thrown
    }
  }
}

async function startOnce(options: { port?: number }): Promise<TestLiveKit> {
  const port = options.port ?? (await freePort())
  const apiKey = 'testkey'
  const apiSecret = 'a-secret-for-tests-of-32-characters'
  const config = {
    port,
    bind_addresses: ['127.0.0.1'],
    rtc: {
      tcp_port: await freePort(),
      udp_port: await freePort(),
      use_external_ip: false,
      node_ip: '127.0.0.1',
    },
    keys: { [apiKey]: apiSecret },
    logging: { level: 'warn' },
    room: { empty_timeout: 30, departure_timeout: 5 },
  }
  found ??= findLiveKit({ ...start, env: process.env })
  const binary = await found
  if (binary === undefined)
    throw new Error(`There is no livekit-server here; to get it: ${lineToGet('livekit-server')}`)
  // YAML is a superset of JSON. The leash ends the server when the tests are killed.
  const server = spawn(process.execPath, [leash, binary.path, '--config-body', JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const told = new Promise<number>(resolve => {
    server.once('message', message => resolve((message as { held: number }).held))
  })
  let said = ''
  server.stdout?.on('data', data => (said = `${said}${data}`.slice(-4000)))
  server.stderr?.on('data', data => (said = `${said}${data}`.slice(-4000)))
  const gone = new Promise<void>(resolve => server.once('exit', () => resolve()))
  await untilAnswering(port, server, () => said)
  const pid = await told
  const close = async () => {
    if (server.exitCode === null && server.signalCode === null) process.kill(pid, 'SIGKILL')
    await gone
  }
  const url = `ws://127.0.0.1:${port}`
  return { url, apiKey, apiSecret, pid, close, [Symbol.asyncDispose]: close }
}

async function untilAnswering(port: number, server: ChildProcess, said: () => string): Promise<void> {
  for (;;) {
    if (server.exitCode !== null || server.signalCode !== null)
      throw new Error(`livekit-server ended: ${said()}`)
    const answer = await fetch(`http://127.0.0.1:${port}`).catch(() => undefined)
    if (answer?.ok) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
