import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ByteStreamReader, ParticipantKind, type Room } from '@livekit/rtc-node'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Log } from '../../../agent/log.ts'
import { Preconnect } from '../../../agent/room/preconnect.ts'
import { Stats } from '../../../agent/stats.ts'
import { FakeClock } from '../../fakes/clock.ts'

const recorded = readFileSync(join(import.meta.dirname, '..', 'audio', 'fixtures', 'recorder.webm'))

let clock: FakeClock
let stats: Stats
let preconnect: Preconnect
let receive: (reader: ByteStreamReader, from: { identity: string }) => void

beforeEach(() => {
  clock = new FakeClock()
  stats = new Stats()
  const person = (identity: string, kind = ParticipantKind.STANDARD) => [
    identity,
    { identity, name: identity, kind, attributes: {} },
  ]
  const room = {
    remoteParticipants: new Map([person('ana'), person('bot', ParticipantKind.AGENT)] as never),
    registerByteStreamHandler: (topic: string, handler: typeof receive) => {
      expect(topic).toBe('lk.agent.pre-connect-audio-buffer')
      receive = handler
    },
  }
  preconnect = new Preconnect(room as unknown as Room, { clock, log: new Log({}, 'error', () => {}), stats })
})

/** A stream of `parts`, sent by `identity` for its track. */
function send(
  parts: Uint8Array[],
  {
    identity = 'ana',
    attributes = {},
    agoMs = 0,
  }: { identity?: string; attributes?: object; agoMs?: number } = {},
): void {
  const reader = {
    info: { attributes: { trackId: 'TR_1', ...attributes }, timestamp: clock.wall() - agoMs },
    async *[Symbol.asyncIterator]() {
      yield* parts
    },
  }
  receive(reader as unknown as ByteStreamReader, { identity })
}

/** `ms` of a steady tone as PCM16. */
function pcm(ms: number, rate: number, channels = 1): Buffer {
  const bytes = Buffer.alloc(Math.floor((ms * rate) / 1000) * channels * 2)
  for (let i = 0; i < bytes.length / 2; i++)
    bytes.writeInt16LE(Math.round(8_000 * Math.sin((i / channels) * 0.1)), 2 * i)
  return bytes
}

describe('what was said before we came', () => {
  it.each([
    ['Swift', 24_000, 1],
    ['Android', 48_000, 1],
    ['another', 48_000, 2],
    ['ours', 16_000, 1],
  ])('is taken as plain sound, as %s clients send it', async (_client, rate, channels) => {
    const bytes = pcm(2_000, rate, channels)
    send([bytes.subarray(0, 1_001), bytes.subarray(1_001)], {
      attributes: { sampleRate: String(rate), channels: String(channels) },
    })
    const sound = await preconnect.of('ana', 'TR_1')
    expect(sound.length / 16).toBeGreaterThan(1_950)
    expect(sound.length / 16).toBeLessThan(2_050)
    expect(Math.max(...sound)).toBeGreaterThan(6_000)
  })

  it('is taken as browsers record it, also when it comes after we have asked', async () => {
    const sound = preconnect.of('ana', 'TR_1')
    send([recorded])
    expect((await sound).length / 16_000).toBeCloseTo(1.6, 0)
    expect(stats.get('preconnect_ms')).toBeGreaterThan(1_400)
    expect(clock.pending).toBe(0)
  })

  it('is given once: a track that is muted and unmuted has none', async () => {
    send([recorded])
    expect((await preconnect.of('ana', 'TR_1')).length).toBeGreaterThan(0)
    expect(await preconnect.of('ana', 'TR_1')).toHaveLength(0)
  })

  it('is not waited for longer than three seconds', async () => {
    const sound = preconnect.of('ana', 'TR_1')
    clock.pass(3_100)
    expect(await sound).toHaveLength(0)
    send([recorded])
    await vi.waitFor(() => expect(stats.get('preconnect_refused')).toBe(1))
  })

  it.each([
    ['older than a second', [recorded], { agoMs: 1_500 }],
    [
      'longer than ten seconds',
      [pcm(10_500, 16_000)],
      { attributes: { sampleRate: '16000', channels: '1' } },
    ],
    ['larger than any client sends', Array.from({ length: 30 }, () => Buffer.alloc(100_000, 1)), {}],
    ['MP4', [Buffer.from('\0\0\0\x18ftypisom and so on')], {}],
    ['of no known rate', [pcm(100, 16_000)], {}],
    ['an agent’s', [recorded], { identity: 'bot' }],
    ['a stranger’s', [recorded], { identity: 'eve' }],
  ])('is refused where it is %s, and the room goes on', async (_what, parts, options) => {
    const sound = preconnect.of('ana', 'TR_1')
    send(parts, options)
    await vi.waitFor(() => expect(stats.get('preconnect_refused')).toBe(1))
    clock.pass(3_100)
    expect(await sound).toHaveLength(0)
  })

  it("of somebody else does not become Ana's", async () => {
    const sound = preconnect.of('ana', 'TR_2')
    send([recorded])
    clock.pass(3_100)
    expect(await sound).toHaveLength(0)
  })
})
