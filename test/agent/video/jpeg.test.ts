import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { blocksOf, fitPicture, jpegOf, MOST_PIXELS, thumbnail, upright } from '../../../agent/video/jpeg.ts'
import type { RawPicture, Turn } from '../../../agent/video/lanes.ts'
import { type Colour, painted, plain } from './painted.ts'

const encode = async (picture: RawPicture, source: 'camera' | 'screen') =>
  jpegOf(await upright(picture), source)

async function decode(jpeg: Uint8Array) {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true })
  expect(info.channels).toBe(3)
  const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * 3).subarray(0, 3)]
  return { ...info, at }
}

const near = (colour: Colour) => colour.map(value => expect.closeTo(value, -1.5))
const red: Colour = [220, 30, 30]
const blue: Colour = [30, 30, 220]

describe('the size of a picture', () => {
  test.each([
    ['a camera is kept as it is', 640, 360, 640, 360],
    ['a wide screen is scaled down to the bound', 1920, 1080, MOST_PIXELS, 432],
    ['a tall one too', 1080, 1920, 432, MOST_PIXELS],
    ['a square one too', 1000, 1000, MOST_PIXELS, MOST_PIXELS],
    ['a small one is not scaled up', 160, 90, 160, 90],
    ['odd sides are fine', 641, 361, 641, 361],
    ['odd sides are fine above the bound', 1367, 769, MOST_PIXELS, 432],
    ['a single pixel is a picture', 1, 1, 1, 1],
    ['a line is not scaled down to nothing', 3000, 2, MOST_PIXELS, 1],
  ])('%s', async (_what, width, height, toWidth, toHeight) => {
    const picture = await encode(
      painted(width, height, () => red),
      'camera',
    )
    expect(picture).toMatchObject({ width: toWidth, height: toHeight })
    expect(await decode(picture.jpeg)).toMatchObject({ width: toWidth, height: toHeight })
  })
})

describe('the content of a picture', () => {
  test.each(['camera', 'screen'] as const)('the colours of a %s are right', async source => {
    const picture = await encode(
      painted(320, 200, x => (x < 160 ? red : blue)),
      source,
    )
    const { at } = await decode(picture.jpeg)
    expect(at(80, 100)).toEqual(near(red))
    expect(at(240, 100)).toEqual(near(blue))
  })

  test.each<[Turn, number, number, [number, number]]>([
    [0, 1600, 900, [100, 50]],
    [90, 900, 1600, [380, 50]],
    [180, 1600, 900, [700, 380]],
    [270, 900, 1600, [50, 700]],
  ])('a picture that is to be turned by %i degrees stands upright', async (turn, width, height, [x, y]) => {
    // Red where the upper left corner of the frame is, before it is turned.
    const picture = await encode(
      painted(1600, 900, (x, y) => (x < 400 && y < 225 ? red : blue), turn),
      'camera',
    )
    const scale = MOST_PIXELS / 1600
    expect(picture).toMatchObject({ width: Math.round(width * scale), height: Math.round(height * scale) })
    const { at } = await decode(picture.jpeg)
    expect(at(x, y)).toEqual(near(red))
    expect(at(Math.floor(picture.width / 2), Math.floor(picture.height / 2))).toEqual(near(blue))
  })
})

describe('a place on a sheet', () => {
  const cell = { width: 384, height: 216 }
  test.each([
    ['a smaller picture fills it', 320, 180, 0, 384, 216],
    ['a larger one is scaled down to it', 1280, 720, 0, 384, 216],
    ['one that stands upright keeps its proportions', 360, 640, 0, 122, 216],
    ['one that is to be turned is turned first', 640, 360, 90, 122, 216],
    ['one that fits is not touched', 384, 216, 0, 384, 216],
  ] as const)('%s', async (_what, width, height, turn, toWidth, toHeight) => {
    const raw = painted(width, height, () => red, turn)
    const fitted = await upright(raw, { cell })
    expect([fitted.width, fitted.height]).toEqual([toWidth, toHeight])
    expect([...fitted.data.subarray(0, 3)]).toEqual(near(red))
    expect(fitted.data).toHaveLength(toWidth * toHeight * 3)
  })

  test('height can be kept free', async () => {
    const fitted = await upright(
      painted(1000, 1000, () => red),
      { keepFree: 26 },
    )
    expect([fitted.width, fitted.height]).toEqual([MOST_PIXELS - 26, MOST_PIXELS - 26])
  })
})

describe('a thumbnail', () => {
  test.each([
    ['a calm picture', () => red, 320],
    ['noise, which hardly compresses', (x: number, y: number) => noise(x, y), 160],
  ] as const)('of %s is at most 12 kB', async (_what, colour, leastWidth) => {
    const picture = await encode(painted(768, 432, colour as () => Colour), 'screen')
    const small = await thumbnail(picture)
    expect(small.jpeg.length).toBeLessThanOrEqual(12_000)
    expect(small.width).toBeGreaterThanOrEqual(leastWidth)
    expect(await decode(small.jpeg)).toMatchObject({ width: small.width, height: small.height })
  })

  const noise = (x: number, y: number): Colour => {
    const at = Math.imul(x * 7919 + y * 104_729, 2_654_435_761) >>> 0
    return [at & 255, (at >> 8) & 255, (at >> 16) & 255]
  }
})

describe('a frame that is no whole picture', () => {
  test.each([
    ['too short', { ...plain(9), data: new Uint8Array(64 * 36 * 3 - 1) }],
    ['too long', { ...plain(9), data: new Uint8Array(64 * 36 * 4) }],
    ['empty', { ...plain(9), data: new Uint8Array(0) }],
    ['without a width', { ...plain(9), data: new Uint8Array(0), width: 0 }],
    ['without a known height', { ...plain(9), height: Number.NaN }],
  ])('is refused: %s', async (_what, frame) => {
    await expect(encode(frame, 'camera')).rejects.toThrow(RangeError)
  })
})

describe('a picture file', () => {
  const file = (format: 'png' | 'webp' | 'jpeg', width = 1600, height = 900) =>
    sharp(painted(width, height, () => red).data, { raw: { width, height, channels: 3 } })
      .toFormat(format)
      .toBuffer()

  test.each(['png', 'webp', 'jpeg'] as const)('that is %s becomes a JPEG within the bound', async format => {
    const { width, height, at } = await decode(await fitPicture(await file(format)))
    expect([width, height]).toEqual([MOST_PIXELS, 432])
    expect(at(100, 100)).toEqual(near(red))
  })

  test('that a phone took upright stands upright', async () => {
    const lying = await sharp(await file('jpeg'))
      .withMetadata({ orientation: 6 })
      .toBuffer()
    expect(await decode(await fitPicture(lying))).toMatchObject({ width: 432, height: MOST_PIXELS })
  })

  test('that is seen through stands on white, not on black', async () => {
    const glass = { create: { width: 20, height: 20, channels: 4, background: '#0000' } } as const
    const { at } = await decode(await fitPicture(await sharp(glass).png().toBuffer()))
    expect(at(10, 10)).toEqual(near([255, 255, 255]))
  })

  test.each([
    ['no picture', Buffer.from('not a picture')],
    ['empty', Buffer.alloc(0)],
    ['cut off within its header', async () => (await file('png')).subarray(0, 20)],
  ])('that is %s is refused in words', async (_what, broken) => {
    const bytes = typeof broken === 'function' ? await broken() : broken
    await expect(fitPicture(bytes)).rejects.toThrow('use a JPEG, PNG or WebP file')
  })
})

describe('the blocks of a picture', () => {
  test('say how bright each part is', async () => {
    const half = await encode(
      painted(640, 360, x => (x < 320 ? [20, 20, 20] : [240, 240, 240])),
      'camera',
    )
    const blocks = await blocksOf(half)
    expect(blocks).toHaveLength(80 * 45)
    expect(blocks[10]).toBeLessThan(30)
    expect(blocks[70]).toBeGreaterThan(230)
  })

  test('are alike when the same thing comes in another size', async () => {
    const scene = (width: number) =>
      painted(width, (width * 9) / 16, (x, y) => {
        const grey = Math.round((200 * (x + y)) / (width * 1.6) + 20)
        return [grey, grey, grey]
      })
    const [small, large] = await Promise.all(
      [640, 1280].map(async width => blocksOf(await encode(scene(width), 'camera'))),
    )
    expect(small).toHaveLength(large!.length)
    const most = Math.max(...small!.map((value, i) => Math.abs(value - large![i]!)))
    expect(most).toBeLessThan(7)
  })
})

test('encoding is left to other threads: the event loop keeps turning meanwhile', async () => {
  const picture = painted(1920, 1080, (x, y) => [x % 256, y % 256, 99])
  await encode(picture, 'screen')
  let turns = 0
  const turn = () => {
    turns++
    turning = setImmediate(turn)
  }
  let turning = setImmediate(turn)
  await encode(picture, 'screen')
  clearImmediate(turning)
  expect(turns).toBeGreaterThan(2)
})
