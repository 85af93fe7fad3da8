import { type Area, Canvas, type Colour, type Pixels } from './canvas.ts'
import { arrange } from './grid.ts'
import { type Jpeg, jpegOf, upright } from './jpeg.ts'
import { label } from './label.ts'
import type { PictureLane, RawPicture } from './lanes.ts'

/** One person's camera or screen on a sheet. */
export type Part = {
  picture: RawPicture
  source: PictureLane['source']
  /** The display name. */
  name: string
  isTalking: boolean
}

const ground: Colour = [24, 24, 24]
const colours = {
  resting: { ink: [255, 255, 255], paper: [24, 24, 24] },
  talking: { ink: [0, 0, 0], paper: [64, 224, 112] },
} as const satisfies Record<string, { ink: Colour; paper: Colour }>

/** The frame around whoever talks, px: more than a block of what `blocksOf` compares would miss. */
const FRAME = 5

/** Where nobody is to be covered, a name has this much below the picture, px. */
const STRIP = 26

/**
 * Everything that is to be seen as one JPEG within `MOST_PIXELS`: a screen with its owner's name below it; a camera, or several side
 * by side, with each name in its lower left corner and a green frame around whoever talks.
 * @throws RangeError when one of them is no whole picture, or there is none.
 */
export async function sheet(parts: readonly Part[]): Promise<Jpeg> {
  const [first] = parts
  if (first === undefined) throw new RangeError('a sheet needs a picture')
  if (first.source === 'screen') return jpegOf(await screen(first), 'screen')
  return jpegOf(parts.length === 1 ? await one(first) : await several(parts), 'camera')
}

async function screen({ picture, name }: Part): Promise<Canvas> {
  const pixels = await upright(picture, { keepFree: STRIP })
  const canvas = Canvas.plain(pixels.width, pixels.height + STRIP, ground)
  canvas.place(pixels, 0, 0)
  const words = await label(`${name} (screen)`, pixels.width - 8, colours.resting)
  canvas.place(words, 4, canvas.height - words.height - 2)
  return canvas
}

async function one(part: Part): Promise<Canvas> {
  const canvas = Canvas.over(await upright(part.picture))
  await mark(canvas, { x: 0, y: 0, width: canvas.width, height: canvas.height }, part)
  return canvas
}

async function several(parts: readonly Part[]): Promise<Canvas> {
  const { width, height, cells } = arrange(parts.length)
  const canvas = Canvas.plain(width, height, ground)
  const pixels = await Promise.all(parts.map(({ picture }, i) => upright(picture, { cell: cells[i]! })))
  for (const [i, part] of parts.entries()) {
    centre(canvas, cells[i]!, pixels[i]!)
    await mark(canvas, cells[i]!, part)
  }
  return canvas
}

function centre(canvas: Canvas, { x, y, width, height }: Area, pixels: Pixels): void {
  canvas.place(pixels, x + ((width - pixels.width) >> 1), y + ((height - pixels.height) >> 1))
}

/** Writes the name into `area`, and frames it where its owner talks. */
async function mark(canvas: Canvas, area: Area, { name, isTalking }: Part): Promise<void> {
  if (isTalking) canvas.frame(area, FRAME, colours.talking.paper)
  const inset = isTalking ? FRAME : 0
  const words = await label(name, area.width - 2 * inset, colours[isTalking ? 'talking' : 'resting'])
  canvas.place(words, area.x + inset, area.y + area.height - inset - words.height)
}
