import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { need } from '../setup/need.ts'
import { freePort, startLiveKit } from './livekit.ts'
import { freeLiveKitFile, runStart } from './started.ts'

const canRun = (await need('livekit-server')) && process.platform === 'linux'

/** From the wish to the last process. */
const GONE_WITHIN = 5000

describe.runIf(canRun)('npm start', { timeout: 120_000 }, () => {
  test('comes up, says what runs where, and serves the page of its link', async () => {
    await using started = await runStart({ INVITE_CODE: 'open-sesame' })
    await started.untilReady()
    expect(started.line('LiveKit')).toMatch(/^ws:\/\/127\.0\.0\.1:\d+ \(started here, livekit-server \d/)
    expect(started.line('Gemini')).toMatch(/^rehearsal at http:\/\/127\.0\.0\.1:\d+ /)
    expect(started.line('worker')).toMatch(/^registered/)
    expect(started.line('join')).toMatch(/^http:\/\/localhost:\d+\/r\/roundtable#k=open-sesame$/)
    expect(started.lines.slice(-2).map(line => line.trim())).toEqual(['open it in two windows', 'ready'])
    expect(started.complaints).toEqual([])
    const page = await fetch(started.line('join'))
    expect(page.status).toBe(200)
    expect(readdirSync(started.line('logs')).sort()).toEqual([
      'livekit.log',
      'page.log',
      'rehearsal.log',
      'worker.log',
    ])
  })

  test('with a LiveKit server of ours that already runs uses that, and leaves it alone', async () => {
    await using server = await startLiveKit()
    const { apiKey, apiSecret, url } = server
    const settings = { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret }
    await using started = await runStart(settings)
    await started.untilReady()
    expect(started.line('LiveKit')).toBe(`${url} (LIVEKIT_URL)`)
    expect([...started.processes().values()].join()).not.toContain('livekit-server')
  })

  test('twice on one machine shares the LiveKit server', async () => {
    const file = await freeLiveKitFile()
    await using first = await runStart({ LIVEKIT_CONFIG_FILE: file })
    await first.untilReady()
    await using second = await runStart({ LIVEKIT_CONFIG_FILE: file })
    await second.untilReady()
    expect(second.line('LiveKit')).toContain('already running')
    second.child.kill('SIGTERM')
    await second.untilNothingIsLeft()
    expect(first.processes().size).toBeGreaterThan(4)
  })
})

describe.runIf(canRun)('the end of npm start', { timeout: 120_000 }, () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('by %s is clean, quick and whole', async signal => {
    await using started = await runStart()
    await started.untilReady()
    started.child.kill(signal)
    expect(await started.untilNothingIsLeft()).toBeLessThan(GONE_WITHIN)
    expect(await started.ended).toEqual({ code: 0, signal: null })
    expect(started.complaints).toEqual([])
  })

  test('by Ctrl-C, which npm gets and passes on, is as clean', async () => {
    await using started = await runStart()
    await started.untilReady()
    const main = started.pidOf(/^node agent\/start\/main\.ts/)
    process.kill(main, 'SIGINT')
    started.child.kill('SIGINT')
    expect(await started.untilNothingIsLeft()).toBeLessThan(GONE_WITHIN)
    expect(started.complaints).toEqual([])
  })

  test('before it is ready is as whole', async () => {
    await using started = await runStart()
    await expect.poll(() => started.processes().size, { timeout: 60_000 }).toBeGreaterThan(3)
    started.child.kill('SIGTERM')
    expect(await started.untilNothingIsLeft()).toBeLessThan(GONE_WITHIN)
  })

  test.each([
    ['npm', /^npm start/],
    ['npm start itself', /^node agent\/start\/main\.ts/],
  ])('by the sudden death of %s leaves nothing behind', async (_, words) => {
    await using started = await runStart()
    await started.untilReady()
    process.kill(started.pidOf(words), 'SIGKILL')
    expect(await started.untilNothingIsLeft()).toBeLessThan(GONE_WITHIN)
  })

  test.each([
    ['LiveKit server', /^\S*livekit-server /],
    ['rehearsal', /agent\/rehearsal\/main\.ts/],
    ['worker', /agent\/main\.ts/],
    ['page', /web\/server\/main\.ts/],
  ])('comes with the death of the %s, which it names', async (name, words) => {
    await using started = await runStart()
    await started.untilReady()
    process.kill(started.pidOf(words), 'SIGKILL')
    expect(await started.untilNothingIsLeft()).toBeLessThan(GONE_WITHIN)
    expect((await started.ended).code).toBe(1)
    expect(started.complaints[0]).toContain(`The ${name} has ended`)
    const [log = ''] = /\/\S+\.log/.exec(started.complaints[0] ?? '') ?? []
    expect(existsSync(log)).toBe(true)
  })
})

describe.runIf(canRun)('what is wrong', { timeout: 60_000 }, () => {
  test('with the settings is told whole, and nothing is started', async () => {
    await using started = await runStart({ PORT: 'eighty', VOICE: 'Darth', LIVEKIT_URL: 'localhost' })
    expect(await started.ended).toEqual({ code: 2, signal: null })
    expect(started.complaints.map(line => line.replace(/:.*/, '')).sort()).toEqual([
      'LIVEKIT_URL',
      'PORT',
      'VOICE',
    ])
    expect(started.lines).toEqual([])
  })

  test('with ports is told whole, with who holds them', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    await using started = await runStart({ PORT: `${port}`, HEALTH_PORT: `${port}` })
    expect((await started.ended).code).toBe(1)
    holder.close()
    expect(started.complaints).toHaveLength(2)
    expect(started.complaints[0]).toMatch(new RegExp(`^PORT: .*${port}.* \\(pid ${process.pid}\\)`))
    expect(started.complaints[1]).toMatch(/^HEALTH_PORT: /)
    expect(started.lines).toEqual([])
  })

  test('with the secret of LiveKit is one sentence', async () => {
    await using server = await startLiveKit()
    await using started = await runStart({
      LIVEKIT_URL: server.url,
      LIVEKIT_API_KEY: server.apiKey,
      LIVEKIT_API_SECRET: 'another-secret-than-the-server-has',
    })
    expect((await started.ended).code).toBe(1)
    expect(started.complaints).toHaveLength(1)
    expect(started.complaints[0]).toMatch(/^LIVEKIT_API_SECRET: /)
    expect(started.complaints[0]).not.toContain('another-secret')
    expect(started.lines).toEqual([])
  })

  test('with the address of LiveKit is one sentence', async () => {
    const LIVEKIT_URL = `ws://127.0.0.1:${await freePort()}`
    await using started = await runStart({ LIVEKIT_URL, LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: 's' })
    expect((await started.ended).code).toBe(1)
    expect(started.complaints).toHaveLength(1)
    expect(started.complaints[0]).toContain(`nothing answers at ${LIVEKIT_URL}`)
  })
})
