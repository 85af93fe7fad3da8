/** Red, green and blue, 0 to 255 each. */
export type Colour = readonly [red: number, green: number, blue: number]

/** A place on a canvas, in pixels from its upper left corner. */
export type Area = { x: number; y: number; width: number; height: number }

/** Pixels as `RawPicture` holds them: three bytes each, rows from top to bottom without padding. */
export type Pixels = { data: Uint8Array; width: number; height: number }

/** What several pictures are put together on. What lies outside of it is cut off. */
export class Canvas implements Pixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number

  /** @param data owned by the canvas from now on. */
  private constructor(data: Uint8Array, width: number, height: number) {
    this.data = data
    this.width = width
    this.height = height
  }

  static plain(width: number, height: number, colour: Colour): Canvas {
    const canvas = new Canvas(new Uint8Array(width * height * 3), width, height)
    canvas.fill({ x: 0, y: 0, width, height }, colour)
    return canvas
  }

  /** Paints on `pixels` itself. */
  static over({ data, width, height }: Pixels): Canvas {
    return new Canvas(data, width, height)
  }

  /** Copies `pixels` here, with their upper left corner at `x`, `y`. */
  place(pixels: Pixels, x: number, y: number): void {
    const at = this.#within({ x, y, width: pixels.width, height: pixels.height })
    for (let row = at.y; row < at.y + at.height; row++) {
      const from = ((row - y) * pixels.width + at.x - x) * 3
      this.data.set(pixels.data.subarray(from, from + at.width * 3), (row * this.width + at.x) * 3)
    }
  }

  fill(area: Area, colour: Colour): void {
    const { x, y, width, height } = this.#within(area)
    if (width === 0 || height === 0) return
    const first = (y * this.width + x) * 3
    for (let pixel = first; pixel < first + width * 3; pixel += 3) this.data.set(colour, pixel)
    for (let row = 1; row < height; row++)
      this.data.copyWithin(first + row * this.width * 3, first, first + width * 3)
  }

  /** A line along the inner edge of `area`. */
  frame({ x, y, width, height }: Area, thickness: number, colour: Colour): void {
    this.fill({ x, y, width, height: thickness }, colour)
    this.fill({ x, y: y + height - thickness, width, height: thickness }, colour)
    this.fill({ x, y, width: thickness, height }, colour)
    this.fill({ x: x + width - thickness, y, width: thickness, height }, colour)
  }

  #within({ x, y, width, height }: Area): Area {
    const [left, top] = [Math.max(0, x), Math.max(0, y)]
    return {
      x: left,
      y: top,
      width: Math.max(0, Math.min(this.width, x + width) - left),
      height: Math.max(0, Math.min(this.height, y + height) - top),
    }
  }
}
