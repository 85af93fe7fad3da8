import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Rehearsal, startRehearsal } from '../../agent/rehearsal/server.ts'
import { connect, isSound, isTurnComplete, sendSound, silence, tone } from '../agent/rehearsal/client.ts'
import { need } from '../setup/need.ts'
import { startBrowser } from './browser.ts'

const canRun = await need('chromium')
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

describe.runIf(canRun)("the rehearsal's page", { timeout: 60_000 }, () => {
  let browser: Browser
  let rehearsal: Rehearsal
  let page: Page
  const complaints: string[] = []
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterEach(async () => {
    await page.close()
    await rehearsal.close()
    expect(complaints.splice(0)).toEqual([])
  })
  afterAll(() => browser.close())

  async function open(): Promise<void> {
    rehearsal = await startRehearsal()
    page = await browser.newPage()
    page.on('pageerror', error => complaints.push(error.message))
    page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
    await page.goto(`${rehearsal.url}/_rehearsal/`)
  }

  test('shows sessions as they run, and how they end', async () => {
    await open()
    await expect.poll(() => page.textContent('#state')).toBe('0 sessions live.')
    await using client = await connect(rehearsal.url, { outputAudioTranscription: {} })
    await expect.poll(() => page.textContent('#state')).toBe('1 session lives.')
    sendSound(client.session, tone(1_000))
    sendSound(client.session, silence(600))
    await client.until(isTurnComplete)
    const row = () => page.textContent('#sessions tr')
    await expect.poll(row).toMatch(/^s1gemini-3\.8-live1\.6 s\d\.\d s1/)
    const entries = () => page.textContent('#entries')
    await expect.poll(entries).toContain('"turnComplete":true')
    // Messages of sound that follow on each other are one line; speech was believed after the third.
    expect(await entries()).toMatch(/→ {2}audio, 3 messages.*activityStart.*→ {2}audio, 72 messages/s)
    client.session.close()
    await expect.poll(row).toContain('1005')
    await expect.poll(() => page.textContent('#state')).toBe('0 sessions live.')
  })

  test('shows what a client sent as text, and never as markup', async () => {
    await open()
    await using client = await connect(rehearsal.url)
    client.session.sendClientContent({ turns: '<img src=x onerror="document.title=1">' })
    await client.until(isSound)
    await expect.poll(() => page.textContent('#entries')).toContain('<img src=x')
    expect(await page.$$('img')).toHaveLength(0)
    expect(await page.title()).toBe('Rehearsal')
  })

  test('goes over to the session that is chosen, and has its sound to fetch', async () => {
    await open()
    await using first = await connect(rehearsal.url)
    await using second = await connect(rehearsal.url)
    first.session.sendClientContent({ turns: 'Said to the first.' })
    second.session.sendClientContent({ turns: 'Said to the second.' })
    await page.getByRole('button', { name: 's1' }).click()
    await expect.poll(() => page.textContent('#entries')).toContain('Said to the first.')
    expect(await page.textContent('#entries')).not.toContain('Said to the second.')
    await page.getByRole('button', { name: 's2' }).click()
    await expect.poll(() => page.textContent('#entries')).toContain('Said to the second.')
    expect(await page.textContent('#entries')).not.toContain('Said to the first.')
    const heard = await page.getAttribute('#spoken', 'href')
    expect((await fetch(new URL(heard!, page.url()))).headers.get('content-type')).toBe('audio/wav')
  })

  test('has nothing that keeps anybody out', async () => {
    await open()
    await using client = await connect(rehearsal.url)
    client.session.sendClientContent({ turns: 'Hello.' })
    await expect.poll(() => page.textContent('#entries')).toContain('Hello.')
    await page.addScriptTag({ path: axe })
    const { violations } = (await page.evaluate('axe.run(document)')) as { violations: { id: string }[] }
    expect(violations.map(({ id }) => id)).toEqual([])
  })
})
