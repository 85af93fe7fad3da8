import { setImmediate } from 'node:timers/promises'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Stats } from '../../../agent/stats.ts'
import type { Ms } from '../../../agent/units.ts'
import { Lanes, type PictureLane, type RawPicture } from '../../../agent/video/lanes.ts'
import { HOLD_MS } from '../../../agent/video/picker.ts'
import { type Picture, pictures } from '../../../agent/video/pictures.ts'
import { EVERY_MS, FLOOR_MS } from '../../../agent/video/shutter.ts'
import { FakeClock } from '../../fakes/clock.ts'
import { plain } from './painted.ts'

/** A room's cameras and screens, and a reader of the pictures, on a clock of its own. */
class Show {
  readonly clock = new FakeClock()
  readonly lanes = new Lanes()
  readonly stats = new Stats()
  readonly closing = new AbortController()
  readonly seen: (Picture & { at: Ms })[] = []
  /** When a lane was asked for a picture, and which. */
  readonly asked: { id: string; at: Ms }[] = []
  speaking: string | undefined
  /** What the reader does with each picture before it asks for the next. */
  digest: () => Promise<void> = async () => {}
  readonly ended: Promise<void>
  #under = 0

  constructor() {
    this.ended = this.#read()
  }

  /** @param see what the camera sees when it is asked; undefined: it is frozen, and a grab takes `forMs`. */
  show(
    id: string,
    source: PictureLane['source'],
    see: (at: Ms) => RawPicture | undefined,
    forMs: Ms = 0,
  ): void {
    const grab = async () => {
      this.asked.push({ id, at: this.clock.now() })
      if (forMs > 0) await new Promise<void>(resolve => this.clock.after(forMs, resolve))
      const raw = see(this.clock.now())
      if (raw !== undefined) this.#under++
      return raw
    }
    this.lanes.open({ id, identity: id, name: id.toUpperCase(), source, grab })
  }

  async pass(duration: Ms): Promise<void> {
    await this.settle()
    for (let passed = 0; passed < duration; passed += 50) {
      this.clock.pass(50)
      await this.settle()
    }
  }

  /** Until every picture that was taken is encoded and has been judged. */
  async settle(): Promise<void> {
    const judged = () =>
      ['taken', 'unchanged', 'spoilt'].reduce((sum, how) => sum + this.stats.get(`pictures_${how}`), 0)
    for (let turns = 0; turns < 5 || judged() < this.#under; turns++) await setImmediate()
  }

  async #read(): Promise<void> {
    const { clock, stats, closing } = this
    const options = { clock, stats, speaking: () => this.speaking, signal: closing.signal }
    for await (const picture of pictures(this.lanes, options)) {
      this.seen.push({ ...picture, at: clock.now() })
      await this.digest()
    }
  }
}

let show: Show
beforeEach(() => {
  show = new Show()
})
afterEach(async () => {
  show.closing.abort()
  // A reader that is still digesting is given the time.
  show.clock.pass(60_000)
  await show.ended
  expect(show.clock.pending, 'alarms left behind').toBe(0)
})

/** Another grey each time it is looked at. */
const restless = (at: Ms) => plain(shade(at))
const shade = (at: Ms) => ((at / 50) * 37) % 256
const brightness = async ({ jpeg }: Picture) => (await sharp(jpeg).greyscale().raw().toBuffer())[0]

describe('while nobody shows anything', () => {
  test('nothing runs, and the first camera is seen as soon as it is on', async () => {
    await show.pass(10_000)
    expect(show.clock.pending).toBe(0)
    show.show('ana', 'camera', restless)
    await show.settle()
    expect(show.seen).toMatchObject([{ from: 'ana', name: 'ANA', source: 'camera', width: 64, height: 36 }])
  })

  test('the last camera going off ends it again', async () => {
    show.show('ana', 'camera', restless)
    await show.pass(3_000)
    show.lanes.close('ana')
    await show.pass(3_000)
    const { length } = show.asked
    await show.pass(10_000)
    expect(show.asked).toHaveLength(length)
    expect(show.clock.pending).toBe(0)
  })
})

describe('how many', () => {
  test('one a second, however many cameras there are', async () => {
    for (const id of ['ana', 'bo', 'cy']) show.show(id, 'camera', restless)
    await show.pass(20_000)
    expect(show.asked.length).toBe(21)
    expect(show.seen.length).toBe(21)
  })

  test('a camera that takes its time is not asked twice at once, nor made up for', async () => {
    show.show('ana', 'camera', restless, 1_500)
    await show.pass(25_000)
    const gaps = show.asked.slice(1).map(({ at }, i) => at - show.asked[i]!.at)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(EVERY_MS + 1_500)
    expect(show.seen).toHaveLength(10)
  })

  test('a slow reader gets a new picture each time it asks, and no queue', async () => {
    show.digest = () => new Promise<void>(resolve => show.clock.after(7_000, resolve))
    show.show('ana', 'camera', restless)
    await show.pass(30_000)
    expect(show.asked.length).toBe(5)
    for (const picture of show.seen) expect(await brightness(picture)).toBeCloseTo(shade(picture.at), -1)
  })

  test('a still picture is sent at the floor rate; the first change at once', async () => {
    let grey = 90
    show.show('ana', 'screen', () => plain(grey))
    await show.pass(12_500)
    expect(show.seen.map(({ at }) => Math.floor(at / FLOOR_MS))).toEqual([0, 1, 2])
    expect(show.stats.get('pictures_unchanged')).toBe(10)
    grey = 150
    await show.pass(1_000)
    expect(await brightness(show.seen.at(-1)!)).toBeCloseTo(150, -1)
  })
})

describe('whose', () => {
  test('a shared screen comes before the cameras, and they are back when it ends', async () => {
    show.show('ana', 'camera', restless)
    await show.pass(2_000)
    show.show('bo', 'screen', restless)
    await show.pass(3_000)
    show.lanes.close('bo')
    await show.pass(2_000)
    const order = show.seen.map(({ from }) => from).filter((from, i, all) => from !== all[i - 1])
    expect(order).toEqual(['ana', 'bo', 'ana'])
  })

  test('the camera follows who speaks, after a hold', async () => {
    show.speaking = 'ana'
    show.show('ana', 'camera', restless)
    show.show('bo', 'camera', restless)
    await show.pass(1_000)
    show.speaking = 'bo'
    await show.pass(10_000)
    const first = show.seen.find(({ from }) => from === 'bo')
    expect(first?.at).toBeGreaterThanOrEqual(HOLD_MS)
    expect(first?.at).toBeLessThanOrEqual(HOLD_MS + EVERY_MS)
    expect(show.seen.at(-1)?.from).toBe('bo')
  })
})

describe('what goes wrong', () => {
  test('a camera that froze makes way for the others and is tried again', async () => {
    let isFrozen = true
    show.speaking = 'ana'
    show.show('ana', 'camera', at => (isFrozen ? undefined : restless(at)), 3_000)
    show.show('bo', 'camera', restless)
    await show.pass(20_000)
    expect(new Set(show.seen.map(({ from }) => from))).toEqual(new Set(['bo']))
    expect(show.stats.get('pictures_missed')).toBeGreaterThan(1)
    isFrozen = false
    await show.pass(30_000)
    expect(show.seen.at(-1)?.from).toBe('ana')
  })

  test('the only camera there is, frozen, is asked less and less, and seen when it is back', async () => {
    let isFrozen = true
    show.show('ana', 'camera', at => (isFrozen ? undefined : restless(at)), 3_000)
    await show.pass(120_000)
    expect(show.asked.length).toBeGreaterThan(5)
    expect(show.asked.length).toBeLessThan(15)
    isFrozen = false
    await show.pass(20_000)
    expect(show.seen.length).toBeGreaterThan(0)
  })

  test('a camera that goes off in the middle of a grab is not held against it', async () => {
    show.show('ana', 'camera', () => undefined, 500)
    await show.pass(200)
    show.lanes.close('ana')
    await show.pass(500)
    expect(show.stats.get('pictures_missed')).toBe(0)
  })

  test('a frame that is no picture is counted and left out', async () => {
    let isBroken = true
    show.show('ana', 'camera', at => (isBroken ? { ...plain(1), data: new Uint8Array(5) } : restless(at)))
    await show.pass(3_000)
    expect(show.seen).toHaveLength(0)
    expect(show.stats.get('pictures_spoilt')).toBe(4)
    isBroken = false
    await show.pass(1_000)
    expect(show.seen).toHaveLength(1)
  })
})

describe('when the conversation ends', () => {
  test.each([
    ['while nobody shows anything', async () => {}],
    [
      'between two pictures',
      async () => {
        show.show('ana', 'camera', restless)
        await show.pass(1_500)
      },
    ],
    [
      'while a frozen camera rests',
      async () => {
        show.show('ana', 'camera', () => undefined)
        await show.pass(1_500)
      },
    ],
  ])('the pictures end at once, %s', async (_when, before) => {
    await before()
    show.closing.abort()
    await show.ended
    expect(show.clock.pending).toBe(0)
  })

  test('a picture that was under way is not handed over any more', async () => {
    show.show('ana', 'camera', restless, 300)
    await show.pass(100)
    show.closing.abort()
    show.clock.pass(1_000)
    await show.ended
    expect(show.seen).toHaveLength(0)
  })
})
