import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { keyProblems, liveKitPorts, planLiveKit } from '../../../agent/start/livekit.ts'
import { checkLiveKit } from '../../../agent/start/livekit-check.ts'
import { type LiveKitFile, readLiveKitFile } from '../../../agent/start/livekit-file.ts'
import { freePort, startLiveKit, type TestLiveKit } from '../../e2e/livekit.ts'
import { need } from '../../setup/need.ts'

describe.runIf(await need('livekit-server'))('a LiveKit server', () => {
  let server: TestLiveKit
  beforeAll(async () => {
    server = await startLiveKit()
  })
  afterAll(() => server.close())
  afterEach(() => {
    vi.useRealTimers()
  })

  const check = (more: { url?: string; apiKey?: string; apiSecret?: string; isLocal?: boolean } = {}) =>
    checkLiveKit({
      url: server.url,
      apiKey: server.apiKey,
      apiSecret: server.apiSecret,
      isLocal: false,
      ...more,
    })

  test('lets us in with its key and secret', async () => {
    await expect(check()).resolves.toBeUndefined()
  })

  test('with another secret is one sentence that names the secret, and not its value', async () => {
    const error = await check({ apiSecret: 'hushhushhushhushhushhushhushhush' }).catch(thrown => thrown)
    expect(error).toMatchObject({
      kind: 'unauthorized',
      message: expect.stringMatching(/^LIVEKIT_API_SECRET: /),
    })
    expect(error.message).not.toMatch(/hush|eyJ/)
  })

  test('that does not know the key is another sentence', async () => {
    await expect(check({ apiKey: 'nobody' })).rejects.toMatchObject({
      kind: 'unauthorized',
      message: expect.stringMatching(/^LIVEKIT_API_KEY: .*"nobody"/),
    })
  })

  test.each([
    ['ahead of', 3_600_000],
    ['behind', -86_400_000],
  ])('whose clock we are %s is a third, with how far', async (direction, offMs) => {
    vi.useFakeTimers({ now: Date.now() + offMs, toFake: ['Date'] })
    const error = await check().catch(thrown => thrown)
    expect(error).toMatchObject({
      kind: 'clock',
      message: expect.stringContaining(` s ${direction} that of`),
    })
    const seconds = Number(/ (\d+) s /.exec(error.message)?.[1])
    expect(Math.abs(seconds - Math.abs(offMs) / 1000)).toBeLessThan(60)
  })

  test('that is not there is a fourth, with the reason', async () => {
    await expect(check({ url: `ws://127.0.0.1:${await freePort()}` })).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/^LIVEKIT_URL: nothing answers at ws:.*ECONNREFUSED/),
    })
  })

  test('that is something else is a fifth', async () => {
    await using other = await webServer()
    await expect(check({ url: other.url })).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('is not a LiveKit server (HTTP 200)'),
    })
  })

  test('that never answers is given up', async () => {
    await using mute = await webServer(() => {})
    const { url } = mute
    const asked = checkLiveKit({ url, apiKey: 'k', apiSecret: 's', isLocal: false }, 100)
    await expect(asked).rejects.toThrow(`nothing answers at ${url} (no answer in time)`)
  })

  test('of ours that already runs on this machine is used', async () => {
    const { apiKey, apiSecret, url } = server
    const file = { ...anyFile, port: Number(new URL(url).port) }
    const livekit = { url: 'ws://127.0.0.1:7880', apiKey, apiSecret, isLocal: true }
    expect(await planLiveKit(livekit, file)).toEqual({ is: 'running', livekit: { ...livekit, url } })
  })

  test('that already runs on this machine and is not ours names the key and the other way out', async () => {
    const file = { ...anyFile, port: Number(new URL(server.url).port) }
    const livekit = { url: 'ws://127.0.0.1:7880', apiKey: 'devkey', apiSecret: 'secret', isLocal: true }
    await expect(planLiveKit(livekit, file)).rejects.toThrow(
      /LIVEKIT_API_KEY: A LiveKit server that is not ours .* or end that server/,
    )
  })
})

const anyFile: LiveKitFile = {
  path: 'livekit.yaml',
  port: 7880,
  bindAddresses: ['127.0.0.1'],
  tcpPort: 7881,
  udpPort: 7882,
  keys: { devkey: 'secret' },
}
const local = { url: 'ws://127.0.0.1:7880', apiKey: 'devkey', apiSecret: 'secret', isLocal: true }

async function webServer(answer?: () => void): Promise<AsyncDisposable & { url: string; port: number }> {
  const server = createServer(answer ?? ((_, response) => response.end('a page')))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `ws://127.0.0.1:${port}`, port, [Symbol.asyncDispose]: close }
}

describe('the port of a local server', () => {
  test('that is free leaves it to us to start one', async () => {
    const port = await freePort()
    const plan = await planLiveKit(local, { ...anyFile, port })
    expect(plan).toEqual({ is: 'absent', livekit: { ...local, url: `ws://127.0.0.1:${port}` } })
  })

  test('that something else holds is a matter for the look at the ports', async () => {
    await using other = await webServer()
    expect(await planLiveKit(local, { ...anyFile, port: other.port })).toMatchObject({ is: 'absent' })
  })
})

describe('livekit.yaml', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'livekit-file-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function read(content: string): LiveKitFile {
    const path = join(folder, 'livekit.yaml')
    writeFileSync(path, content)
    return readLiveKitFile(path)
  }

  test('of this repository is on loopback with the ports and the key that LiveKit itself uses for development', () => {
    const path = join(import.meta.dirname, '..', '..', '..', 'livekit.yaml')
    expect(readLiveKitFile(path)).toEqual({ ...anyFile, path, bindAddresses: ['127.0.0.1', '::1'] })
  })

  test('may leave out what LiveKit has defaults for', () => {
    expect(read('keys: {k: s}')).toMatchObject({
      port: 7880,
      bindAddresses: [],
      udpPort: undefined,
      keys: { k: 's' },
    })
    expect(read('')).toMatchObject({ port: 7880, keys: {} })
  })

  test('may have a range of UDP ports, which we leave to LiveKit', () => {
    expect(read('rtc: {udp_port: 50000-60000}').udpPort).toBeUndefined()
  })

  test.each([
    ['a port that is none', 'port: 700000', /LIVEKIT_CONFIG_FILE: .*port/],
    ['a port that is no number', 'port: seven', /LIVEKIT_CONFIG_FILE: .*port/],
    ['no YAML', 'port: [', /LIVEKIT_CONFIG_FILE: .*cannot be used/],
    ['a key without a secret', 'keys: {devkey: }', /LIVEKIT_CONFIG_FILE: .*keys/],
  ])('with %s says where', (_, content, message) => {
    expect(() => read(content)).toThrow(message)
  })

  test('that is not there says so', () => {
    expect(() => readLiveKitFile(join(folder, 'absent.yaml'))).toThrow(/LIVEKIT_CONFIG_FILE: .*ENOENT/)
  })

  test('must know our key, with our secret; the secret is not told', () => {
    expect(keyProblems(local, anyFile)).toEqual([])
    expect(keyProblems({ ...local, apiKey: 'other' }, anyFile)[0]).toMatchObject({
      setting: 'LIVEKIT_API_KEY',
    })
    const [problem] = keyProblems({ ...local, apiSecret: 'hush' }, anyFile)
    expect(problem).toMatchObject({ setting: 'LIVEKIT_API_SECRET' })
    expect(problem?.what).not.toMatch(/hush|secret"/)
  })

  test('names every port that the server is going to hold', () => {
    expect(liveKitPorts(anyFile).map(({ port, protocol }) => `${protocol} ${port}`)).toEqual([
      'tcp 7880',
      'tcp 7881',
      'udp 7882',
    ])
  })
})
