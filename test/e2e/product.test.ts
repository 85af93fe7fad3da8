import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WavWriter } from '../../agent/audio/wav.ts'
import { need } from '../setup/need.ts'
import { startBrowser } from './browser.ts'
import { energyHeard, peers } from './page-peers.ts'
import { until } from './page-stage.ts'
import { speech } from './speech.ts'
import { runStart, type Started } from './started.ts'

const canRun = (await need('livekit-server', 'chromium', 'espeak-ng')) && process.platform === 'linux'

describe.runIf(canRun)('the link that npm start prints', { timeout: 120_000 }, () => {
  let scratch: string
  let started: Started
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'product-'))
    started = await runStart()
    await started.untilReady()
  }, 120_000)
  afterAll(async () => {
    await started?.[Symbol.asyncDispose]()
    rmSync(scratch, { recursive: true, force: true })
  })

  it('opened in a browser leads to a conversation: the microphone is heard, answered aloud, and both are written down', async () => {
    // A person who asks, and then waits for the answer; Chromium plays the file again and again.
    const { pcm, rate } = speech('I would like to know whether anybody here can hear me')
    const microphone = join(scratch, 'microphone.wav')
    const wav = new WavWriter(microphone, rate)
    wav.write(pcm)
    wav.write(new Int16Array(rate * 8))
    wav.close()

    const browser = await startBrowser({ microphone })
    try {
      const context = await browser.newContext()
      await context.addInitScript({ content: peers })
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', error => complaints.push(String(error)))
      await page.goto(started.line('join'))
      await page.getByLabel('Your name').fill('Ana')
      await page.getByRole('button', { name: 'Join' }).click()
      await page.locator('#room').waitFor()

      await until(page, `document.querySelector('#agent-word').textContent.startsWith('Answering')`)
      await until(page, `${energyHeard}.then(energy => energy > 0.01)`)
      await until(page, `/s of speech/.test(document.querySelector('[role=log]').textContent)`)
      await until(page, `/I heard/.test(document.querySelector('[role=log]').textContent)`)
      expect(complaints).toEqual([])
    } finally {
      await browser.close()
    }
  })
})
