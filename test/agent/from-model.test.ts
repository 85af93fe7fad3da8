import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Sink } from '../../agent/audio/playout.ts'
import { Timeline } from '../../agent/audio/timeline.ts'
import { type Actors, fromModel } from '../../agent/from-model.ts'
import { readLiveSettings } from '../../agent/live/settings.ts'
import { Supervisor } from '../../agent/live/supervisor.ts'
import { Turns } from '../../agent/live/turns.ts'
import { Log } from '../../agent/log.ts'
import { Host } from '../../agent/manners/host.ts'
import { Mouth } from '../../agent/mouth.ts'
import { openBook } from '../../agent/record/keeper.ts'
import { Settings } from '../../agent/settings.ts'
import { Stats } from '../../agent/stats.ts'
import { FakeClock } from '../fakes/clock.ts'
import { type FakeLive, type LiveClient, startFakeLive } from '../fakes/live-server.ts'

const STEP_MS = 20

/** A track that plays by the test's time: it takes a second ahead, then writes wait. */
class SlowTrack implements Sink {
  /** What people have heard, sample by sample. */
  readonly heard: number[] = []
  readonly #queue: number[] = []
  readonly #waiting: (() => void)[] = []
  readonly #drained: (() => void)[] = []

  get queuedMs(): number {
    return this.#queue.length / 24
  }

  async write(frame: Int16Array): Promise<void> {
    this.#queue.push(...frame)
    if (this.queuedMs > 1_000) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  clear(): void {
    this.#queue.length = 0
    this.play(0)
  }

  async drained(): Promise<void> {
    if (this.queuedMs > 0) await new Promise<void>(resolve => this.#drained.push(resolve))
  }

  play(ms: number): void {
    this.heard.push(...this.#queue.splice(0, ms * 24))
    if (this.queuedMs <= 1_000) for (const resolve of this.#waiting.splice(0)) resolve()
    if (this.queuedMs === 0) for (const resolve of this.#drained.splice(0)) resolve()
  }
}

let clock: FakeClock
let server: FakeLive
let live: Supervisor
let track: SlowTrack
let mouth: Mouth
let host: Host
let turns: Turns
let floors: string[]
let written: string[]
let downs: number
/** Samples of speech that have come. */
let received: number
/** Whether a client's setup is answered at once. */
let isOpen: boolean

beforeEach(async () => {
  clock = new FakeClock()
  isOpen = true
  server = await startFakeLive(client => {
    if (isOpen) client.send({ setupComplete: {} })
  })
  track = new SlowTrack()
  floors = []
  written = []
  downs = received = 0
  const basics = { clock, log: new Log({}, 'error', () => {}), stats: new Stats() }
  const book = await openBook({ ...basics, dir: undefined, room: 'kitchen', onFailed: () => {} })
  turns = new Turns(clock, floor => floors.push(floor))
  const timeline = new Timeline()
  // What people hear and read of it, without a room.
  const face = {
    turns,
    voice: track,
    heard: () => {},
    speak: () => ({
      write: (text: string) => written.push(text),
      close: () => {},
      cut: (text: string) => written.push(`cut: ${text}`),
    }),
    session: { proceedings: { used: () => {}, interrupted: () => {} } },
    up: () => turns.happen('up'),
    down: () => turns.happen('down'),
  }
  mouth = new Mouth(face, {
    ...basics,
    book,
    name: 'Roundtable',
    nameOf: identity => identity,
    timeline: () => timeline,
    somebody: () => 'ana',
    began: () => turns.happen('voice'),
    ended: () => {
      host.gate.fellSilent()
      turns.happen('quiet')
    },
  })
  const table = {
    names: ['Roundtable'],
    guests: () => [{ identity: 'ana', name: 'Ana' }],
    asker: () => 'ana',
  }
  host = new Host('open', clock, basics.stats, table, {
    show: () => {},
    pass: piece => mouth.say(piece),
    hush: () => mouth.hush(),
    settled: () => mouth.endTurn(),
    stopped: () => {},
    silenceMs: () => 0,
    turn: () => {},
    reopen: () => {},
  })
  const others = { hearing: { timeline, forget: () => {} }, hands: {}, company: { introduce: () => {} } }
  const told = fromModel({ stats: basics.stats, host, mouth, face, ...others } as unknown as Actors)
  live = new Supervisor({
    ...basics,
    gemini: { at: 'developer', apiKey: 'key', baseUrl: server.url },
    settings: readLiveSettings(new Settings({}), 'developer', () => undefined),
    onEvent: event => {
      if (event.type === 'audio') received += event.pcm.length
      told.event(event)
    },
    onUp: isResumed => told.up(isResumed),
    onDown: error => {
      downs++
      told.down(error)
    },
  })
})

afterEach(async () => {
  await live.close()
  mouth.close()
  host.close()
  turns.close()
  await server[Symbol.asyncDispose]()
  expect(clock.pending).toBe(0)
})

const until = (claim: () => boolean) =>
  vi.waitFor(() => expect(claim()).toBe(true), { timeout: 10_000, interval: 5 })

/** Lets time go by for the track and for everybody. */
async function pass(ms: number): Promise<void> {
  for (let at = 0; at < ms; at += STEP_MS) {
    clock.pass(STEP_MS)
    track.play(STEP_MS)
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** No two samples near each other are alike, so that nothing can be left out or said twice unnoticed. */
const speech = (fromMs: number, ms: number) =>
  Int16Array.from({ length: ms * 24 }, (_, i) => ((fromMs * 24 + i) % 29_989) + 1_000)

function say(client: LiveClient, pcm: Int16Array): void {
  const data = Buffer.from(pcm.buffer).toString('base64')
  client.send({
    serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm', data } }] } },
  })
}

/** The model has sent five seconds of an answer ahead of time, of which one has been heard when its socket is cut. */
async function cutInMidAnswer(): Promise<Int16Array> {
  live.start()
  const client = await server.next()
  await until(() => turns.floor === 'listening')
  client.send({ sessionResumptionUpdate: { newHandle: 'place', resumable: true } })
  client.send({ serverContent: { outputTranscription: { text: 'Once upon a time' } } })
  const answer = speech(0, 5_000)
  for (let at = 0; at < answer.length; at += 24_000) say(client, answer.slice(at, at + 24_000))
  await until(() => received === answer.length)
  await pass(1_000)
  expect(track.heard).toHaveLength(24_000)
  client.socket.terminate()
  await until(() => downs === 1)
  return answer
}

describe('an answer whose session is cut', () => {
  it('is heard on to the end of what was received, once, through the reconnect; what follows comes after it', async () => {
    const answer = await cutInMidAnswer()
    expect(turns.floor).toBe('speaking')
    await pass(STEP_MS)
    const second = await server.next()
    expect(second.setup.sessionResumption?.handle).toBe('place')
    await until(() => live.phase.at === 'live')
    expect(floors).toEqual(['listening', 'speaking'])
    await pass(1_000)
    const rest = speech(5_000, 500)
    say(second, rest)
    second.send({ serverContent: { turnComplete: true } })
    await until(() => received === answer.length + rest.length)
    await pass(2_900)
    expect(floors).toEqual(['listening', 'speaking'])
    await pass(1_000)
    expect(Int16Array.from(track.heard)).toEqual(Int16Array.from([...answer, ...rest]))
    expect(floors).toEqual(['listening', 'speaking', 'listening'])
    expect(written.join('')).toBe('Once upon a time')
  })

  it('is heard to its end while nobody answers; then the room sees that there is no model, and not that it listens', async () => {
    const answer = await cutInMidAnswer()
    isOpen = false
    await pass(STEP_MS)
    const second = await server.next()
    await pass(3_900)
    expect(floors).toEqual(['listening', 'speaking'])
    await pass(200)
    expect(Int16Array.from(track.heard)).toEqual(answer)
    expect(floors).toEqual(['listening', 'speaking', 'down'])
    second.send({ setupComplete: {} })
    await until(() => turns.floor === 'listening')
  })
})
