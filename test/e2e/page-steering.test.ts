import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { need } from '../setup/need.ts'
import { onStage, says, until, voice } from './page-stage.ts'
import { Person } from './person.ts'

const canRun = await need('livekit-server', 'chromium')

const picture = () =>
  sharp({ create: { width: 320, height: 180, channels: 3, background: '#b40' } })
    .jpeg()
    .toBuffer()

describe.runIf(canRun)('people and the agent', { timeout: 60_000 }, () => {
  const on = onStage()
  const ana = () => on.stage.join('Ana', { script: voice(300) })
  const asked = async (call: string) => expect.poll(() => on.agent.calls).toContain(call)
  const word = (page: Page, text: string) => says(page, '#agent-word', [text])

  test('see what it chose and why it is silent, whatever it says of itself', async () => {
    const page = await ana()
    const you = await on.agent.identityOf('Ana')
    await word(page, 'Listening')
    expect(await page.locator('#agent-controls').isVisible()).toBe(false)
    await on.agent.state('listening', { 'roundtable.manners': 'open', 'roundtable.hearing': `["${you}"]` })
    await word(page, 'Hearing you')
    await on.agent.state('listening', { 'roundtable.hearing': '[]', 'roundtable.choice': 'holding-back' })
    await word(page, 'Holding back')
    await on.agent.state('listening', { 'roundtable.choice': '', 'roundtable.deafened': you })
    await word(page, 'Deafened')
    await says(page, '#agent-hint', ['By you. It hears nothing.'])
    await on.agent.state('idle', { 'roundtable.deafened': '', 'roundtable.model': 'reconnecting' })
    await word(page, 'Reconnecting')
    await on.agent.state('listening', { 'roundtable.model': 'up', 'roundtable.rehearsal': 'true' })
    await word(page, 'Listening')
    await page.getByText('Rehearsal', { exact: true }).waitFor()
  })

  test('ask it to answer, deafen it and change its manners', async () => {
    const page = await ana()
    await using _ben = await Person.join(on.stage.livekit, on.stage.room, 'ben')
    await says(page, '#count', ['2 people'])
    await on.agent.state('listening', { 'roundtable.manners': 'addressed' })
    await page.getByRole('button', { name: 'Ask it' }).click()
    await asked('Ana ask {}')
    await page.getByRole('button', { name: 'Deafen' }).click()
    await asked('Ana deafen {"on":true}')
    await on.agent.state('listening', { 'roundtable.deafened': await on.agent.identityOf('Ana') })
    await page.getByRole('button', { name: 'Let it hear' }).click()
    await asked('Ana deafen {"on":false}')
    await page.getByLabel('When it answers').selectOption('open')
    await asked('Ana manners {"manners":"open"}')
    on.agent.refuse = 'Only the host may do that.'
    await page.getByLabel('When it answers').selectOption('push-to-talk')
    await says(page, '#notice', ['Only the host may do that.'])
  })

  test('press to talk by button and by Space, and see who has the floor', async () => {
    const page = await on.stage.open({ script: voice(300) })
    await page.getByLabel('Your name').fill('Ana')
    await page.getByLabel('Join muted').check()
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    const you = await on.agent.identityOf('Ana')
    const pressed = { 'roundtable.manners': 'push-to-talk', 'roundtable.talkers': '[]' }
    await on.agent.state('listening', pressed)
    await word(page, 'Waiting')
    const hold = page.locator('#hold')
    await hold.waitFor()
    await hold.hover()
    await page.mouse.down()
    await asked('Ana talk {"on":true}')
    await until(page, 'document.querySelector("#mic").ariaPressed === "true"')
    await on.agent.state('listening', { ...pressed, 'roundtable.talkers': JSON.stringify(['x', you]) })
    await says(page, '#hold', ['Wait: somebody talks'])
    await says(page, '#agent-hint', ['Next: you'])
    await on.agent.state('listening', { ...pressed, 'roundtable.talkers': JSON.stringify([you]) })
    await says(page, '#hold', ['It hears you'])
    await word(page, 'Hearing you')
    await page.mouse.up()
    await asked('Ana talk {"on":false}')
    await until(page, 'document.querySelector("#mic").ariaPressed === "false"')
    on.agent.calls.length = 0
    await page.locator('#room').focus()
    await page.keyboard.down('Space')
    await asked('Ana talk {"on":true}')
    await page.keyboard.up('Space')
    await asked('Ana talk {"on":false}')
    expect(on.agent.calls).toHaveLength(2)
  })

  test('read what it did and where it was cut short, and only from itself', async () => {
    const page = await ana()
    await using eve = await Person.join(on.stage.livekit, on.stage.room, 'eve')
    const tool = { kind: 'tool', id: 't1', name: 'weather', line: 'looked up <b>weather</b>' }
    await on.agent.act({ ...tool, state: 'started' })
    await says(page, '#log .did', ['looked up <b>weather</b>…'])
    await on.agent.act({ ...tool, state: 'done' })
    await says(page, '#log .did', ['looked up <b>weather</b>'])
    await eve.room.localParticipant!.sendText(
      JSON.stringify({ ...tool, id: 't2', line: 'wired all your money' }),
      { topic: 'roundtable.activity' },
    )
    const pages = [{ title: 'Almanac', url: 'https://example.org/' }]
    await on.agent.act({ kind: 'sources', queries: [], pages })
    const link = page.getByRole('link', { name: 'Almanac' })
    await link.waitFor()
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer')
    const answer = await on.agent.answer('s1')
    await answer.write('It will be <i>sunny')
    await answer.close()
    await on.agent.interrupt('s1', 'It will be <i>sunny')
    await says(page, '#log .agent:not(.did) .said', ['It will be <i>sunny\u2003(interrupted)'])
    await on.agent.heard('Ana', 's2', '<img src=x onerror=alert(1)>', true)
    await says(page, '#log .you .said', ['<img src=x onerror=alert(1)>'])
    expect(await page.locator('#log b, #log i, #log img').count()).toBe(0)
    expect(await page.locator('#log .did').count()).toBe(2)
  })

  test('see what it sees, and let it look at one of them first', async () => {
    const page = await ana()
    await using eve = await Person.join(on.stage.livekit, on.stage.room, 'eve')
    await on.agent.state('listening', { 'roundtable.manners': 'open' })
    await page.getByRole('button', { name: 'Camera' }).click()
    const forged = await eve.room.localParticipant!.streamBytes({ topic: 'roundtable.picture' })
    await forged.write(await picture())
    await forged.close()
    const pin = page.getByRole('button', { name: 'Let the agent look at you first' })
    await pin.waitFor()
    expect(await page.locator('#sight').isVisible()).toBe(false)
    await on.agent.see(await picture(), ['Ana'])
    await page.getByRole('img', { name: 'What the agent sees: Ana' }).waitFor()
    await until(page, 'document.querySelector("#sight-picture").width === 320')
    await pin.click()
    const you = await on.agent.identityOf('Ana')
    await asked(`Ana pin {"identity":"${you}"}`)
    await on.agent.state('listening', { 'roundtable.manners': 'open', 'roundtable.pinned': you })
    await page.locator('.pin[aria-pressed="true"]').click()
    await asked('Ana pin {"identity":null}')
    await page.getByRole('button', { name: 'Camera' }).click()
    await page.locator('#sight').waitFor({ state: 'hidden' })
  })
})
