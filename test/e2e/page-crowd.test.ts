import { describe, expect, test } from 'vitest'
import { need } from '../setup/need.ts'
import { onStage, says, until, voice } from './page-stage.ts'
import { Person } from './person.ts'

const canRun = await need('livekit-server', 'chromium')

/** A screen to share, 640 by 360, that never stands still; a headless browser has none. */
const screen = `navigator.mediaDevices.getDisplayMedia = async () => {
  const canvas = document.createElement('canvas')
  canvas.width = 640
  canvas.height = 360
  const pen = canvas.getContext('2d')
  setInterval(() => {
    pen.fillStyle = 'hsl(' + (Date.now() / 20) % 360 + ' 60% 50%)'
    pen.fillRect(0, 0, 640, 360)
  }, 100)
  return canvas.captureStream(10)
};`

/** Talks and pauses by the clock, so that two pages do it together: as though one heard the other through the air. */
const together = 'setInterval(() => talk(Math.floor(Date.now() / 900) % 2 === 0), 50)'

describe.runIf(canRun)('many people, and people beside each other', { timeout: 90_000 }, () => {
  const on = onStage()

  test('of more than twelve, eleven have a tile and the others are counted', async () => {
    const page = await on.stage.join('Ana', { script: voice(300) })
    const others: Person[] = []
    for (let i = 0; i < 13; i++) others.push(await Person.join(on.stage.livekit, on.stage.room, `guest-${i}`))
    await says(page, '#count', ['14 people'])
    await says(page, '#people .more', ['+3'])
    expect(await page.locator('#people .tile').count()).toBe(11)
    expect(await page.locator('#people .name').first().textContent()).toBe('Ana (you)')
    expect(await page.locator('#seats .seat').count()).toBe(14)
    for (const other of others.splice(0, 2)) await other.leave()
    await says(page, '#count', ['12 people'])
    await page.locator('#people .more').waitFor({ state: 'detached' })
    expect(await page.locator('#people .tile').count()).toBe(12)
    for (const other of others) await other.leave()
  })

  test('a screen that somebody shares takes the agent’s place, and gives it back', async () => {
    const ana = await on.stage.join('Ana', { script: screen + voice(300) })
    const ben = await on.stage.join('Ben', { script: voice(500) })
    await says(ben, '#people .name', ['Ben (you)', 'Ana'])
    await ana.getByRole('button', { name: 'Share' }).click()
    await says(ben, '#share-name', ["Ana's screen"])
    await until(
      ben,
      '[...document.querySelectorAll("#share video")].some(video => video.videoWidth === 640 && video.currentTime > 0)',
    )
    await ben.locator('#stage.sharing').waitFor()
    await says(ana, '#share-name', ['You are showing your screen.'])
    expect(await ana.locator('#share video').isVisible()).toBe(false)
    await ana.getByRole('button', { name: 'Share' }).click()
    await ben.locator('#share').waitFor({ state: 'hidden' })
    await ben.locator('#stage:not(.sharing)').waitFor()
    await says(ben, '#agent-word', ['Listening'])
  })

  test('two whose microphones hear the same are told to use headphones', async () => {
    const ana = await on.stage.join('Ana', { script: voice(300) })
    const ben = await on.stage.join('Ben', { script: voice(500) })
    await says(ben, '#people .name', ['Ben (you)', 'Ana'])
    await ana.evaluate(together)
    await ben.evaluate(together)
    const note = 'seem to be in one place. Use headphones, or one of you mutes.'
    await ben.locator('#notice', { hasText: `You and Ana ${note}` }).waitFor({ timeout: 60_000 })
  })
})
