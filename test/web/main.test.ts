import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

beforeAll(async () => {
  if (existsSync(`${root}web/dist/index.html`)) return
  const { build } = await import('vite')
  await build({ configFile: `${root}web/vite.config.ts` })
})

/** `npm run web` as its own process; `said` is everything on standard output. */
function run(env: Record<string, string>, stdio: 'pipe' | 'ipc' = 'pipe') {
  const child = spawn(process.execPath, ['web/server/main.ts'], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(stdio === 'ipc' ? (['ipc'] as const) : [])],
  })
  let out = ''
  let err = ''
  child.stdout?.on('data', data => {
    out += data
  })
  child.stderr?.on('data', data => {
    err += data
  })
  return { child, out: () => out, err: () => err, ended: once(child, 'exit'), closed: once(child, 'close') }
}

async function untilReady(child: ChildProcess, out: () => string): Promise<void> {
  while (!/^ready$/m.test(out())) {
    if (child.exitCode !== null) throw new Error('it ended before it was ready')
    await once(child.stdout!, 'data')
  }
}

test('the page comes up with its link and ready as the last line, and SIGTERM ends it cleanly', async () => {
  const { child, out, err, ended } = run({ PORT: '0' })
  await untilReady(child, out)
  expect(out().trimEnd().split('\n').at(-1)).toBe('ready')
  const link = /http:\/\/\S+/.exec(out())?.[0] ?? ''
  expect(await (await fetch(link)).text()).toContain('<title>Roundtable</title>')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(err()).toBe('')
})

test('it ends by itself when the process that runs it is gone', async () => {
  const { child, out, ended } = run({ PORT: '0' }, 'ipc')
  await untilReady(child, out)
  child.disconnect()
  expect(await ended).toEqual([0, null])
})

test('a held port and wrong settings end in one sentence each, and not with success', async () => {
  const holder = createServer()
  await new Promise<void>(resolve => holder.listen(0, '127.0.0.1', resolve))
  const { port } = holder.address() as { port: number }
  const held = run({ PORT: `${port}` })
  expect(await held.closed).toEqual([1, null])
  expect(held.err().trim().split('\n')).toEqual([expect.stringMatching(`^PORT: ${port} is held`)])
  await new Promise(resolve => holder.close(resolve))
  const wrong = run({ PORT: 'x', HOST: '0.0.0.0' })
  expect(await wrong.closed).toEqual([2, null])
  expect(wrong.err().trim().split('\n').length).toBe(2)
})
