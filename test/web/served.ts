import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Alarm, Clock } from '../../agent/clock.ts'
import { type Config, readConfig } from '../../agent/config.ts'
import { Log } from '../../agent/log.ts'
import type { Occupant } from '../../web/server/occupants.ts'
import { startWeb, type Web } from '../../web/server/server.ts'

export type Served = AsyncDisposable & {
  web: Web
  config: Config
  /** Everything that was logged, as it was written. */
  logged(): string
  /** Who LiveKit says is in each room; set to an Error to make it fail. */
  inside: { occupants: Occupant[] | Error }
  /** Lets `ms` pass on the server's clock. */
  pass(ms: number): void
  mint(body: unknown, headers?: Record<string, string>): Promise<Response>
}

/** The web server on a free port with a page of a few bytes, and nothing behind it: LiveKit is not asked. */
export async function serve(env: Record<string, string> = {}, perMinute = 1000): Promise<Served> {
  const config = readConfig({
    PORT: '0',
    LIVEKIT_URL: 'ws://127.0.0.1:7880',
    LIVEKIT_API_KEY: 'testkey',
    LIVEKIT_API_SECRET: 'a-secret-for-tests-of-32-characters',
    ...env,
  })
  let lines = ''
  let now = 0
  const clock: Clock = { now: () => now, wall: () => Date.now() + now, after: (): Alarm => ({ cancel() {} }) }
  const inside: Served['inside'] = { occupants: [] }
  const occupants = async () => {
    if (inside.occupants instanceof Error) throw inside.occupants
    return inside.occupants
  }
  const log = new Log({ part: 'web' }, 'debug', line => {
    lines += line
  })
  const dist = await builtPage()
  const web = await startWeb(config, { log, clock, dist, perMinute, occupants }).catch(async error => {
    await rm(dist, { recursive: true })
    throw error
  })
  const mint = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${web.url}/api/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const close = async () => {
    await web.close()
    await rm(dist, { recursive: true })
  }
  return {
    web,
    config,
    logged: () => lines,
    inside,
    pass(ms) {
      now += ms
    },
    mint,
    [Symbol.asyncDispose]: close,
  }
}

async function builtPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'roundtable-page-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Roundtable</title>')
  await writeFile(join(folder, 'direct.html'), '<!doctype html><title>Roundtable, directly</title>')
  await writeFile(join(folder, 'assets', 'call-Bx3.js'), `export const words = '${'word '.repeat(2000)}'`)
  return folder
}

/** What a token says, unverified. */
export function claims(token: string): Record<string, unknown> & { video: Record<string, unknown> } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
