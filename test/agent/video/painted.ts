import type { RawPicture, Turn } from '../../../agent/video/lanes.ts'

export type Colour = readonly [red: number, green: number, blue: number]

/** A picture whose pixels are told by `colour`. */
export function painted(
  width: number,
  height: number,
  colour: (x: number, y: number) => Colour,
  turn: Turn = 0,
): RawPicture {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set(colour(x, y), (y * width + x) * 3)
  return { data, width, height, turn }
}

export const plain = (grey: number, width = 64, height = 36): RawPicture =>
  painted(width, height, () => [grey, grey, grey])
