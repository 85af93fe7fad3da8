import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { need } from '../setup/need.ts'
import { axe, findings } from './axe.ts'
import { energyHeard, peers } from './page-peers.ts'
import { onStage, until, voice } from './page-stage.ts'

const canRun = await need('livekit-server', 'chromium')

/** A microphone that fails with this DOMException, or is not there for want of https. */
const failing = (name: string) =>
  name === 'insecure'
    ? `Object.defineProperty(Navigator.prototype, 'mediaDevices', { get: () => undefined })`
    : `navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', '${name}') }`

/** What the browser says of the microphone: `prompt` where it would ask the person, `granted` where it need not. */
const permission = (state: 'prompt' | 'granted') =>
  `navigator.permissions.query = async () => (asked.permissions++, { state: '${state}' });
  window.asked ??= { permissions: 0, microphones: 0 };`

/** Counts how often the microphone is asked for. */
const asked = `{
  const { mediaDevices } = navigator
  const real = mediaDevices.getUserMedia.bind(mediaDevices)
  mediaDevices.getUserMedia = constraints => (asked.microphones++, real(constraints))
}`

describe.runIf(canRun)('the page', { timeout: 60_000 }, () => {
  const on = onStage()

  test('loads without livekit-client, asks for a name, and keeps what was chosen', async () => {
    const page = await on.stage.open()
    const loaded = () =>
      page.evaluate('performance.getEntriesByType("resource").map(one => one.name).join(" ")')
    expect(await loaded()).not.toContain('/call-')
    await page.getByRole('heading', { name: `Join ${on.stage.room}` }).waitFor()
    await page.getByText('Rehearsal: no Gemini key').waitFor()
    await page.getByRole('button', { name: 'Join' }).click()
    expect(await page.evaluate('document.querySelector("#name").validity.valid')).toBe(false)
    expect(await page.locator('#room').isVisible()).toBe(false)
    await page.getByLabel('Your name').fill('Ana')
    await page.getByLabel('Join muted').check()
    await page.getByRole('button', { name: 'Join' }).click()
    await page.locator('#room').waitFor()
    expect(await loaded()).toContain('/call-')
    await page.locator('.tile .state', { hasText: 'muted' }).waitFor()
    await page.reload()
    expect(await page.getByLabel('Your name').inputValue()).toBe('Ana')
    expect(await page.getByLabel('Join muted').isChecked()).toBe(true)
  })

  test('asks for the microphone once it has said why, shows that it hears something, and goes on with it in the room', async () => {
    const page = await on.stage.open({ script: permission('prompt') + asked })
    const test = page.getByRole('button', { name: 'Test microphone' })
    await until(page, 'asked.permissions > 0')
    expect(await page.evaluate('asked.microphones')).toBe(0)
    await test.click()
    await until(page, 'document.querySelector("#meter").style.getPropertyValue("--level") > 0.05')
    await test.waitFor({ state: 'hidden' })
    expect(await page.locator('#lobby-mic-select option').count()).toBeGreaterThan(0)
    await page.getByLabel('Your name').fill('Ana')
    await page.getByRole('button', { name: 'Join' }).click()
    await page.locator('.tile .state', { hasText: /^$/ }).waitFor({ state: 'attached' })
    await until(page, 'document.querySelector("#mic").ariaPressed === "true"')
    expect(await page.evaluate('asked.microphones')).toBe(1)
  })

  test('listens at once where the browser need not ask the person', async () => {
    const page = await on.stage.open({ script: permission('granted') + asked })
    await until(page, 'document.querySelector("#meter").style.getPropertyValue("--level") > 0.05')
    await page.getByRole('button', { name: 'Test microphone' }).waitFor({ state: 'hidden' })
    expect(await page.evaluate('asked.microphones')).toBe(1)
  })

  test('shows what the camera sees before anybody else does, and goes on with it in the room', async () => {
    const page = await on.stage.open({ script: permission('prompt') + asked })
    await page.getByLabel('Join with camera on').check()
    await until(page, 'document.querySelector("#lobby-camera").videoWidth > 0')
    await page.getByLabel('Join with camera on').uncheck()
    await page.locator('#lobby-camera').waitFor({ state: 'hidden' })
    await page.getByLabel('Join with camera on').check()
    await page.locator('#lobby-camera').waitFor()
    await page.getByLabel('Join muted').check()
    await page.getByLabel('Your name').fill('Ana')
    await page.getByRole('button', { name: 'Join' }).click()
    await page.locator('.tile video:not([hidden])').waitFor()
    await until(page, 'document.querySelector("#camera").ariaPressed === "true"')
    expect(await page.evaluate('asked.microphones')).toBe(2)
  })

  test.each([
    ['NotAllowedError', 'This page may not use your microphone.'],
    ['NotFoundError', 'No microphone was found.'],
    ['NotReadableError', 'Another program is using your microphone.'],
    ['insecure', 'Browsers give pages a microphone only over https or on localhost.'],
  ])(
    'says what is wrong with the microphone (%s), joins without it and hears the room',
    async (name, sentence) => {
      on.agent.sound(440)
      const page = await on.stage.open({ script: peers + permission('prompt') + failing(name) })
      await page.getByRole('button', { name: 'Test microphone' }).click()
      await page.locator('#mic-problem', { hasText: sentence }).waitFor()
      await page.getByLabel('Your name').fill('Ana')
      await page.getByRole('button', { name: 'Join', exact: true }).click()
      await page.locator('#notice', { hasText: sentence }).waitFor()
      await page.locator('.tile .state', { hasText: 'muted' }).waitFor()
      await page.locator('#agent-word', { hasText: 'Listening' }).waitFor()
      await until(page, `${energyHeard}.then(energy => energy > 0.01)`)
    },
  )

  test('says before anybody tries that the link lacks its invite', async () => {
    const page = await on.stage.open({ script: voice(300) })
    const info = { room: 'r', agent: 'rehearsal', model: 'm', needsInvite: true }
    await page.route('**/api/info', route => route.fulfill({ json: info }))
    await page.reload()
    await page.getByRole('alert').filter({ hasText: 'This room needs an invite.' }).waitFor()
    await page.goto(`${page.url()}#k=correct-horse`)
    await page.reload()
    await page.getByText('Rehearsal: no Gemini key').waitFor()
    expect(await page.locator('#join-problem').textContent()).toBe('')
  })

  test('offers a tap where the browser plays no sound without one', async () => {
    const script = `{
      const { play } = HTMLMediaElement.prototype
      window.mayPlay = false
      HTMLMediaElement.prototype.play = function () {
        return window.mayPlay ? play.call(this) : Promise.reject(new DOMException('', 'NotAllowedError'))
      }
    }`
    const page = await on.stage.join('Ana', { script: script + voice(300) })
    const tap = page.getByRole('button', { name: 'Tap to hear the room' })
    await tap.waitFor()
    await page.evaluate('mayPlay = true')
    await tap.click()
    await tap.waitFor({ state: 'hidden' })
  })

  test('says why a ticket was refused, in the lobby', async () => {
    const page = await on.stage.open({ script: voice(300) })
    await page.route('**/api/token', route =>
      route.fulfill({ status: 409, body: 'The room is full: it takes 12 people.' }),
    )
    await page.getByLabel('Your name').fill('Ana')
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await page.getByRole('alert').filter({ hasText: 'The room is full: it takes 12 people.' }).waitFor()
    // Chromium reports every answer of 400 and above.
    on.stage.complaints.length = 0
  })

  test('has room for everything on a phone, and every control is wide enough for a thumb', async () => {
    const page = await on.stage.join('Ana', { viewport: { width: 390, height: 844 }, script: voice(300) })
    await page.locator('.tile').waitFor()
    await on.agent.state('speaking', {
      'roundtable.manners': 'push-to-talk',
      'roundtable.choice': 'holding-back',
      'roundtable.rehearsal': 'true',
      floor: await on.agent.identityOf('Ana'),
    })
    await page.locator('#hold').waitFor()
    await page.getByRole('button', { name: 'Ask it' }).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    expect(await page.evaluate('document.documentElement.scrollHeight')).toBe(844)
    for (const control of await page
      .locator('#room button:visible, #room input:visible, #room select:visible')
      .all()) {
      const box = (await control.boundingBox())!
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(44)
      expect(box.x).toBeGreaterThanOrEqual(0)
      expect(box.x + box.width).toBeLessThanOrEqual(390)
      expect(box.y + box.height).toBeLessThanOrEqual(844)
    }
  })

  test.each(['light', 'dark'] as const)('is accessible on every screen (%s)', async colorScheme => {
    const page = await on.stage.open({
      colorScheme,
      reducedMotion: 'reduce',
      bypassCSP: true,
      script: voice(300),
    })
    await page.addScriptTag({ path: axe })
    expect(await findings(page)).toEqual([])
    // By keyboard alone.
    await page.keyboard.type('Ana')
    await page.keyboard.press('Enter')
    await page.locator('#room').waitFor()
    await page.locator('#agent-word', { hasText: 'Listening' }).waitFor()
    await on.agent.heard('Ana', 's1', 'Hello.', true)
    const answer = await on.agent.answer('s2')
    await answer.write('Good')
    await page.locator('#log .agent').waitFor()
    expect(await findings(page)).toEqual([])
    await answer.close()
    await on.agent.state('speaking', { floor: await on.agent.identityOf('Ana') })
    await page.locator('#agent-word', { hasText: 'Answering you' }).waitFor()
    expect(await findings(page)).toEqual([])
    await page.getByRole('button', { name: 'Camera' }).press('Enter')
    await on.agent.act({ kind: 'tool', id: 't1', state: 'done', line: 'looked up the weather' })
    await on.agent.state('listening', {
      'roundtable.manners': 'push-to-talk',
      'roundtable.deafened': await on.agent.identityOf('Ana'),
      'roundtable.rehearsal': 'true',
    })
    await page.locator('#agent-word', { hasText: 'Deafened' }).waitFor()
    await page.locator('.pin').waitFor()
    await page.locator('#log .did').waitFor()
    expect(await findings(page)).toEqual([])
    await on.agent.state('listening', { 'roundtable.deafened': '', 'roundtable.manners': '' })
    await page.getByRole('button', { name: 'Devices' }).press('Enter')
    await page.getByRole('dialog').waitFor()
    expect(await findings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Leave' }).press('Enter')
    await page.getByRole('heading', { name: 'You left the room.' }).waitFor()
    expect(await findings(page)).toEqual([])
  })

  test('weighs what was agreed: 155 kB of JavaScript and 5 kB of CSS, both gzipped, and 5 kB before anybody joins', async () => {
    const gzipped = async (path: string) =>
      gzipSync(await readFile(join(on.stage.dist, path)), { level: 9 }).length
    const page = await on.stage.open({ script: permission('prompt') })
    await until(page, 'asked.permissions > 0')
    const loaded = (await page.evaluate(
      'performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname)',
    )) as string[]
    const files = ['/index.html', ...loaded.filter(path => path.startsWith('/assets/'))]
    expect(files.length).toBeGreaterThan(2)
    let first = 0
    for (const file of files) first += await gzipped(file)
    expect(first).toBeLessThanOrEqual(5_000)

    // The way that goes to the model without a room is a page of its own.
    const names = (await readdir(join(on.stage.dist, 'assets'))).filter(name => !name.startsWith('direct'))
    const weigh = async (ending: string) => {
      let bytes = 0
      for (const name of names) if (name.endsWith(ending)) bytes += await gzipped(`assets/${name}`)
      return bytes
    }
    expect(await weigh('.js')).toBeLessThanOrEqual(155_000)
    expect(await weigh('.css')).toBeLessThanOrEqual(5_000)
  })
})
