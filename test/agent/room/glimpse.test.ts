import type { ByteStreamWriter, LocalParticipant } from '@livekit/rtc-node'
import sharp from 'sharp'
import { expect, test, vi } from 'vitest'
import { Log } from '../../../agent/log.ts'
import { GLIMPSE_EVERY_MS, Glimpse } from '../../../agent/room/glimpse.ts'
import type { Picture } from '../../../agent/video/pictures.ts'
import { FakeClock } from '../../fakes/clock.ts'

type Sent = { options: Parameters<LocalParticipant['streamBytes']>[0]; bytes: Uint8Array }

/** The agent in its room: what it sends is kept, or refused. */
class FakeParticipant {
  readonly sent: Sent[] = []
  isGone = false
  async streamBytes(options: Sent['options']): Promise<ByteStreamWriter> {
    if (this.isGone) throw new Error('the room is gone')
    const kept: Uint8Array[] = []
    const writer = {
      write: async (bytes: Uint8Array) => void kept.push(bytes),
      close: async () => void this.sent.push({ options, bytes: Buffer.concat(kept) }),
    }
    return writer as unknown as ByteStreamWriter
  }
}

const picture: Picture = {
  jpeg: await sharp({ create: { width: 768, height: 432, channels: 3, background: '#a02030' } })
    .jpeg()
    .toBuffer(),
  width: 768,
  height: 432,
  source: 'camera',
  people: [
    { identity: 'p_1', name: 'Ana' },
    { identity: 'p_2', name: 'Bo' },
  ],
}
const quiet = new Log({}, 'error', () => {})

test('people are shown a small copy, with its size and who is in it', async () => {
  const participant = new FakeParticipant()
  new Glimpse(participant, new FakeClock(), quiet).show(picture)
  await vi.waitFor(() => expect(participant.sent).toHaveLength(1))
  const [{ options, bytes }] = participant.sent as [Sent]
  expect(options).toMatchObject({
    topic: 'roundtable.picture',
    mimeType: 'image/jpeg',
    totalSize: bytes.length,
  })
  expect(options?.attributes).toEqual({ width: '320', height: '180', people: '["p_1","p_2"]' })
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 320, height: 180 })
  expect(bytes.length).toBeLessThanOrEqual(12_000)
})

test('no more than one in two seconds, and the next is the newest', async () => {
  const participant = new FakeParticipant()
  const clock = new FakeClock()
  const glimpse = new Glimpse(participant, clock, quiet)
  for (let second = 0; second < 7; second++) {
    glimpse.show({ ...picture, people: [{ identity: `p_${second}`, name: '' }] })
    const due = Math.floor((second * 1000) / GLIMPSE_EVERY_MS) + 1
    await vi.waitFor(() => expect(participant.sent).toHaveLength(due))
    clock.pass(1_000)
  }
  expect(participant.sent.map(({ options }) => options?.attributes?.people)).toEqual(
    [0, 2, 4, 6].map(second => `["p_${second}"]`),
  )
})

test('a room that is gone is nobody else’s trouble, and the next one is shown', async () => {
  const participant = new FakeParticipant()
  const clock = new FakeClock()
  const lines: string[] = []
  const glimpse = new Glimpse(participant, clock, new Log({}, 'debug', line => lines.push(line)))
  participant.isGone = true
  glimpse.show(picture)
  await vi.waitFor(() => expect(lines).toHaveLength(1))
  participant.isGone = false
  clock.pass(GLIMPSE_EVERY_MS)
  glimpse.show(picture)
  await vi.waitFor(() => expect(participant.sent).toHaveLength(1))
})
