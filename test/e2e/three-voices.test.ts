import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Rehearsal, startRehearsal } from '../../agent/rehearsal/server.ts'
import { need } from '../setup/need.ts'
import { type Stage, startStage } from './page-stage.ts'
import { until } from './person.ts'
import { type Program, startWorker } from './program.ts'
import { type Speech, speech } from './speech.ts'

const canRun = await need('livekit-server', 'espeak-ng', 'chromium')

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** A script that replaces the microphone by a silence into which `say(n)` speaks the nth of these sentences. */
function mouth(sentences: readonly Speech[]): string {
  const sounds = sentences.map(({ pcm, rate }) => ({
    rate,
    data: Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64'),
  }))
  return `{
    const devices = navigator.mediaDevices
    const real = devices.getUserMedia.bind(devices)
    const sounds = ${JSON.stringify(sounds)}
    let context, out
    devices.getUserMedia = async constraints => {
      if (!constraints.audio) return real(constraints)
      context ??= new AudioContext()
      out ??= context.createMediaStreamDestination()
      return out.stream.clone()
    }
    window.say = async which => {
      await context.resume()
      const { rate, data } = sounds[which]
      const bytes = Uint8Array.from(atob(data), one => one.charCodeAt(0))
      const pcm = new Int16Array(bytes.buffer)
      const buffer = context.createBuffer(1, pcm.length, rate)
      buffer.getChannelData(0).set(Float32Array.from(pcm, one => one / 32768))
      const source = new AudioBufferSourceNode(context, { buffer })
      source.connect(out)
      source.start()
    }
  }`
}

const sentences = {
  ana: ['Shall we meet on Thursday after lunch?', 'Yes, that is what I would like to do.'],
  ben: ['No, I am away for all of that day.', 'Good, I will be there in the morning.'],
  cho: ['Then Friday morning would be fine for me.'],
}

describe.runIf(canRun)('three people in three browser tabs, with voices of their own', () => {
  let stage: Stage
  let rehearsal: Rehearsal
  let worker: Program
  const said = {
    ana: sentences.ana.map(text => speech(text, 'en-us+f3')),
    ben: sentences.ben.map(text => speech(text, 'en-gb')),
    cho: sentences.cho.map(text => speech(text, 'en-us+m7')),
  }
  const together = 'Yes, good, that is what I will do.'

  beforeAll(async () => {
    ;[stage, rehearsal] = await Promise.all([
      startStage({ flags: ['--autoplay-policy=no-user-gesture-required'] }),
      startRehearsal({
        scenario: {
          turns: [
            {
              on: 'SPEECH',
              hears: [{ text: [sentences.ana[0], sentences.ben[0], sentences.cho[0]].join(' ') }],
              does: [],
            },
            { on: 'SPEECH', hears: [{ text: together }], does: [] },
          ],
        },
      }),
    ])
    worker = await startWorker(stage.livekit, rehearsal.url)
  }, 60_000)
  afterAll(async () => {
    await worker?.end()
    await rehearsal?.close()
    await stage?.[Symbol.asyncDispose]()
  })

  /** Names and words in the page's log. */
  const log = (page: Page): Promise<string[]> =>
    page.locator('#log p').evaluateAll(rows =>
      rows.map(row =>
        [...row.children]
          .slice(0, 2)
          .map(one => one.textContent?.trim())
          .join(': '),
      ),
    )

  it('are captioned each under their name, also where one begins before the other has ended, and both where two talk at once', async () => {
    const ana = await stage.join('Ana', { script: mouth(said.ana) })
    const ben = await stage.join('Ben', { script: mouth(said.ben) })
    const cho = await stage.join('Cho', { script: mouth(said.cho) })
    await until(() => rehearsal.journal.sessions.length > 0, 'the agent is there')
    await pause(3_000)

    const say = (page: Page, which: number) => page.evaluate(`window.say(${which})`)
    await say(ana, 0)
    await pause(said.ana[0]!.ms - 250)
    await say(ben, 0)
    await pause(said.ben[0]!.ms - 250)
    await say(cho, 0)
    // Each page calls its own person You.
    const first = { ana: 'Ana', ben: 'Ben', cho: 'Cho' }
    for (const [who, page] of Object.entries({ ana, ben, cho })) {
      const names = { ...first, [who]: 'You' }
      await expect
        .poll(() => log(page), { timeout: 20_000 })
        .toEqual([
          `${names.ana}: ${sentences.ana[0]}`,
          `${names.ben}: ${sentences.ben[0]}`,
          `${names.cho}: ${sentences.cho[0]}`,
        ])
    }

    await pause(2_000)
    await Promise.all([say(ana, 1), say(ben, 1)])
    await expect
      .poll(() => log(cho), { timeout: 20_000 })
      // Where one went on a little longer, the last words are theirs.
      .toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^Ana: Yes, good, that is what/),
          expect.stringMatching(/^Ben: Yes, good, that is what/),
        ]),
      )
    expect(stage.complaints).toEqual([])
  }, 120_000)
})
