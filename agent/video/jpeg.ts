import type { Sharp } from 'sharp'
import type { PictureLane, RawPicture } from './lanes.ts'

/** No side of a picture is longer. The model sees 768 x 768 tiles; more is paid for and scaled away. */
export const MOST_PIXELS = 768

export type Jpeg = { jpeg: Uint8Array; width: number; height: number }

/**
 * Turns upright, scales down to `MOST_PIXELS` and encodes; never scales up. All of it on libvips' threads: a camera of 640x360
 * takes 2-3 ms there and 0.3 ms of the event loop, a screen of 1920x1080 12 ms and 0.8 ms.
 * @throws RangeError when `data` is not a whole picture.
 */
export async function encode(picture: RawPicture, source: PictureLane['source']): Promise<Jpeg> {
  const { data, width, height, turn } = picture
  if (!(width >= 1 && height >= 1) || data.length !== width * height * 3)
    throw new RangeError(`a picture of ${width}x${height} cannot be ${data.length} bytes`)
  const upright = (await load())(data, { raw: { width, height, channels: 3 } }).rotate(turn)
  const { data: jpeg, info } = await upright
    .resize(MOST_PIXELS, MOST_PIXELS, { fit: 'inside', withoutEnlargement: true })
    .jpeg(source === 'screen' ? text : photo)
    .toBuffer({ resolveWithObject: true })
  return { jpeg, width: info.width, height: info.height }
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

let loading: Promise<typeof import('sharp').default> | undefined

/** Loaded with the first picture: rooms where nobody shows one do without its memory. */
function load(): Promise<(...input: Parameters<typeof import('sharp').default>) => Sharp> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    // Every picture is another: a cache would only hold the last ones.
    sharp.cache(false)
    return sharp
  })
  return loading
}
