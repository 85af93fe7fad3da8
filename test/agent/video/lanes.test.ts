import { expect, test } from 'vitest'
import { Lanes, type PictureLane } from '../../../agent/video/lanes.ts'

const lane = (id: string): PictureLane => ({
  id,
  identity: id,
  name: id,
  source: 'camera',
  grab: async () => undefined,
})

test('lanes come in the order in which they were opened', () => {
  const lanes = new Lanes()
  for (const id of ['a', 'b', 'c']) lanes.open(lane(id))
  lanes.close('b')
  lanes.open(lane('a'))
  expect([...lanes].map(({ id }) => id)).toEqual(['c', 'a'])
  expect(lanes.has('a')).toBe(true)
  expect(lanes.has('b')).toBe(false)
})

test('a watcher hears of every change until it stops, and of nothing else', () => {
  const lanes = new Lanes()
  let changes = 0
  const stop = lanes.watch(() => changes++)
  lanes.open(lane('a'))
  lanes.close('nobody')
  lanes.close('a')
  stop()
  lanes.open(lane('a'))
  expect(changes).toBe(2)
})
