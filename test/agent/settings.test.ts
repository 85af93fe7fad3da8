import { describe, expect, test } from 'vitest'
import { Settings } from '../../agent/settings.ts'

function read<T>(value: string, take: (settings: Settings) => T): { value: T; problems: string[] } {
  const settings = new Settings({ X: value })
  return { value: take(settings), problems: settings.problems.map(problem => problem.what) }
}

describe('a flag', () => {
  test.each(['1', 'true', 'YES', 'on'])('is up as %s', value => {
    expect(read(value, settings => settings.flag('X'))).toEqual({ value: true, problems: [] })
  })
  test.each(['0', 'false', 'No', 'off', ''])('is down as "%s"', value => {
    expect(read(value, settings => settings.flag('X'))).toEqual({ value: false, problems: [] })
  })
  test('is a problem as anything else', () => {
    expect(read('maybe', settings => settings.flag('X')).problems).toEqual(['is "maybe"; use true or false'])
  })
})

describe('a whole number', () => {
  const take = (settings: Settings) => settings.whole('X', 5, { least: 1, most: 9 })
  test.each(['1', '9', ' 7 '])('may be %s', value => {
    expect(read(value, take)).toEqual({ value: Number(value), problems: [] })
  })
  test.each(['0', '10', '2.5', '1e', 'NaN', '-1'])('may not be %s', value => {
    expect(read(value, take).problems).toEqual([`is "${value}"; use a whole number from 1 to 9`])
  })
})

describe('a choice', () => {
  const take = (settings: Settings) => settings.choice('X', ['Open', 'Shut'])
  test('is found whatever its case, and given as it is written here', () => {
    expect(read('oPEN', take).value).toBe('Open')
  })
  test('names all that there is when it is none of them', () => {
    expect(read('ajar', take).problems).toEqual(['is "ajar"; use one of Open, Shut'])
  })
})

describe('an address', () => {
  const take = (settings: Settings) => settings.url('X', ['ws:', 'wss:'])
  test('loses the slashes at its end', () => {
    expect(read('wss://example.org//', take).value).toBe('wss://example.org')
  })
  test.each(['example.org', 'http://example.org', 'ws//example.org', 'ws:', 'localhost:7880'])(
    'may not be %s',
    value => {
      expect(read(value, take).problems).toHaveLength(1)
    },
  )
})

test('a list forgives blanks and empty places', () => {
  expect(read(' a, b,, c ,', settings => settings.list('X')).value).toEqual(['a', 'b', 'c'])
})
