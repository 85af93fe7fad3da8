import { setImmediate } from 'node:timers/promises'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sleep } from '../../../agent/clock.ts'
import { Stats } from '../../../agent/stats.ts'
import type { Ms } from '../../../agent/units.ts'
import { GATHER_MS } from '../../../agent/video/gather.ts'
import { arrange } from '../../../agent/video/grid.ts'
import { type Detail, isWhole, Lanes, type PictureLane, type RawPicture } from '../../../agent/video/lanes.ts'
import { HOLD_MS, type Seeing } from '../../../agent/video/look.ts'
import { type Picture, pictures } from '../../../agent/video/pictures.ts'
import { EVERY_MS, FLOOR_MS } from '../../../agent/video/shutter.ts'
import { seeded } from '../../bench/statistics.ts'
import { FakeClock } from '../../fakes/clock.ts'
import { painted, plain } from './painted.ts'

/** A room's cameras and screens, and a reader of the pictures, on a clock of its own. */
class Show {
  readonly clock = new FakeClock()
  readonly lanes = new Lanes()
  readonly stats = new Stats()
  readonly closing = new AbortController()
  readonly seen: (Picture & { at: Ms })[] = []
  /** When a lane was asked for a picture, and which. */
  readonly asked: { id: string; at: Ms; detail: Detail }[] = []
  readonly seeing: Seeing
  talking: string[] = []
  pinned: string | undefined
  /** What the reader does with each picture before it asks for the next. */
  digest: () => Promise<void> = async () => {}
  readonly ended: Promise<void>
  /** By when a picture was asked for: how many lanes have not answered yet, and whether any gave a picture. */
  readonly #rounds = new Map<Ms, { open: number; hasPicture: boolean }>()

  constructor(seeing: Seeing = 'speaker') {
    this.seeing = seeing
    this.ended = this.#read()
  }

  /** @param see what the camera sees when it is asked; undefined: it is frozen, and a grab takes `forMs`. */
  show(
    id: string,
    source: PictureLane['source'],
    see: (at: Ms) => RawPicture | undefined,
    forMs: Ms = 0,
  ): void {
    const grab: PictureLane['grab'] = async (signal, detail) => {
      const at = this.clock.now()
      this.asked.push({ id, at, detail })
      const round = this.#rounds.get(at) ?? { open: 0, hasPicture: false }
      this.#rounds.set(at, round)
      round.open++
      if (forMs > 0) await sleep(this.clock, forMs, signal).catch(() => {})
      const raw = signal.aborted ? undefined : see(this.clock.now())
      round.open--
      if (raw !== undefined && isWhole(raw)) round.hasPicture = true
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
    const due = () => [...this.#rounds.values()].filter(({ open, hasPicture }) => open === 0 && hasPicture)
    const judged = () => this.stats.get('pictures_taken') + this.stats.get('pictures_unchanged')
    for (let turns = 0; turns < 5 || judged() < due().length; turns++) await setImmediate()
  }

  async #read(): Promise<void> {
    const { clock, stats, closing } = this
    const options = {
      clock,
      stats,
      seeing: this.seeing,
      talking: () => this.talking,
      pinned: () => this.pinned,
      signal: closing.signal,
    }
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
const who = ({ people }: Picture) => people.map(({ identity }) => identity).join(' ')
const brightness = async ({ jpeg }: Picture) => (await sharp(jpeg).greyscale().raw().toBuffer())[0]

describe('while nobody shows anything', () => {
  test('nothing runs, and the first camera is seen as soon as it is on', async () => {
    await show.pass(10_000)
    expect(show.clock.pending).toBe(0)
    show.show('ana', 'camera', restless)
    await show.settle()
    expect(show.seen).toMatchObject([
      { people: [{ identity: 'ana', name: 'ANA' }], source: 'camera', width: 64, height: 36 },
    ])
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
    const order = show.seen.map(who).filter((from, i, all) => from !== all[i - 1])
    expect(order).toEqual(['ana', 'bo', 'ana'])
  })

  test('the camera follows who speaks, after a hold', async () => {
    show.talking = ['ana']
    show.show('ana', 'camera', restless)
    show.show('bo', 'camera', restless)
    await show.pass(1_000)
    show.talking = ['bo']
    await show.pass(10_000)
    const first = show.seen.find(picture => who(picture) === 'bo')
    expect(first?.at).toBeGreaterThanOrEqual(HOLD_MS)
    expect(first?.at).toBeLessThanOrEqual(HOLD_MS + EVERY_MS)
    expect(who(show.seen.at(-1)!)).toBe('bo')
  })
})

describe('everybody at once', () => {
  /** What a camera sees, 320x180, in a grey of its own. */
  const scene = (grey: number) => plain(grey, 320, 180)

  beforeEach(() => {
    show.closing.abort()
    show = new Show('grid')
  })

  /** The grey in the middle of each camera's place. */
  async function greys({ jpeg, people }: Picture): Promise<number[]> {
    const { data, info } = await sharp(jpeg).greyscale().raw().toBuffer({ resolveWithObject: true })
    return arrange(people.length).cells.map(
      ({ x, y, width, height }) => data[(y + (height >> 1)) * info.width + x + (width >> 1)]!,
    )
  }

  test('is one picture a second, whoever is in it, and every camera in it is of that second', async () => {
    for (const id of ['ana', 'bo', 'cy']) show.show(id, 'camera', at => scene(shade(at)))
    await show.pass(10_000)
    expect(show.seen).toHaveLength(11)
    for (const picture of show.seen) {
      expect(who(picture)).toBe('ana bo cy')
      for (const grey of await greys(picture)) expect(Math.abs(grey - shade(picture.at))).toBeLessThan(4)
    }
  })

  test('asks for small pictures where many stand beside each other', async () => {
    show.show('ana', 'camera', restless)
    await show.pass(500)
    for (const id of ['bo', 'cy']) show.show(id, 'camera', restless)
    await show.pass(1_000)
    const details = (id: string) => show.asked.filter(asked => asked.id === id).map(({ detail }) => detail)
    expect(details('ana')).toEqual(['full', 'small'])
    expect(details('cy')).toEqual(['small'])
  })

  test('a pinned person fills the picture, until another is pinned or nobody is', async () => {
    for (const id of ['ana', 'bo', 'cy']) show.show(id, 'camera', restless)
    await show.pass(1_500)
    show.pinned = 'bo'
    await show.pass(2_000)
    show.pinned = undefined
    await show.pass(1_000)
    expect(show.seen.map(who)).toEqual(['ana bo cy', 'ana bo cy', 'bo', 'bo', 'ana bo cy'])
    expect(show.asked.filter(({ detail }) => detail === 'full').map(({ id }) => id)).toEqual(['bo', 'bo'])
  })

  test('a screen comes first, within a second, and everybody is back when it ends', async () => {
    for (const id of ['ana', 'bo', 'cy']) show.show(id, 'camera', restless)
    await show.pass(1_500)
    show.show('desk', 'screen', restless)
    await show.pass(1_000)
    show.lanes.close('desk')
    await show.pass(1_000)
    expect(show.seen.map(who)).toEqual(['ana bo cy', 'ana bo cy', 'desk', 'ana bo cy'])
  })

  test('whoever begins to talk is news, though nothing moves', async () => {
    for (const id of ['ana', 'bo', 'cy']) show.show(id, 'camera', () => scene(90))
    await show.pass(3_500)
    expect(show.seen).toHaveLength(1)
    show.talking = ['bo']
    await show.pass(2_000)
    expect(show.seen).toHaveLength(2)
    show.talking = []
    await show.pass(1_000)
    expect(show.seen).toHaveLength(3)
  })

  test('somebody who comes or goes is news', async () => {
    show.show('ana', 'camera', () => scene(90))
    show.show('bo', 'camera', () => scene(90))
    await show.pass(2_500)
    show.show('cy', 'camera', () => scene(90))
    await show.pass(1_000)
    show.lanes.close('ana')
    await show.pass(1_000)
    expect(show.seen.map(who)).toEqual(['ana bo', 'ana bo cy', 'bo cy'])
  })

  test('one that froze is left out, holds nobody up, and is never shown as it was', async () => {
    let isFrozen = false
    show.show('ana', 'camera', at => scene(shade(at)))
    show.show('bo', 'camera', at => (isFrozen ? undefined : scene(shade(at))), 0)
    show.show('cy', 'camera', at => scene(shade(at)))
    await show.pass(1_500)
    isFrozen = true
    const { length } = show.seen
    await show.pass(20_000)
    const after = show.seen.slice(length)
    expect(after.length).toBeGreaterThan(15)
    expect(new Set(after.map(who))).toEqual(new Set(['ana cy']))
    isFrozen = false
    await show.pass(20_000)
    expect(who(show.seen.at(-1)!)).toBe('ana bo cy')
  })

  test('one that is too slow is waited for a moment, no longer, and the others are not old by then', async () => {
    show.show('ana', 'camera', at => scene(shade(at)))
    show.show('bo', 'camera', at => scene(shade(at)), 3_000)
    await show.pass(GATHER_MS)
    expect(show.seen.map(({ at, people }) => [at, people.length])).toEqual([[GATHER_MS, 1]])
    expect(show.stats.get('pictures_missed')).toBe(1)
  })

  test('one that comes a little later than the others is in the picture', async () => {
    show.show('ana', 'camera', restless)
    show.show('bo', 'camera', restless, GATHER_MS - 100)
    await show.pass(GATHER_MS)
    expect(show.seen.map(who)).toEqual(['ana bo'])
  })

  test('a frame that is no picture spoils nothing but itself', async () => {
    show.show('ana', 'camera', restless)
    show.show('bo', 'camera', () => ({ ...plain(1), data: new Uint8Array(5) }))
    await show.pass(1_500)
    expect(show.seen.map(who)).toEqual(['ana', 'ana'])
    expect(show.stats.get('pictures_spoilt')).toBe(2)
  })
})

describe('two minutes in which nine cameras and two screens come, freeze, go and talk', () => {
  const people = Array.from({ length: 9 }, (_, i) => `p${i}`)
  const owners = [...people, 'desk1', 'desk2']
  /** Whose it is on the left, and when it was taken on the right. */
  const scene = (owner: string, at: Ms) => {
    const [own, now] = [20 + owners.indexOf(owner) * 20, shade(at)]
    return painted(64, 36, x => (x < 32 ? [own, own, own] : [now, now, now]))
  }

  test('no more than one picture a second, a screen first, everybody in their place, nothing old', async () => {
    show.closing.abort()
    show = new Show('grid')
    const random = seeded(16)
    const frozen = new Set<string>()
    const open: string[] = []
    const toggle = (owner: string) => {
      const at = open.indexOf(owner)
      if (at !== -1) {
        open.splice(at, 1)
        return show.lanes.close(owner)
      }
      open.push(owner)
      const source = owner.startsWith('desk') ? 'screen' : 'camera'
      show.show(owner, source, now => (frozen.has(owner) ? undefined : scene(owner, now)))
    }
    for (const person of people.slice(0, 5)) toggle(person)
    let screens = 0
    for (let second = 0; second < 120; second++) {
      const { length } = show.seen
      await show.pass(1_000)
      const desk = open.findLast(owner => owner.startsWith('desk'))
      for (const picture of show.seen.slice(length)) {
        const shown = picture.people.map(({ identity }) => identity)
        expect(picture.people.map(({ name }) => name)).toEqual(shown.map(identity => identity.toUpperCase()))
        if (desk !== undefined && !frozen.has(desk)) expect(shown).toEqual([desk])
        else expect(shown.every(identity => open.includes(identity) && !frozen.has(identity))).toBe(true)
        if (picture.source === 'screen') screens++
        const { data, info } = await sharp(picture.jpeg)
          .greyscale()
          .raw()
          .toBuffer({ resolveWithObject: true })
        const areas = shown.length > 1 ? arrange(shown.length).cells : [{ x: 0, y: 0, width: 64, height: 36 }]
        for (const [i, identity] of shown.entries()) {
          const { x, y, width, height } = areas[i]!
          const grey = (across: number) =>
            data[(y + Math.floor(height * 0.25)) * info.width + x + Math.floor(width * across)]!
          expect(Math.abs(grey(0.25) - (20 + owners.indexOf(identity) * 20)), identity).toBeLessThan(8)
          expect(Math.abs(grey(0.75) - shade(picture.at)), identity).toBeLessThan(8)
        }
      }
      if (random() < 0.3) toggle(people[Math.floor(random() * 9)]!)
      if (random() < 0.15) toggle(random() < 0.5 ? 'desk1' : 'desk2')
      const other = owners[Math.floor(random() * owners.length)]!
      if (random() < 0.2 && !frozen.delete(other)) frozen.add(other)
      show.talking = people.filter(() => random() < 0.2)
    }
    const gaps = show.seen.slice(1).map(({ at }, i) => at - show.seen[i]!.at)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(EVERY_MS)
    // A screen that froze is tried again now and then, each time in the place of a picture.
    expect(show.seen.length).toBeGreaterThan(90)
    expect(screens).toBeGreaterThan(10)
    expect(screens).toBeLessThan(show.seen.length - 10)
  })
})

describe('what goes wrong', () => {
  test('a camera that froze makes way for the others and is tried again', async () => {
    let isFrozen = true
    show.talking = ['ana']
    show.show('ana', 'camera', at => (isFrozen ? undefined : restless(at)), 3_000)
    show.show('bo', 'camera', restless)
    await show.pass(20_000)
    expect(new Set(show.seen.map(who))).toEqual(new Set(['bo']))
    expect(show.stats.get('pictures_missed')).toBeGreaterThan(1)
    isFrozen = false
    await show.pass(30_000)
    expect(who(show.seen.at(-1)!)).toBe('ana')
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
