import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Rehearsal, startRehearsal } from '../../agent/rehearsal/server.ts'
import { need } from '../setup/need.ts'
import { mouth } from './page-mouth.ts'
import { energyHeard, peers } from './page-peers.ts'
import { type Stage, says, startStage, until } from './page-stage.ts'
import { type Program, startWorker } from './program.ts'
import { speech } from './speech.ts'

const canRun = await need('livekit-server', 'chromium', 'espeak-ng')

/** The names over what is written, oldest first. */
const names = (page: Page) => page.locator('#log .who').allTextContents()
const count = async (page: Page, name: string) => (await names(page)).filter(one => one === name).length

describe.runIf(canRun)('people and the real agent', { timeout: 180_000 }, () => {
  let stage: Stage
  let rehearsal: Rehearsal
  let worker: Program
  const voices: Record<string, string> = {}

  const newWorker = () =>
    startWorker(stage.livekit, rehearsal.url, {
      MANNERS: 'open',
    })
  const join = (name: string) => stage.join(name, { script: peers + (voices[name] ?? '') })
  const listening = (page: Page) => says(page, '#agent-word', ['Listening'])

  beforeAll(async () => {
    // One sentence each: on a busy machine the pause after a first one may be taken for the end of a turn.
    voices.Ana = mouth(speech('I would like to know whether anybody at this table can hear me'))
    voices.Ben = mouth(speech('I wonder what the weather will be like tomorrow.', 'en-us+m3'))
    voices.Cho = mouth(speech('Please tell me what you have heard so far.', 'en-us+f3'))
    ;[stage, rehearsal] = await Promise.all([startStage(), startRehearsal()])
  })
  beforeEach(async () => {
    worker = await newWorker()
  })
  afterEach(async () => {
    await stage.clear()
    await worker.end()
    expect(stage.complaints.splice(0)).toEqual([])
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
    await rehearsal?.close()
  })

  test('one asks, all read it under her name, and all hear and read the answer', async () => {
    const pages = [await join('Ana'), await join('Ben'), await join('Cho')] as const
    for (const page of pages) {
      await says(page, '#count', ['3 people'])
      await listening(page)
    }
    const [ana] = pages
    await ana.evaluate('say()')
    for (const [index, page] of pages.entries()) {
      const her = index === 0 ? 'You' : 'Ana'
      await until(page, `document.querySelector('#agent-word').textContent.startsWith('Answering')`)
      await until(page, `${energyHeard}.then(energy => energy > 0.01)`)
      await expect.poll(() => count(page, her), { timeout: 20_000 }).toBe(1)
      await until(page, `/s of speech/.test(document.querySelector('#log p .said').textContent)`)
      await until(page, `/I heard/.test(document.querySelector('#log .agent .said').textContent)`)
    }
    for (const page of pages) {
      await listening(page)
      // One paragraph each, and nothing left open.
      expect((await names(page)).length).toBe(2)
      await page.locator('#log p[aria-busy="true"]').waitFor({ state: 'detached' })
    }
  })

  test('two talk at once: both are written down under their names, and are answered', async () => {
    const [ana, ben] = [await join('Ana'), await join('Ben')]
    await says(ana, '#count', ['2 people'])
    await listening(ana)
    await Promise.all([ana.evaluate('say()'), ben.evaluate('say()')])
    await expect.poll(() => names(ana), { timeout: 20_000 }).toEqual(expect.arrayContaining(['You', 'Ben']))
    await until(ana, `document.querySelector('#log .agent') !== null`)
    await listening(ana)
    const [agentName] = await ana.locator('#log .agent .who').allTextContents()
    expect(await count(ana, agentName!)).toBe(1)
    expect(await count(ben, 'You')).toBe(1)
    expect(await count(ben, 'Ana')).toBe(1)
  })

  test('who is muted is not heard', async () => {
    const [ana, ben] = [await join('Ana'), await join('Ben')]
    await says(ana, '#count', ['2 people'])
    await listening(ana)
    await ana.getByRole('button', { name: 'Mic' }).click()
    await ben.locator('.tile', { hasText: 'Ana' }).locator('.state', { hasText: 'muted' }).waitFor()
    await ana.evaluate('say()')
    // What Ben says afterwards comes through, so what Ana said would have come before.
    await ben.evaluate('say()')
    await expect.poll(() => count(ben, 'You'), { timeout: 20_000 }).toBe(1)
    await until(ben, `document.querySelector('#log .agent') !== null`)
    expect(await count(ben, 'Ana')).toBe(0)
  })

  test('the agent dies, people go on, and have it back without a reload; when all have left, its session ends', async () => {
    const [ana, ben] = [await join('Ana'), await join('Ben')]
    await says(ana, '#count', ['2 people'])
    await listening(ana)
    await worker.end('SIGKILL')
    // LiveKit takes up to some 20 s to see that somebody is dead.
    await ana
      .locator('#agent-hint', { hasText: 'It went away. It will be back.' })
      .waitFor({ timeout: 60_000 })
    await ben.locator('#line').fill('Are you still there?')
    await ben.locator('#line').press('Enter')
    await says(ana, '#log .said', ['Are you still there?'])
    worker = await newWorker()
    await listening(ana)
    await says(ben, '#people .name', ['Ben (you)', 'Ana'])
    await ana.getByRole('button', { name: 'Leave' }).click()
    await ben.getByRole('button', { name: 'Leave' }).click()
    const isOver = () => rehearsal.journal.sessions.every(({ summary }) => summary.closed !== undefined)
    await expect.poll(isOver, { timeout: 40_000 }).toBe(true)
  })
})
