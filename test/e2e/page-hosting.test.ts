import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { need } from '../setup/need.ts'
import { startPageAgent } from './page-agent.ts'
import { type Stage, says, startStage, voice } from './page-stage.ts'
import { type ReverseProxy, startReverseProxy } from './reverse-proxy.ts'

const canRun = await need('livekit-server', 'chromium')

describe.runIf(canRun)('the page under a path of a reverse proxy, with one port for everything', () => {
  let proxy: ReverseProxy
  let stage: Stage
  beforeAll(async () => {
    proxy = await startReverseProxy('/table')
    stage = await startStage({ env: { PUBLIC_URL: proxy.url, LIVEKIT_PROXY: 'true' } })
    proxy.target = `http://127.0.0.1:${stage.web.port}`
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
    await proxy?.[Symbol.asyncDispose]()
  })

  test('is found from its root, joins, signals over the same port and hears who is there', async () => {
    await using agent = await startPageAgent(stage.livekit, stage.room)
    const page = await stage.open({ link: `${proxy.url}/`, script: voice(300) })
    expect(page.url()).toBe(`${proxy.url}/r/roundtable`)
    await page.goto(`${proxy.url}/r/${stage.room}`)
    const sockets: string[] = []
    page.on('websocket', socket => sockets.push(socket.url().replace(/\?.*$/, '')))
    await page.getByLabel('Your name').fill('Ana')
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await says(page, '#agent-word', ['Listening'])
    await agent.heard('Ana', 's1', 'Hello.', true)
    await says(page, '#log .said', ['Hello.'])
    expect(new Set(sockets)).toEqual(new Set([`${proxy.url.replace('http', 'ws')}/rtc/v1`]))
    expect(proxy.strays).toEqual([])
    await stage.clear()
    expect(stage.complaints).toEqual([])
  })
})
