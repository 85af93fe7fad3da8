import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Ears } from '../../../agent/audio/ears.ts'
import { withPrelude } from '../../../agent/audio/prelude.ts'

const frame = (value: number) => new Int16Array(160).fill(value)
const ana = { identity: 'ana', trackId: 'TR_1' }

let heard: number[]
let listened: Set<string>
let ears: Ears

const sink = () => ({ push: (pcm: Int16Array) => heard.push(pcm[0]!), close: () => heard.push(-1) })

beforeEach(() => {
  heard = []
  listened = new Set()
  ears = new Ears(identity => listened.has(identity))
})

describe('whoever is not listened to', () => {
  it('is silence, at the same pace', () => {
    const microphone = ears.open(ana, sink())
    microphone.push(frame(1))
    listened.add('ana')
    microphone.push(frame(2))
    listened.delete('ana')
    microphone.push(frame(3))
    microphone.close()
    expect(heard).toEqual([0, 2, 0, -1])
  })

  it('has the last 300 ms of what they said kept for when they are, once', () => {
    const microphone = ears.open(ana, sink())
    ears.open({ identity: 'ben', trackId: 'TR_2' }, sink()).push(frame(9))
    for (let i = 1; i <= 100; i++) microphone.push(frame(i))
    const [before, ...others] = ears.before('ana')
    expect(others).toEqual([])
    expect(before!.voice).toEqual(ana)
    expect([before!.pcm.length, before!.pcm[0], before!.pcm.at(-1)]).toEqual([4_800, 71, 100])
    expect(ears.before('ana')).toEqual([])
  })

  it('leaves nothing behind when their microphone is off', () => {
    const microphone = ears.open(ana, sink())
    microphone.push(frame(1))
    microphone.close()
    expect(ears.before('ana')).toEqual([])
  })
})

describe('a microphone whose owner was recorded before', () => {
  it('is heard from the recording on, in order, then live', async () => {
    const recording = Promise.withResolvers<Int16Array>()
    let before: number[] = []
    const microphone = withPrelude(sink(), recording.promise, pcm => (before = [...pcm]))
    microphone.push(Int16Array.of(3))
    microphone.push(Int16Array.of(4))
    recording.resolve(Int16Array.of(1, 2))
    await vi.waitFor(() => expect(before).toEqual([1, 2, 3, 4]))
    microphone.push(Int16Array.of(5))
    expect(heard).toEqual([5])
  })

  it('loses nothing of what came live when there is no recording after all', async () => {
    let before: number[] = []
    const microphone = withPrelude(sink(), Promise.reject(new Error('none')), pcm => (before = [...pcm]))
    microphone.push(Int16Array.of(3))
    await vi.waitFor(() => expect(before).toEqual([3]))
  })
})
