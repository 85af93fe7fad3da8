import { describe, expect, test } from 'vitest'
import { limitKey, RateLimit } from '../../web/server/limits.ts'

describe('a limit', () => {
  let now = 0
  const clock = { now: () => now, wall: () => now, after: () => ({ cancel() {} }) }

  test('lets the next one through when the first is a window old, and says how long that is', () => {
    now = 0
    const limit = new RateLimit({ count: 2, windowMs: 1000, clock })
    expect(limit.take('a')).toBe(0)
    now = 400
    expect(limit.take('a')).toBe(0)
    expect(limit.take('a')).toBe(600)
    expect(limit.take('b')).toBe(0)
    now = 1000
    expect(limit.take('a')).toBe(0)
    expect(limit.take('a')).toBe(400)
  })
})

describe('whom a limit counts', () => {
  test('an IPv4 address, also when it comes dressed as IPv6', () => {
    expect(limitKey('203.0.113.9')).toBe('203.0.113.9')
    expect(limitKey('::ffff:203.0.113.9')).toBe('203.0.113.9')
  })

  test('the /64 of an IPv6 address, however it is written', () => {
    expect(limitKey('2001:db8:0:1:aaaa::1')).toBe('2001:db8:0:1')
    expect(limitKey('2001:db8::1:bbbb:0:0:2')).toBe('2001:db8:0:1')
    expect(limitKey('fe80::1%eth0')).toBe('fe80:0:0:0')
    expect(limitKey('::1')).toBe('0:0:0:0')
  })
})
