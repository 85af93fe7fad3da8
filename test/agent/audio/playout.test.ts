import { beforeEach, describe, expect, it } from 'vitest'
import { Playout, type Sink } from '../../../agent/audio/playout.ts'

/** A track that plays when it is told to: it takes 200 ms ahead, then writes wait. */
class FakeTrack implements Sink {
  readonly written: number[] = []
  queuedMs = 0
  clears = 0
  isGone = false
  #waiting: (() => void)[] = []
  #drained: (() => void)[] = []

  async write(frame: Int16Array): Promise<void> {
    if (this.isGone) throw new Error('the track is gone')
    this.written.push(...frame)
    this.queuedMs += frame.length / 24
    if (this.queuedMs > 200) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  clear(): void {
    this.clears++
    this.play(this.queuedMs)
  }

  async drained(): Promise<void> {
    if (this.queuedMs > 0) await new Promise<void>(resolve => this.#drained.push(resolve))
  }

  play(ms: number): void {
    this.queuedMs = Math.max(0, this.queuedMs - ms)
    if (this.queuedMs <= 200) for (const resolve of this.#waiting.splice(0)) resolve()
    if (this.queuedMs === 0) for (const resolve of this.#drained.splice(0)) resolve()
  }
}

let track: FakeTrack
let playout: Playout
let told: string[]

beforeEach(() => {
  track = new FakeTrack()
  told = []
  playout = new Playout(track, { began: () => told.push('began'), ended: () => told.push('ended') })
})

const speech = (ms: number, value = 1) => new Int16Array(ms * 24).fill(value)
const settle = () => new Promise<void>(resolve => setImmediate(resolve))

/** Lets the track play until nothing is left. */
async function playAll(): Promise<number> {
  let played = 0
  while (playout.isPlaying && played < 600_000) {
    await settle()
    track.play(40)
    played += 40
  }
  return played
}

describe('an answer', () => {
  it('goes out whole and in order, whatever the lengths of its pieces', async () => {
    const pieces = [1, 333, 40, 7, 640, 80].map((ms, i) => speech(ms, i + 1))
    for (const piece of pieces) playout.push(piece)
    await playAll()
    expect(track.written).toEqual(pieces.flatMap(piece => [...piece]))
    expect(told).toEqual(['began', 'ended'])
  })

  it('that comes in one burst waits here, with little in the queue of the track', async () => {
    playout.push(speech(60_000))
    await settle()
    expect(track.queuedMs).toBeLessThanOrEqual(300)
    expect(playout.pendingMs).toBe(60_000)
    await playAll()
    expect(track.written).toHaveLength(60_000 * 24)
  })

  it('begins with its first piece and ends when the last was heard, not when it was written', async () => {
    playout.push(speech(100))
    await settle()
    expect(told).toEqual(['began'])
    track.play(90)
    await settle()
    expect(told).toEqual(['began'])
    track.play(10)
    await settle()
    await settle()
    expect(told).toEqual(['began', 'ended'])
  })

  it('whose next piece comes while the track plays the last one has no gap between them', async () => {
    playout.push(speech(100))
    await settle()
    track.play(60)
    playout.push(speech(80, 2))
    await settle()
    expect(track.queuedMs).toBe(120)
    track.play(100)
    await settle()
    playout.push(speech(40, 3))
    await settle()
    expect(track.queuedMs).toBe(60)
    expect(told).toEqual(['began'])
    await playAll()
    expect(track.written).toHaveLength(220 * 24)
    expect(told).toEqual(['began', 'ended'])
  })

  it('whose next piece comes just as the last is heard goes on', async () => {
    playout.push(speech(40))
    await settle()
    track.play(40)
    playout.push(speech(40, 2))
    await playAll()
    expect(track.written).toHaveLength(80 * 24)
    expect(told).toEqual(['began', 'ended'])
  })

  it('of more than five minutes ahead is bounded; what is lost is counted', () => {
    for (let minute = 0; minute < 7; minute++) playout.push(speech(60_000))
    expect(playout.pendingMs).toBeLessThanOrEqual(5 * 60_000 + 300)
    expect(playout.droppedMs).toBeGreaterThanOrEqual(60_000)
  })
})

describe('interrupting', () => {
  it('drops all that was not heard, in the track too, and says how much', async () => {
    playout.push(speech(5_000))
    await settle()
    track.play(100)
    expect(playout.flush()).toBe(4_900)
    expect(track.clears).toBe(1)
    expect(told).toEqual(['began', 'ended'])
    const before = track.written.length
    await settle()
    await settle()
    expect(track.written).toHaveLength(before)
  })

  it('does not touch the next answer, even when it comes in the same moment', async () => {
    playout.push(speech(5_000, 1))
    await settle()
    playout.flush()
    const before = track.written.length
    playout.push(speech(1_000, 2))
    await playAll()
    expect(track.written.slice(before)).toEqual([...speech(1_000, 2)])
    expect(told).toEqual(['began', 'ended', 'began', 'ended'])
  })

  it('when nothing is said is nothing, as often as it comes', () => {
    expect(playout.flush()).toBe(0)
    expect(playout.flush()).toBe(0)
    expect(told).toEqual([])
  })
})

describe('a track that is gone', () => {
  it('ends the answer and rejects nothing; a later answer is tried again', async () => {
    track.isGone = true
    playout.push(speech(500))
    await settle()
    expect(told).toEqual(['began', 'ended'])
    expect(playout.isPlaying).toBe(false)
    track.isGone = false
    playout.push(speech(40, 3))
    await playAll()
    expect(track.written).toEqual([...speech(40, 3)])
  })
})
