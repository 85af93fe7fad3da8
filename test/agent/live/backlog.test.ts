import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LiveConnection } from '../../../agent/live/connection.ts'
import { readLiveSettings } from '../../../agent/live/settings.ts'
import { Uplink } from '../../../agent/live/uplink.ts'
import { Settings } from '../../../agent/settings.ts'
import { Stats } from '../../../agent/stats.ts'
import { FakeClock } from '../../fakes/clock.ts'
import { type FakeLive, startFakeLive } from '../../fakes/live-server.ts'

const PICTURE = new Uint8Array(60_000)
/** A second of sound. */
const SECOND = new Int16Array(16_000).fill(5_000)

let server: FakeLive
let clock: FakeClock
let connection: LiveConnection

beforeEach(async () => {
  server = await startFakeLive()
  clock = new FakeClock()
  connection = await LiveConnection.open({
    gemini: { at: 'developer', apiKey: 'key', baseUrl: server.url },
    settings: readLiveSettings(new Settings({}), 'developer', () => undefined),
    clock,
    handle: undefined,
    onEvent: () => {},
  })
})

afterEach(async () => {
  void connection.close()
  clock.pass(1_000)
  await server[Symbol.asyncDispose]()
})

describe('a network that takes nothing any more', () => {
  it('costs pictures first, counted, while sound still goes; then sound waits, the oldest is lost and counted', async () => {
    server.clients[0]!.socket.pause()
    // As many as the machine's own buffers hold, and then some; nothing is written while this goes on.
    for (let i = 0; i < 2_000 && connection.droppedPictures === 0; i++) connection.sendPicture(PICTURE)
    expect(connection.droppedPictures).toBe(1)
    expect(connection.isCongested).toBe(false)

    const stats = new Stats()
    const uplink = new Uplink(clock, stats, () => {})
    const address = (letter: Parameters<typeof uplink.push>[0]) => letter
    uplink.attach({ connection, typed: 'clientContent', opening: undefined, address })
    for (let seconds = 0; seconds < 15; seconds++) {
      uplink.push({ kind: 'audio', pcm: SECOND })
      clock.pass(1_000)
    }
    expect(connection.isCongested).toBe(true)
    expect(uplink.outbox.waitingMs).toBeGreaterThan(0)
    expect(stats.get('audio_dropped_ms')).toBe(0)
    for (let seconds = 0; seconds < 30; seconds++) uplink.push({ kind: 'audio', pcm: SECOND })
    expect(uplink.outbox.waitingMs).toBeLessThanOrEqual(20_000)
    expect(stats.get('audio_dropped_ms')).toBeGreaterThan(5_000)
    expect(uplink.blockedMs(clock.now())).toBeGreaterThan(0)
    uplink.detach()
  })
})
