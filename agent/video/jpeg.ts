import type { Pixels } from './canvas.ts'
import { isWhole, type PictureLane, type RawPicture } from './lanes.ts'
import { loadSharp as load } from './sharp.ts'

/** No side of a picture is longer. The model sees 768 x 768 tiles; more is paid for and scaled away. */
export const MOST_PIXELS = 768

export type Jpeg = { jpeg: Uint8Array; width: number; height: number }

/** Where a picture has to fit. */
export type Room = {
  /** Filled by the picture in one direction, also when it is smaller. Without a cell it is within `MOST_PIXELS` and never scaled up. */
  cell?: { width: number; height: number }
  /** Pixels of the height that are left to something else. */
  keepFree?: number
}

/**
 * A picture turned upright and scaled, on libvips' threads. One that stands and fits already is handed back as it is, not copied.
 * @throws RangeError when `data` is not a whole picture.
 */
export async function upright(picture: RawPicture, { cell, keepFree = 0 }: Room = {}): Promise<Pixels> {
  const { data, width, height, turn } = picture
  if (!isWhole(picture))
    throw new RangeError(`a picture of ${width}x${height} cannot be ${data.length} bytes`)
  const box = cell ?? { width: MOST_PIXELS, height: MOST_PIXELS - keepFree }
  const fits = cell
    ? width === box.width && height === box.height
    : width <= box.width && height <= box.height
  if (turn === 0 && fits) return picture
  const scaled = (await load())(data, { raw: { width, height, channels: 3 } })
    .rotate(turn)
    .resize(box.width, box.height, { fit: 'inside', withoutEnlargement: cell === undefined })
    .raw()
  const made = await scaled.toBuffer({ resolveWithObject: true })
  return { data: made.data, width: made.info.width, height: made.info.height }
}

/** Encodes, on libvips' threads: a camera of 640x360 takes 2 ms there, a screen of 768x432 4 ms. */
export async function jpegOf({ data, width, height }: Pixels, source: PictureLane['source']): Promise<Jpeg> {
  const jpeg = await (await load())(data, { raw: { width, height, channels: 3 } })
    .jpeg(source === 'screen' ? text : photo)
    .toBuffer()
  return { jpeg, width, height }
}

/** The bound of what people are shown of the last picture, and the sides and qualities that are tried until it is met. */
const MOST_THUMBNAIL_BYTES = 12_000
const thumbnails = [
  { side: 320, quality: 70 },
  { side: 320, quality: 50 },
  { side: 240, quality: 40 },
  { side: 160, quality: 40 },
] as const

/** A small copy of a picture, at most 12 kB: 320 px on its longer side, less where that is too much. */
export async function thumbnail({ jpeg }: Jpeg): Promise<Jpeg> {
  const sharp = await load()
  let made: Jpeg | undefined
  for (const { side, quality } of thumbnails) {
    const small = sharp(jpeg).resize(side, side, { fit: 'inside', withoutEnlargement: true })
    const { data, info } = await small.jpeg({ quality }).toBuffer({ resolveWithObject: true })
    made = { jpeg: data, width: info.width, height: info.height }
    if (data.length <= MOST_THUMBNAIL_BYTES) break
  }
  return made!
}

/**
 * A picture file as the model takes it: upright, within `MOST_PIXELS`, JPEG.
 * @throws Error when `file` is no picture that can be read: JPEG, PNG, WebP, GIF, AVIF, TIFF or SVG.
 */
export async function fitPicture(file: Uint8Array): Promise<Uint8Array> {
  const sharp = await load()
  try {
    return await sharp(file)
      .autoOrient()
      .resize(MOST_PIXELS, MOST_PIXELS, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: 'white' })
      .jpeg(text)
      .toBuffer()
  } catch (cause) {
    throw new Error('The picture cannot be read: use a JPEG, PNG or WebP file.', { cause })
  }
}

/** No picture file is decoded that unpacks to more pixels: a small file can hold a picture that fills the memory. */
const MOST_FILE_PIXELS = 100_000_000

/**
 * A picture file (JPEG, PNG, WebP and what else libvips reads), turned upright and scaled down to `MOST_PIXELS`.
 * @throws Error where it is no picture, or is one of more than a hundred million pixels
 */
export async function fromFile(file: Uint8Array): Promise<Uint8Array> {
  return (await load())(file, { limitInputPixels: MOST_FILE_PIXELS })
    .rotate()
    .resize(MOST_PIXELS, MOST_PIXELS, { fit: 'inside', withoutEnlargement: true })
    .jpeg(photo)
    .toBuffer()
}

/** Optimised tables would save 10 % of the bytes and double the time. */
const photo = { quality: 80, optimizeCoding: false } as const
/** Coloured text on a coloured ground needs its full colour resolution to stay readable. */
const text = { quality: 85, chromaSubsampling: '4:4:4', optimizeCoding: false } as const

/** How many blocks a picture is compared by, along its longer side. */
const BLOCKS = 80

/**
 * The brightness of a picture in coarse blocks, in reading order: for telling whether anything has changed, also when the size has.
 * Cheap, because a JPEG holds the averages of 8x8 pixels as they are.
 */
export async function blocksOf({ jpeg }: Jpeg): Promise<Uint8Array> {
  return (await load())(jpeg).greyscale().resize(BLOCKS, BLOCKS, { fit: 'inside' }).raw().toBuffer()
}
