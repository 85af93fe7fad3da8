import { LeaveRequest, LeaveRequest_Action, SignalResponse } from '@livekit/protocol'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { need } from '../setup/need.ts'
import { energyHeard, peers } from './page-peers.ts'
import { onStage, says, until, voice } from './page-stage.ts'

const canRun = await need('livekit-server', 'chromium')

const tiles = (page: Page) => page.locator('#people .tile')
const tile = (page: Page, name: string) => tiles(page).filter({ hasText: name })

describe.runIf(canRun)('people in the room', { timeout: 60_000 }, () => {
  const on = onStage()
  const ana = () => on.stage.join('Ana', { script: peers + voice(300) })
  const ben = () => on.stage.join('Ben', { script: peers + voice(500) })

  test('see each other once, themselves first, and the agent listening', async () => {
    const pages = [await ana(), await ben(), await on.stage.join('Cho', { script: voice(700) })]
    const names = ['Ana', 'Ben', 'Cho']
    for (const [index, page] of pages.entries()) {
      const others = names.filter((_, other) => other !== index)
      await says(page, '#people .name', [`${names[index]} (you)`, ...others])
      await says(page, '#agent-word', ['Listening'])
      await says(page, '#count', ['3 people'])
    }
  })

  test('hear the agent, and see that it speaks and to whom', async () => {
    const page = await ana()
    await on.agent.state('thinking')
    await says(page, '#agent-word', ['Thinking'])
    const before = Number(await page.evaluate(energyHeard))
    on.agent.sound(440)
    await on.agent.state('speaking', { floor: await on.agent.identityOf('Ana') })
    await says(page, '#agent-word', ['Answering you'])
    await until(page, `${energyHeard}.then(energy => energy > ${before} + 0.01)`)
    // The bars move with its voice.
    await until(
      page,
      '[...document.querySelectorAll("#bars i")].some(bar => bar.style.getPropertyValue("--level") > 0.2)',
    )
    await on.agent.state('listening')
    await says(page, '#agent-word', ['Listening'])
    await says(page, '#agent-status', ['Listening'])
  })

  test('see who talks, and that the agent hears them', async () => {
    const [talker, page] = [await ana(), await ben()]
    await tile(page, 'Ana').waitFor()
    await talker.evaluate('talk(true)')
    await says(page, '#agent-word', ['Hearing Ana'])
    await says(page, '.tile.speaking .name', ['Ana'])
    await says(talker, '#agent-word', ['Hearing you'])
    await talker.evaluate('talk(false)')
    await says(page, '#agent-word', ['Listening'])
  })

  test('read what each one said under the right name, as it is said', async () => {
    const [first, second] = [await ana(), await ben()]
    await tile(first, 'Ben').waitFor()
    await tile(second, 'Ana').waitFor()
    await on.agent.heard('Ana', 's1', 'Where do', false)
    await says(second, '#log p[aria-busy="true"] .said', ['Where do'])
    await on.agent.heard('Ben', 's2', 'At eleven.', true)
    await on.agent.heard('Ana', 's1', 'Where do we meet?', true)
    const answer = await on.agent.answer('s3')
    await answer.write('At the ')
    await says(second, '#log p[aria-busy="true"] .said', ['At the'])
    await answer.write('station.')
    await answer.close()
    for (const [page, names] of [
      [first, ['You', 'Ben', 'Gemini']],
      [second, ['Ana', 'You', 'Gemini']],
    ] as const) {
      await says(page, '#log .said', ['Where do we meet?', 'At eleven.', 'At the station.'])
      await says(page, '#log .who', [...names])
      await page.locator('#log p[aria-busy="true"]').waitFor({ state: 'detached' })
    }
  })

  test('write to everyone and the agent, and are answered in writing', async () => {
    const [first, second] = [await ana(), await ben()]
    await tile(second, 'Ana').waitFor()
    await first.locator('#line').fill('Hello <b>all</b> <img src=x onerror=alert(1)>')
    await first.locator('#line').press('Enter')
    const line = 'Hello <b>all</b> <img src=x onerror=alert(1)>'
    await says(first, '#log .said', [line])
    await says(second, '#log .said', [line])
    await on.agent.write('And <i>hello</i> to you.')
    await says(second, '#log .said', [line, 'And <i>hello</i> to you.'])
    await says(second, '#log .who', ['Ana', 'Gemini'])
    await expect.poll(() => on.agent.read).toEqual([`Ana: ${line}`])
    expect(await second.locator('#log b, #log i, #log img').count()).toBe(0)
  })

  test('cannot put markup into a name', async () => {
    const page = await on.stage.join('<b>Eve</b>', { script: voice(300) })
    await says(page, '#people .name', ['<b>Eve</b> (you)'])
    expect(await page.locator('#people b').count()).toBe(0)
  })

  test('mute by button and by M, and talk while muted by holding Space', async () => {
    const [first, second] = [await ana(), await ben()]
    const state = (text: string) => tile(second, 'Ana').locator('.state').filter({ hasText: text }).waitFor()
    const heard = async () => tile(second, 'Ana').filter({ hasNotText: 'muted' }).waitFor()
    await heard()
    await first.getByRole('button', { name: 'Mic' }).click()
    await state('muted')
    await first.keyboard.press('m')
    await heard()
    await first.keyboard.press('m')
    await state('muted')
    await first.keyboard.down('Space')
    await heard()
    await first.keyboard.up('Space')
    await state('muted')
    // In a field the keys are letters.
    await first.locator('#line').focus()
    await first.keyboard.type('m m')
    expect(await first.getByRole('button', { name: 'Mic' }).getAttribute('aria-pressed')).toBe('false')
  })

  test('show their camera to the others', async () => {
    const [first, second] = [await ana(), await ben()]
    await tile(second, 'Ana').waitFor()
    await first.getByRole('button', { name: 'Camera' }).click()
    await tile(second, 'Ana').locator('video:not([hidden])').waitFor()
    await until(
      second,
      '[...document.querySelectorAll(".tile video")].some(video => video.videoWidth > 0 && video.currentTime > 0)',
    )
    await first.keyboard.press('v')
    await tile(second, 'Ana').locator('video').waitFor({ state: 'hidden' })
  })

  test('stay who they are over a reload, and are another in another tab', async () => {
    const page = await ana()
    const watcher = await ben()
    await says(watcher, '#people .name', ['Ben (you)', 'Ana'])
    const identity = await on.agent.identityOf('Ana')
    await page.reload()
    await page.getByRole('button', { name: 'Join' }).click()
    await says(page, '#people .name', ['Ana (you)', 'Ben'])
    await says(watcher, '#people .name', ['Ben (you)', 'Ana'])
    expect(await on.agent.identityOf('Ana')).toBe(identity)
    const tab = await page.context().newPage()
    await tab.goto(page.url())
    await tab.getByRole('button', { name: 'Join' }).click()
    await says(watcher, '#people .name', ['Ben (you)', 'Ana', 'Ana 2'])
  })

  test('are brought back when the connection to LiveKit breaks, as one person, with captions once', async () => {
    let mended = Promise.resolve()
    const sockets = new Set<{ close(options?: { code?: number }): Promise<void> }>()
    const page = await on.stage.open({ script: peers + voice(300) })
    await page.routeWebSocket(/\/rtc/, async socket => {
      await mended
      socket.connectToServer()
      sockets.add(socket)
    })
    await page.getByLabel('Your name').fill('Ana')
    await page.getByRole('button', { name: 'Join' }).click()
    const watcher = await ben()
    await says(page, '#people .name', ['Ana (you)', 'Ben'])
    const { promise, resolve } = Promise.withResolvers<void>()
    mended = promise
    for (const socket of sockets) await socket.close({ code: 1011 })
    await page.locator('#notice', { hasText: 'The connection is weak.' }).waitFor()
    resolve()
    await page.locator('#notice', { hasText: 'The connection is weak.' }).waitFor({ state: 'detached' })
    await on.agent.heard('Ben', 's9', 'Still here.', true)
    await says(page, '#log .said', ['Still here.'])
    await says(page, '#people .name', ['Ana (you)', 'Ben'])
    await says(watcher, '#people .name', ['Ben (you)', 'Ana'])
  })

  test('are brought back as the same people when LiveKit asks them to connect anew', async () => {
    const sockets = new Set<{ send(message: Buffer): void }>()
    const page = await on.stage.open({ script: peers + voice(300) })
    await page.routeWebSocket(/\/rtc/, socket => {
      socket.connectToServer()
      sockets.add(socket)
    })
    await page.getByLabel('Your name').fill('Ana')
    await page.getByRole('button', { name: 'Join' }).click()
    const watcher = await ben()
    await says(page, '#people .name', ['Ana (you)', 'Ben'])
    await on.agent.heard('Ben', 's1', 'Before.', true)
    await says(page, '#log .said', ['Before.'])
    const joins = sockets.size
    // The same as a server that shuts down says to those inside.
    const leave = new LeaveRequest({ action: LeaveRequest_Action.RECONNECT })
    const message = new SignalResponse({ message: { case: 'leave', value: leave } }).toBinary()
    for (const socket of sockets) socket.send(Buffer.from(message))
    await page.locator('#notice', { hasText: 'The connection is lost. Coming back…' }).waitFor()
    await says(page, '#notice', [''])
    expect(sockets.size).toBeGreaterThan(joins)
    await says(page, '#people .name', ['Ana (you)', 'Ben'])
    await says(watcher, '#people .name', ['Ben (you)', 'Ana'])
    await on.agent.heard('Ben', 's2', 'After.', true)
    await says(page, '#log .said', ['Before.', 'After.'])
    await page.getByRole('button', { name: 'Mic' }).click()
    await tile(watcher, 'Ana').locator('.state', { hasText: 'muted' }).waitFor()
  })

  test('stay in the room without the agent, and have it again when it is back', async () => {
    const page = await ana()
    await says(page, '#agent-word', ['Listening'])
    const answer = await on.agent.answer('s1')
    await answer.write('I was about to')
    await says(page, '#log .said', ['I was about to'])
    await on.agent[Symbol.asyncDispose]()
    await says(page, '#agent-hint', ['It went away. It will be back.'])
    await page.locator('#log p[aria-busy="true"]').waitFor({ state: 'detached' })
    await on.bringAgent()
    await says(page, '#agent-word', ['Listening'])
    await says(page, '#agent-hint', [''])
  })

  test('leave, are gone for the others, and keep what was said', async () => {
    const [first, second] = [await ana(), await ben()]
    await tile(second, 'Ana').waitFor()
    await on.agent.heard('Ana', 's1', 'Hello', false)
    await on.agent.heard('Ana', 's1', 'Hello there.', true)
    await on.agent.heard('Ben', 's2', 'Hi.', true)
    await says(first, '#log .said', ['Hello there.', 'Hi.'])
    await first.getByRole('button', { name: 'Leave' }).click()
    await tile(second, 'Ana').waitFor({ state: 'detached' })
    await first.getByRole('heading', { name: 'You left the room.' }).waitFor()
    expect(await first.evaluate('document.activeElement.id')).toBe('again')
    const downloading = first.waitForEvent('download')
    await first.getByRole('button', { name: 'Save the transcript' }).click()
    const file = await (await downloading).createReadStream()
    let text = ''
    for await (const part of file) text += part
    const said = text.split('\n').filter(line => /^\d{4}-/.test(line))
    expect(said.map(line => line.replace(/^\S+Z {2}/, ''))).toEqual(['Ana: Hello there.', 'Ben: Hi.'])
    await first.getByRole('button', { name: 'Join again' }).click()
    await says(second, '#people .name', ['Ben (you)', 'Ana'])
    await says(first, '#agent-word', ['Listening'])
    await says(first, '#log p', [])
  })
})
