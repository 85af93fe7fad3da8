import { expect, test } from 'vitest'
import { cleanName, distinctName } from '../../web/server/names.ts'

test('a name keeps letters of every script and emoji made of several', () => {
  for (const name of ['Ana', 'Ørsted', '李雷', 'नेहा', '👩‍🚀', "O'Neil"]) expect(cleanName(name)).toBe(name)
})

test('a name is counted in characters, not in halves of them', () => {
  expect(cleanName('😀'.repeat(40))).toBe('😀'.repeat(40))
  expect(cleanName('😀'.repeat(41))).toBeUndefined()
})

test('marks of no width alone are no name', () => {
  expect(cleanName('\u200d\u200c')).toBeUndefined()
})

test('a taken name gets the first free number and stays within its length', () => {
  expect(distinctName('Ana', ['ANA', 'Ana 2'])).toBe('Ana 3')
  const long = 'x'.repeat(40)
  expect(distinctName(long, [long])).toBe(`${'x'.repeat(38)} 2`)
})

test('a look-alike of another width counts as taken', () => {
  expect(distinctName('Ａｎａ', ['Ana'])).toBe('Ａｎａ 2')
})
