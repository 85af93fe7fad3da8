import { EventEmitter } from 'node:events'
import { type Track, VideoRotation } from '@livekit/rtc-node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nextFrame } from '../../../agent/room/video-frame.ts'
import type { RawPicture } from '../../../agent/video/lanes.ts'
import { FakeClock } from '../../fakes/clock.ts'

const STREAM = 7n

/** Stands for LiveKit's native side: one track, one stream, and frames as the test tells them. */
class FakeLiveKit extends EventEmitter {
  copies = 0
  request() {
    return { stream: { handle: { id: STREAM } } }
  }
  copyBuffer(_ptr: bigint, length: number): Uint8Array {
    this.copies++
    return new Uint8Array(length)
  }
  frame(width: number, height: number, rotation = VideoRotation.VIDEO_ROTATION_0, stream = STREAM): void {
    const buffer = { handle: { id: 99n }, info: { dataPtr: 1n, width, height } }
    this.#say(stream, { case: 'frameReceived', value: { buffer, rotation } })
  }
  end(): void {
    this.#say(STREAM, { case: 'eos', value: {} })
  }
  #say(streamHandle: bigint, message: unknown): void {
    this.emit('ffi_event', { message: { case: 'videoStreamEvent', value: { streamHandle, message } } })
  }
}

let livekit: FakeLiveKit
let clock: FakeClock
let closing: AbortController
const real = globalThis._ffiClientInstance
beforeEach(() => {
  livekit = new FakeLiveKit()
  clock = new FakeClock()
  closing = new AbortController()
  globalThis._ffiClientInstance = livekit as unknown as NonNullable<typeof real>
})
afterEach(() => {
  livekit.end()
  expect(livekit.listenerCount('ffi_event')).toBe(0)
  expect(clock.pending).toBe(0)
  globalThis._ffiClientInstance = real
})

const track = { ffi_handle: { handle: 3n } } as Track
const next = (pixels: number): Promise<RawPicture | undefined> =>
  nextFrame(track, { pixels, clock, signal: closing.signal })

describe('the next frame', () => {
  test('is the first that is large enough, whole', async () => {
    const frame = next(640 * 360)
    livekit.frame(640, 360)
    livekit.frame(1280, 720)
    expect(await frame).toMatchObject({ width: 640, height: 360, turn: 0 })
    expect((await frame)?.data).toHaveLength(640 * 360 * 3)
    expect(livekit.copies).toBe(1)
  })

  test('is not a smaller layer, when the one that was asked for follows soon', async () => {
    const frame = next(640 * 360)
    livekit.frame(320, 180)
    clock.pass(40)
    livekit.frame(640, 360)
    expect(await frame).toMatchObject({ width: 640 })
  })

  test('is the largest there is, when no larger one follows', async () => {
    const frame = next(640 * 360)
    livekit.frame(160, 90)
    livekit.frame(320, 180)
    livekit.frame(160, 90)
    clock.pass(250)
    expect(await frame).toMatchObject({ width: 320 })
  })

  test('is never of another stream', async () => {
    const frame = next(1)
    livekit.frame(640, 360, VideoRotation.VIDEO_ROTATION_0, 8n)
    closing.abort()
    expect(await frame).toBeUndefined()
  })

  test.each([
    [VideoRotation.VIDEO_ROTATION_0, 0],
    [VideoRotation.VIDEO_ROTATION_90, 90],
    [VideoRotation.VIDEO_ROTATION_180, 180],
    [VideoRotation.VIDEO_ROTATION_270, 270],
  ])('says how it is to be turned: rotation %i is %i degrees', async (rotation, turn) => {
    const frame = next(1)
    livekit.frame(64, 36, rotation)
    expect(await frame).toMatchObject({ turn })
  })
})

describe('without a frame', () => {
  test('there is none when the track ends', async () => {
    const frame = next(1)
    livekit.end()
    expect(await frame).toBeUndefined()
  })

  test('there is none when it is called off, before or meanwhile', async () => {
    const meanwhile = next(1)
    closing.abort()
    expect(await meanwhile).toBeUndefined()
    expect(await next(1)).toBeUndefined()
  })

  test('called off while a larger layer is waited for, the smaller one is taken', async () => {
    const frame = next(640 * 360)
    livekit.frame(320, 180)
    closing.abort()
    expect(await frame).toMatchObject({ width: 320 })
  })
})
