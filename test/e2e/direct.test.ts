import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WavWriter } from '../../agent/audio/wav.ts'
import { readConfig } from '../../agent/config.ts'
import { Log } from '../../agent/log.ts'
import { type Rehearsal, startRehearsal } from '../../agent/rehearsal/server.ts'
import { startWeb, type Web } from '../../web/server/server.ts'
import { need } from '../setup/need.ts'
import { axe, findings } from './axe.ts'
import { startBrowser } from './browser.ts'
import { speech } from './speech.ts'

const canRun = await need('chromium', 'espeak-ng')

const config = fileURLToPath(new URL('../../web/vite.config.ts', import.meta.url))

/** Listens to what a page plays: the loudest sample of the last 40 ms, whatever the page itself says. */
const listening = `{
  const real = AudioNode.prototype.connect
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const analyser = new AnalyserNode(this.context, { fftSize: 1024 })
      real.call(this, analyser)
      window.loudness = () => {
        const samples = new Float32Array(1024)
        analyser.getFloatTimeDomainData(samples)
        return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
      }
    }
    return real.call(this, target, ...rest)
  }
}`

/** A minute of a tone, far more than is played before somebody interrupts. */
const minute = Int16Array.from({ length: 24_000 * 60 }, (_, i) => 8_000 * Math.sin(i / 10))

describe.runIf(canRun)('the page that talks to the Live API by itself', { timeout: 60_000 }, () => {
  let scratch: string
  let rehearsal: Rehearsal
  let web: Web
  let browser: Browser
  const complaints: string[] = []

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'direct-'))
    // Somebody who asks, and then waits for the answer; Chromium plays the file again and again.
    const { pcm, rate } = speech('I would like to know whether anybody here can hear me')
    const microphone = join(scratch, 'microphone.wav')
    const wav = new WavWriter(microphone, rate)
    wav.write(pcm)
    wav.write(new Int16Array(rate * 8))
    wav.close()
    const dist = join(scratch, 'dist')
    await build({ configFile: config, build: { outDir: dist } })
    rehearsal = await startRehearsal({
      answers: prompt =>
        prompt.kind === 'typed' && prompt.typed === 'sing'
          ? [{ kind: 'say', text: 'La la la', pcm: minute }]
          : undefined,
    })
    web = await startWeb(readConfig({ PORT: '0', GOOGLE_GEMINI_BASE_URL: rehearsal.url }), {
      dist,
      perMinute: 1000,
      log: new Log({}, 'error'),
    })
    browser = await startBrowser({ microphone })
  }, 120_000)
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
    expect(complaints.splice(0)).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await web?.close()
    await rehearsal?.close()
    rmSync(scratch, { recursive: true, force: true })
  })

  /** At the screen that asks to begin. */
  async function visit(how: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(how)
    await context.addInitScript({ content: listening })
    const page = await context.newPage()
    page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(String(error)))
    await page.goto(`${web.link}?direct`)
    return page
  }

  async function open(): Promise<Page> {
    const page = await visit()
    await page.getByRole('button', { name: 'Start' }).click()
    return page
  }

  const loudness = (page: Page) => page.evaluate('window.loudness?.() ?? 0') as Promise<number>
  const log = (page: Page) => page.getByRole('log').innerText()
  const soon = { timeout: 30_000 }

  test('hears the microphone, answers aloud, and writes both down', async () => {
    const page = await open()
    await expect.poll(() => loudness(page), soon).toBeGreaterThan(0.02)
    await expect.poll(() => log(page), soon).toMatch(/You: \[\d\.\d s of speech\]/)
    await expect.poll(() => log(page), soon).toMatch(/Model: .*I heard \d\.\d seconds of speech/)
    const { summary } = rehearsal.journal.sessions.at(-1)!
    expect(summary.model).toContain('gemini-3.8-live')
    expect(summary.heardMs).toBeGreaterThan(1_000)
    // The page has the token, and nothing else: not the key, not the way to another session.
    expect(await page.content()).not.toContain('auth_tokens')
    await page.getByText('What the room has and this page has not').waitFor()
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    await expect.poll(() => summary.closed, soon).toMatchObject({ by: 'client' })
  })

  test.each(['light', 'dark'] as const)('is accessible on every screen (%s)', async colorScheme => {
    const page = await visit({ colorScheme, reducedMotion: 'reduce', bypassCSP: true })
    await page.addScriptTag({ path: axe })
    expect(await findings(page)).toEqual([])
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByRole('status').getByText('Listening').waitFor()
    expect(await findings(page)).toEqual([])
    await page.getByRole('button', { name: 'Camera' }).click()
    await page.getByLabel('Message to the model').fill('Good morning')
    await page.getByRole('button', { name: 'Send' }).click()
    await expect.poll(() => log(page), soon).toMatch(/Model: \S/)
    expect(await findings(page)).toEqual([])
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    expect(await findings(page)).toEqual([])
  })

  test('falls silent at once when somebody talks over the answer', async () => {
    const page = await open()
    await page.getByRole('status').getByText('Listening').waitFor()
    await page.getByRole('button', { name: 'Microphone' }).click()
    const { summary } = rehearsal.journal.sessions.at(-1)!
    await page.getByLabel('Message to the model').fill('sing')
    await page.getByRole('button', { name: 'Send' }).click()
    await expect.poll(() => loudness(page), soon).toBeGreaterThan(0.2)
    const before = summary.interruptions
    await page.getByRole('button', { name: 'Microphone' }).click()
    await expect.poll(() => summary.interruptions, soon).toBeGreaterThan(before)
    await expect.poll(() => log(page), soon).toMatch(/Model: La.*\(interrupted\)/)
    // Most of the minute has arrived and not been heard: without the flush it would go on. The tone is louder than any word.
    await expect.poll(() => loudness(page), { timeout: 10_000 }).toBeLessThan(0.01)
  })

  test('shows the model the camera, a picture a second', async () => {
    const page = await open()
    await page.getByRole('status').getByText('Listening').waitFor()
    const { summary } = rehearsal.journal.sessions.at(-1)!
    await page.getByRole('button', { name: 'Camera' }).click()
    await expect.poll(() => summary.pictures, soon).toBeGreaterThanOrEqual(3)
    expect(await page.locator('#sight').isVisible()).toBe(true)
    await page.getByRole('button', { name: 'Camera' }).click()
    await page.locator('#sight').waitFor({ state: 'hidden' })
    expect(summary.picturesTooSoon).toBe(0)
  })

  test('says in a sentence why it has ended, and begins again', async () => {
    const page = await open()
    await page.getByRole('status').getByText('Listening').waitFor()
    rehearsal.strike(rehearsal.journal.sessions.at(-1)!.summary.id, {
      fault: 'CLOSE',
      code: 1011,
      reason: 'Internal error encountered.',
    })
    await page.getByText('The Live API has ended it: Internal error encountered.').waitFor()
    await page.getByRole('button', { name: 'Start again' }).click()
    await page.getByRole('status').getByText('Listening').waitFor()
  })

  test('can be written to where there is no microphone', async () => {
    const context = await browser.newContext()
    await context.addInitScript({
      content: `navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError') }`,
    })
    const page = await context.newPage()
    await page.goto(`${web.link}?direct`)
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByText('The microphone cannot be used (NotFoundError). You can write.').waitFor()
    await page.getByLabel('Message to the model').fill('where is the <b>salt</b>')
    await page.keyboard.press('Enter')
    await expect.poll(() => log(page), soon).toContain('You wrote: where is the <b>salt</b>')
  })
})
