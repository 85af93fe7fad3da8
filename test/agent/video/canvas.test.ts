import { expect, test } from 'vitest'
import { Canvas, type Colour, type Pixels } from '../../../agent/video/canvas.ts'
import { painted } from './painted.ts'

const [black, red]: Colour[] = [
  [0, 0, 0],
  [200, 10, 10],
]
/** `.` is black, `#` is not. */
function drawn({ data, width, height }: Pixels): string[] {
  const at = (x: number, y: number) => (data[(y * width + x) * 3] === 0 ? '.' : '#')
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => at(x, y)).join(''))
}

test('a picture is placed whole, in its colours', () => {
  const canvas = Canvas.plain(5, 3, black!)
  canvas.place(
    painted(2, 2, () => red!),
    2,
    1,
  )
  expect(drawn(canvas)).toEqual(['.....', '..##.', '..##.'])
  expect([...canvas.data.subarray((5 + 2) * 3).subarray(0, 3)]).toEqual(red)
})

test.each([
  [-1, -1, ['#....', '.....', '.....']],
  [4, 2, ['.....', '.....', '....#']],
  [-1, 1, ['.....', '#....', '#....']],
  [5, 0, ['.....', '.....', '.....']],
  [0, -2, ['.....', '.....', '.....']],
])('what lies outside is cut off: at %i, %i', (x, y, expected) => {
  const canvas = Canvas.plain(5, 3, black!)
  canvas.place(
    painted(2, 2, () => red!),
    x,
    y,
  )
  expect(drawn(canvas)).toEqual(expected)
  const filled = Canvas.plain(5, 3, black!)
  filled.fill({ x, y, width: 2, height: 2 }, red!)
  expect(drawn(filled)).toEqual(expected)
})

test('a frame leaves the inside alone', () => {
  const canvas = Canvas.plain(6, 5, black!)
  canvas.frame({ x: 1, y: 0, width: 5, height: 5 }, 1, red!)
  expect(drawn(canvas)).toEqual(['.#####', '.#...#', '.#...#', '.#...#', '.#####'])
})
