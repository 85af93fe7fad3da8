import { beforeEach, expect, it } from 'vitest'
import { Digits } from '../../../agent/text/digits.ts'
import { FakeClock } from '../../fakes/clock.ts'

let clock: FakeClock
let typed: [string, string][]
let digits: Digits
const ana = { identity: 'sip_1', name: 'Phone …4567' }
const ben = { identity: 'sip_2', name: 'Phone …0000' }
const press = (keys: string, who = ana) => {
  for (const key of keys) digits.press(who, key)
}

beforeEach(() => {
  clock = new FakeClock()
  typed = []
  digits = new Digits(clock, ({ identity }, keys) => typed.push([identity, keys]))
})

it('keys are typed when the caller pauses', () => {
  press('12')
  clock.pass(1_999)
  press('3')
  clock.pass(1_999)
  expect(typed).toEqual([])
  clock.pass(1)
  expect(typed).toEqual([['sip_1', '123']])
})

it('a # ends a row at once and is not part of it, unless it is all there is', () => {
  press('0042#')
  press('#')
  expect(typed).toEqual([
    ['sip_1', '0042'],
    ['sip_1', '#'],
  ])
})

it('callers press beside each other', () => {
  press('1')
  press('2', ben)
  press('3*')
  clock.pass(2_000)
  expect(typed).toEqual([
    ['sip_2', '2'],
    ['sip_1', '13*'],
  ])
})

it('somebody who leans on the telephone is passed on in parts', () => {
  press('5'.repeat(40))
  clock.pass(2_000)
  expect(typed.map(([, keys]) => keys.length)).toEqual([32, 8])
})

it('whoever hangs up has typed nothing, and what is no key neither; no timer stays', () => {
  press('12')
  digits.left('sip_1')
  press('x€', ben)
  press('7')
  digits.close()
  clock.pass(10_000)
  expect(typed).toEqual([])
  expect(clock.pending).toBe(0)
})
