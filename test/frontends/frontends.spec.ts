import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBrowser } from '../e2e/browser.ts'
import { mouth } from '../e2e/page-mouth.ts'
import { energyHeard, peers } from '../e2e/page-peers.ts'
import { says, until } from '../e2e/page-stage.ts'
import { speech } from '../e2e/speech.ts'
import { runStart, type Started } from '../e2e/started.ts'
import { need } from '../setup/need.ts'
import { type FrontEnds, type PageName, serveFrontEnds } from './pages.ts'

const canRun = await need('livekit-server', 'chromium', 'espeak-ng')

/** Waits until what stands in the first that `selector` finds matches. */
const reads = (page: Page, selector: string, what: RegExp) =>
  expect.poll(() => page.locator(selector).first().textContent(), { timeout: 20_000 }).toMatch(what)

/** How the answer to a typed line goes, as the attribute tells it. */
const ANSWERED = /listening thinking speaking listening$/
/** All that the rehearsal understands of speech. */
const WORDS = /^\[[\d.]+ s of speech\]$/

describe.runIf(canRun)('LiveKit’s own front ends, in one room with the agent', { timeout: 120_000 }, () => {
  let started: Started
  let frontEnds: FrontEnds
  let browser: Browser
  let starter: Page
  let playground: Page
  let meet: Page
  const complaints: string[] = []

  /** Opens one of them, and comes into the room by the button of that name. */
  async function join(name: PageName, person: string, button: string): Promise<Page> {
    const context = await browser.newContext()
    const words = speech('I would like to know whether anybody at this table can hear me')
    await context.addInitScript({ content: peers + mouth(words) })
    const page = await context.newPage()
    page.on('console', message => message.type() === 'error' && complaints.push(`${name}: ${message.text()}`))
    page.on('pageerror', error => complaints.push(`${name}: ${error}`))
    await page.goto(frontEnds.address(name, `${started.line('page')}/api/token`, person))
    await page.getByRole('button', { name: button }).click()
    return page
  }

  beforeAll(async () => {
    ;[started, frontEnds, browser] = await Promise.all([
      runStart({ TOOLS: './examples/tools/measures.ts' }),
      serveFrontEnds(),
      startBrowser(),
    ])
    await started.untilReady()
    starter = await join('starter', 'Ana', 'Start call')
    playground = await join('playground', 'Ben', 'Connect')
    meet = await join('meet', 'Cho', 'Join Room')
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await frontEnds?.[Symbol.asyncDispose]()
    await started?.[Symbol.asyncDispose]()
  })

  test('find it, and see it listen', async () => {
    for (const page of [starter, playground]) {
      await says(page, '#agent', ['Roundtable'])
      await reads(page, '#states', /listening$/)
    }
    await reads(starter, '#assistant-states', /listening$/)
    await says(starter, '#failure', [''])
    const tile = meet.locator('.lk-participant-tile', { hasText: 'Roundtable' })
    await tile.waitFor()
    await meet.locator('.lk-participant-tile').nth(3).waitFor()
    expect(await tile.getAttribute('data-lk-audio-muted')).toBe('false')
  })

  test('somebody asks: all see it think and speak, hear it, and read both', async () => {
    await starter.evaluate('say()')
    // The bars move, and Meet's tile lights up, with its real voice.
    const bars = `[...document.querySelectorAll('#bars > *')].some(bar => parseInt(bar.style.height) > 25)`
    await Promise.all([
      until(starter, bars),
      until(playground, bars),
      meet.locator('.lk-participant-tile[data-lk-speaking=true]', { hasText: 'Roundtable' }).waitFor(),
    ])
    for (const page of [starter, playground, meet])
      await until(page, `${energyHeard}.then(energy => energy > 0.01)`)
    for (const page of [starter, playground]) {
      // Whether it is seen to think in between depends on how soon it answers.
      await reads(page, '#states', /listening.* speaking listening$/)
      await reads(page, '#messages [data-type=agentTranscript][data-from=Roundtable]', /I heard/)
    }
    await reads(starter, '#assistant-states', /listening.* speaking listening$/)
    await reads(starter, '#messages [data-type=userTranscript][data-from=me]', WORDS)
    // The hooks know of one person only: the words of others count as the agent's, with the right name.
    await reads(playground, '#messages [data-type=agentTranscript][data-from=Ana]', WORDS)
    for (const page of [starter, playground]) expect(await page.locator('#messages li').count()).toBe(2)
    expect(await starter.locator('#captions li').count()).toBe(2)
    // The packets that came before text streams.
    await reads(starter, '#my-packets', WORDS)
    await reads(starter, '#agent-packets', /I heard/)
  })

  test('somebody types: all read it, and hear and read the answer', async () => {
    const before = Number(await meet.evaluate(energyHeard))
    await meet.getByRole('button', { name: 'Chat' }).first().click()
    await meet.getByPlaceholder('Enter a message...').fill('What is on the table?')
    await meet.getByRole('button', { name: 'Send' }).click()
    await says(meet, '.lk-chat-entry .lk-message-body', ['What is on the table?'])
    for (const page of [starter, playground]) {
      await says(page, '#messages [data-type=chatMessage][data-from=Cho]', ['What is on the table?'])
      await reads(page, '#messages', /What is on the table\?.*table/)
      await reads(page, '#states', ANSWERED)
    }
    await until(meet, `${energyHeard}.then(energy => energy > ${before} + 0.01)`)
  })

  test('the playground sees what goes on inside, and calls it', async () => {
    await reads(playground, '#attributes', /lk.agent.state/)
    await reads(playground, '#attributes', /roundtable.manners/)
    await reads(playground, '#answers', /getSessionState/)
    await reads(playground, '#answers', /getRtcStats/)
    await playground.getByLabel('Line').fill('convert_measure {"value": 10, "from": "mile", "to": "km"}')
    await playground.getByLabel('Line').press('Enter')
    await reads(playground, '#events', /functionToolsExecuted .*converted mile to km/)
    await reads(playground, '#events', /agentStateChanged .*"newState":"AS_SPEAKING"/)
    await reads(playground, '#events', /userInputTranscribed .*s of speech.*"isFinal":true/)
    await reads(playground, '#events', /conversationItemAdded .*"role":"ASSISTANT"/)
    await reads(playground, '#states', /speaking listening$/)
  })

  test('a line of its own reaches Meet, which has no captions', async () => {
    await playground.getByLabel('Method').fill('roundtable.deafen')
    await playground.getByLabel('Payload').fill('{"on": true}')
    await playground.getByRole('button', { name: 'Call' }).click()
    await reads(playground, '#reply', /\{/)
    await meet.getByPlaceholder('Enter a message...').fill('Are you there?')
    await meet.getByRole('button', { name: 'Send' }).click()
    await reads(meet, '.lk-chat-messages', /Roundtable.*I am deafened/)
  })

  test('none of them complains', () => {
    expect(complaints).toEqual([])
  })
})
