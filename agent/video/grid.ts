import type { Area } from './canvas.ts'
import { MOST_PIXELS } from './jpeg.ts'

/** Between two cameras, px. */
const GAP = 4
/** A camera of two is no wider than its middle layer, one of more hardly wider than its low layer, 320: more would show nothing more. */
const WIDEST = { ofTwo: 640, ofMore: 384 } as const

export type Grid = { width: number; height: number; cells: Area[] }

/** Places for `count` (2 or more) cameras in reading order, 16:9 each and as large as they can be, within `MOST_PIXELS` both ways. */
export function arrange(count: number): Grid {
  const widest = count === 2 ? WIDEST.ofTwo : WIDEST.ofMore
  let best: Grid | undefined
  for (let columns = 1; columns <= count; columns++) {
    const grid = inColumns(count, columns, widest)
    if (best === undefined || isBetter(grid, best)) best = grid
  }
  return best!
}

function inColumns(count: number, columns: number, widest: number): Grid {
  const rows = Math.ceil(count / columns)
  const room = (parts: number) => (MOST_PIXELS - GAP * (parts - 1)) / parts
  const width = Math.floor(Math.min(room(columns), (room(rows) * 16) / 9, widest))
  const height = Math.floor((width * 9) / 16)
  const cells = Array.from({ length: count }, (_, i) => ({
    x: (i % columns) * (width + GAP),
    y: Math.floor(i / columns) * (height + GAP),
    width,
    height,
  }))
  return { width: columns * (width + GAP) - GAP, height: rows * (height + GAP) - GAP, cells }
}

/** Larger cameras first; of equal ones the smaller whole, which costs less. */
function isBetter(a: Grid, b: Grid): boolean {
  const [[oneOfA], [oneOfB]] = [a.cells, b.cells]
  if (oneOfA!.width !== oneOfB!.width) return oneOfA!.width > oneOfB!.width
  return a.width * a.height < b.width * b.height
}
