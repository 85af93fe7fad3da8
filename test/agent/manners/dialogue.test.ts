import { describe, expect, it } from 'vitest'
import { evening, play, type Words } from '../../bench/evening.ts'

describe('an evening in which people mostly talk to each other', () => {
  it.each<Words>(['before', 'late', 'in pieces'])(
    'is answered when meant, and only then: words come %s',
    words => {
      const answered = play(evening, words)
      const wrong = evening.filter(({ isMeant }, i) => isMeant !== answered[i])
      expect(
        wrong.map(({ who, says, isMeant }) => `${isMeant ? 'missed' : 'not meant'}: ${who}: ${says}`),
      ).toEqual([])
      expect(evening.length).toBeGreaterThanOrEqual(40)
    },
  )
})
