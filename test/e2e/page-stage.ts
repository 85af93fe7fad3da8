import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { readConfig } from '../../agent/config.ts'
import { Log } from '../../agent/log.ts'
import { startWeb, type Web } from '../../web/server/server.ts'
import { type BrowserOptions, startBrowser } from './browser.ts'
import { startLiveKit, type TestLiveKit } from './livekit.ts'
import { type PageAgent, startPageAgent } from './page-agent.ts'

/** A built page, its server, LiveKit and one browser: everything but the agent. */
export type Stage = AsyncDisposable & {
  readonly livekit: TestLiveKit
  readonly web: Web
  readonly browser: Browser
  /** The room that pages join; a new one, and so an empty one, after each `clear`. */
  readonly room: string
  /** The folder of the built page. */
  readonly dist: string
  /** Errors that any page wrote to its console or threw; empty in a run that went well. */
  readonly complaints: string[]
  /** A page in a context of its own, at the lobby. */
  open(options?: OpenOptions): Promise<Page>
  /** The same, and then in the room. */
  join(name: string, options?: OpenOptions): Promise<Page>
  /** Closes every page; the next ones join another room. */
  clear(): Promise<void>
}

export type OpenOptions = BrowserContextOptions & {
  /** Run in every page before its own scripts. */
  script?: string
  link?: string
}

const WEB = fileURLToPath(new URL('../../web', import.meta.url))

export type StageOptions = BrowserOptions & {
  /** Further settings of the page's server. */
  env?: Record<string, string>
}

/** Each takes a second or two; closing the stage removes and ends all of it. */
export async function startStage({ env, ...options }: StageOptions = {}): Promise<Stage> {
  await using started = new AsyncDisposableStack()
  const dist = await mkdtemp(join(tmpdir(), 'roundtable-dist-'))
  started.defer(() => rm(dist, { recursive: true, force: true }))
  await build({ configFile: join(WEB, 'vite.config.ts'), build: { outDir: dist } })
  const livekit = started.use(await startLiveKit())
  const config = readConfig({
    PORT: '0',
    ROOMS: '*',
    LIVEKIT_URL: livekit.url,
    LIVEKIT_API_KEY: livekit.apiKey,
    LIVEKIT_API_SECRET: livekit.apiSecret,
    ...env,
  })
  const web = started.use(await startWeb(config, { dist, perMinute: 1000, log: new Log({}, 'error') }))
  const browser = await startBrowser(options)
  started.defer(() => browser.close())

  const complaints: string[] = []
  let rooms = 1
  const open = async ({ script, link = `${web.url}/r/room-${rooms}`, ...context }: OpenOptions = {}) => {
    const opened = await browser.newContext(context)
    if (script !== undefined) await opened.addInitScript({ content: script })
    const page = await opened.newPage()
    const room = rooms
    page.on('console', message => {
      // Who is still there while the others are closed one by one sees tracks of people who have left.
      if (message.type() === 'error' && room === rooms) complaints.push(message.text())
    })
    page.on('pageerror', error => complaints.push(String(error)))
    await page.goto(link)
    return page
  }
  const joinAs = async (name: string, how: OpenOptions = {}) => {
    const page = await open(how)
    await page.getByLabel('Your name').fill(name)
    await page.getByRole('button', { name: 'Join' }).click()
    await page.locator('#room').waitFor()
    return page
  }
  const clear = async () => {
    rooms++
    for (const context of browser.contexts()) await context.close()
  }
  const owned = started.move()
  return {
    livekit,
    web,
    browser,
    get room() {
      return `room-${rooms}`
    },
    dist,
    complaints,
    open,
    join: joinAs,
    clear,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** What stands while a test runs that is described by `onStage`. */
export type Scene = {
  readonly stage: Stage
  readonly agent: PageAgent
  /** Another agent comes into the room. */
  bringAgent(): Promise<void>
}

/** Called in a `describe`: one stage for all its tests, and a new room with an agent that does what it is told for each. No page may complain. */
export function onStage(): Scene {
  let stage: Stage
  let agent: PageAgent
  beforeAll(async () => {
    stage = await startStage()
  })
  const bringAgent = async () => {
    agent = await startPageAgent(stage.livekit, stage.room)
  }
  beforeEach(bringAgent)
  afterEach(async () => {
    await stage.clear()
    await agent[Symbol.asyncDispose]()
    expect(stage.complaints.splice(0)).toEqual([])
  })
  afterAll(() => stage?.[Symbol.asyncDispose]())
  return {
    bringAgent,
    get stage() {
      return stage
    },
    get agent() {
      return agent
    },
  }
}

/** Waits until `expression` is true in the page; the page's own content policy forbids Playwright's way to wait for one. */
export async function until(page: Page, expression: string): Promise<void> {
  await expect.poll(() => page.evaluate(expression), { timeout: 20_000 }).toBe(true)
}

/** Waits until the texts of all that `selector` finds are exactly these. */
export async function says(page: Page, selector: string, texts: readonly string[]): Promise<void> {
  await expect.poll(() => page.locator(selector).allTextContents(), { timeout: 20_000 }).toEqual(texts)
}

/**
 * A script that replaces the microphone by a tone of `frequency` Hz, which is silent until `talk(true)`. The browser's own
 * fake beeps too briefly to count as somebody speaking.
 */
export function voice(frequency: number): string {
  return `{
    const devices = navigator.mediaDevices
    const real = devices.getUserMedia.bind(devices)
    let context, tone, gain
    devices.getUserMedia = async constraints => {
      if (!constraints.audio) return real(constraints)
      context ??= new AudioContext()
      gain ??= new GainNode(context, { gain: 0 })
      if (!tone) {
        tone = new OscillatorNode(context, { frequency: ${frequency} })
        tone.connect(gain)
        tone.start()
      }
      const out = context.createMediaStreamDestination()
      gain.connect(out)
      return out.stream
    }
    window.talk = async isTalking => {
      await context.resume()
      gain.gain.value = isTalking ? 0.4 : 0
    }
  }`
}
