import { describe, expect, test } from 'vitest'
import { SameRoom } from '../../web/page/same-room.ts'

/** Twenty seconds of somebody's level, ten a second: syllables of talk with pauses between, different for each seed. */
function talk(seed: number): number[] {
  let state = seed
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const levels: number[] = []
  while (levels.length < 200) {
    for (let at = 0; at < 8 + random() * 20; at++) levels.push(0.2 + 0.4 * random())
    for (let at = 0; at < 5 + random() * 15; at++) levels.push(0.01 * random())
  }
  return levels.slice(0, 200)
}

const silent = (level: number) => Array<number>(200).fill(level)
const later = (levels: readonly number[], samples: number) => [...Array<number>(samples).fill(0), ...levels]

/** Whether the two were found to be in one place at any time. */
function isFound(mine: readonly number[], theirs: readonly number[]): boolean {
  const watch = new SameRoom()
  return mine.some((level, at) => watch.add(level, theirs[at] ?? 0))
}

describe('somebody whose voice', () => {
  test('is in my microphone too, fainter and a moment earlier, sits beside me', () => {
    const theirs = talk(1)
    expect(
      isFound(
        theirs.map(level => 0.3 * level + 0.02),
        later(theirs, 3),
      ),
    ).toBe(true)
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('is not in it sits elsewhere, whether I talk too (%i)', seed => {
    expect(isFound(talk(seed), talk(seed + 100))).toBe(false)
    expect(isFound(silent(0.02), talk(seed))).toBe(false)
    expect(isFound(talk(seed), silent(0))).toBe(false)
  })

  test('never changes tells nothing', () => {
    expect(isFound(silent(0.4), silent(0.4))).toBe(false)
  })

  test('takes turns with mine sits elsewhere', () => {
    const theirs = talk(9)
    const mine = theirs.map(level => (level > 0.06 ? 0.01 : 0.4))
    expect(isFound(mine, theirs)).toBe(false)
  })
})
