import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { arrange } from '../../../agent/video/grid.ts'
import { MOST_PIXELS } from '../../../agent/video/jpeg.ts'
import { label } from '../../../agent/video/label.ts'
import { type Part, sheet } from '../../../agent/video/sheet.ts'
import { type Colour, painted } from './painted.ts'

const hues: Colour[] = [
  [200, 40, 40],
  [40, 40, 200],
  [180, 180, 40],
  [160, 40, 160],
  [40, 160, 160],
  [220, 130, 60],
  [90, 90, 90],
  [250, 180, 190],
  [100, 60, 20],
]
const names = ['Ana', 'Bob', 'Cho', 'Dmitri', 'Eve', 'Fatima', 'Gus', '花子', 'Ivo']
const part = (i: number, rest: Partial<Part> = {}): Part => ({
  picture: painted(320, 180, () => hues[i]!),
  source: 'camera',
  name: names[i]!,
  isTalking: false,
  ...rest,
})

async function seen(parts: Part[]) {
  const { jpeg, width, height } = await sheet(parts)
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height]).toEqual([width, height])
  expect(Math.max(width, height)).toBeLessThanOrEqual(MOST_PIXELS)
  const at = (x: number, y: number) => [...data.subarray((y * width + x) * 3).subarray(0, 3)]
  return { width, height, at }
}

/** Which of `names` is written at this place, by the label that is most like it. */
async function nameAt(
  { at }: Awaited<ReturnType<typeof seen>>,
  left: number,
  bottom: number,
  most: number,
  isTalking = false,
): Promise<string | undefined> {
  const colours = isTalking
    ? ({ ink: [0, 0, 0], paper: [64, 224, 112] } as const)
    : ({ ink: [255, 255, 255], paper: [24, 24, 24] } as const)
  let best: { name: string; far: number } | undefined
  for (const name of names) {
    const words = await label(name, most, colours)
    let far = 0
    for (let y = 0; y < words.height; y++)
      for (let x = 0; x < words.width; x++)
        far += Math.abs(
          at(left + x, bottom - words.height + y)[1]! - words.data[(y * words.width + x) * 3 + 1]!,
        )
    far /= words.width * words.height
    if (best === undefined || far < best.far) best = { name, far }
  }
  return best!.far < 25 ? best!.name : undefined
}

const near = (colour: Colour) => colour.map(value => expect.closeTo(value, -1.3))
const green: Colour = [64, 224, 112]

describe.each([2, 3, 4, 6, 9])('%i cameras', count => {
  test('are each in their place under their own name, and the one who talks is framed', async () => {
    const { cells } = arrange(count)
    for (const talker of [0, count - 1]) {
      const picture = await seen(names.slice(0, count).map((_, i) => part(i, { isTalking: i === talker })))
      for (const [i, { x, y, width, height }] of cells.entries()) {
        const isTalking = i === talker
        const inset = isTalking ? 5 : 0
        expect(picture.at(x + (width >> 1), y + (height >> 1))).toEqual(near(hues[i]!))
        expect(await nameAt(picture, x + inset, y + height - inset, width - 2 * inset, isTalking)).toBe(
          names[i],
        )
        const edge = picture.at(x + (width >> 1), y + 2)
        expect(edge).toEqual(near(isTalking ? green : hues[i]!))
      }
    }
  })
})

describe('one camera', () => {
  test('fills the picture, as large as it is, with its name', async () => {
    const picture = await seen([part(0, { picture: painted(640, 360, () => hues[0]!) })])
    expect(picture).toMatchObject({ width: 640, height: 360 })
    expect(picture.at(1, 1)).toEqual(near(hues[0]!))
    expect(await nameAt(picture, 0, 360, 640)).toBe('Ana')
  })

  test('held upright is named all the same', async () => {
    const picture = await seen([part(1, { picture: painted(640, 360, () => hues[1]!, 90) })])
    expect(picture).toMatchObject({ width: 360, height: 640 })
    expect(await nameAt(picture, 0, 640, 360)).toBe('Bob')
  })

  test('of whoever talks is framed', async () => {
    const picture = await seen([part(0, { isTalking: true })])
    expect(picture.at(2, 90)).toEqual(near(green))
  })
})

describe('a screen', () => {
  test('is not covered: its name is below it', async () => {
    const corner: Colour = [10, 240, 240]
    const picture = painted(1366, 768, (x, y) => (x < 60 && y > 700 ? corner : hues[2]!))
    const { width, height, at } = await seen([part(0, { source: 'screen', picture })])
    expect([width, height]).toEqual([768, 458])
    expect(at(10, 425)).toEqual(near(corner))
    expect(at(700, 425)).toEqual(near(hues[2]!))
    expect(at(700, 450)).toEqual(near([24, 24, 24]))
    const inStrip = Array.from({ length: 80 }, (_, x) =>
      Math.max(...Array.from({ length: 20 }, (_, y) => at(x, 436 + y)[1]!)),
    )
    expect(Math.max(...inStrip)).toBeGreaterThan(200)
  })

  test('as high as it is wide leaves room for its name', async () => {
    const picture = painted(900, 900, () => hues[2]!)
    expect(await seen([part(0, { source: 'screen', picture })])).toMatchObject({ height: MOST_PIXELS })
  })
})

test('people who are held upright are not cut off among others', async () => {
  const tall = painted(180, 320, (_x, y) => (y < 20 ? [10, 240, 240] : hues[0]!))
  const { cells } = arrange(4)
  const picture = await seen([part(1), part(2), part(3), part(0, { picture: tall })])
  const { x, y, width } = cells[3]!
  expect(picture.at(x + (width >> 1), y + 6)).toEqual(near([10, 240, 240]))
  expect(picture.at(x + 10, y + 60)).toEqual(near([24, 24, 24]))
})

test('nothing is no sheet', async () => {
  await expect(sheet([])).rejects.toThrow(RangeError)
})
