import { expect, test } from 'vitest'
import { hueOf } from '../../web/page/hue.ts'

test('twelve people have twelve colours and keep them; the thirteenth shares one', () => {
  const people = Array.from({ length: 12 }, (_, index) => `p_${index}`)
  const hues = people.map(hueOf)
  expect(new Set(hues).size).toBe(12)
  expect(hues).toContain(hueOf('p_13'))
  expect(people.map(hueOf)).toEqual(hues)
})
