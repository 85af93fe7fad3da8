import { describe, expect, test } from 'vitest'
import { clientAddress, proxyList } from '../../web/server/client-address.ts'

const proxies = proxyList(['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'])

describe('who asks', () => {
  test('is the other end of the socket, whatever it writes, where that is no trusted proxy', () => {
    expect(clientAddress('203.0.113.9', '198.51.100.1', proxies)).toBe('203.0.113.9')
    expect(clientAddress('127.0.0.1', '198.51.100.1', proxyList([]))).toBe('127.0.0.1')
  })

  test('is whom a trusted proxy was asked by, also when its own address comes dressed as IPv6', () => {
    expect(clientAddress('127.0.0.1', '198.51.100.1', proxies)).toBe('198.51.100.1')
    expect(clientAddress('::ffff:10.1.2.3', '2001:dead::1', proxies)).toBe('2001:dead::1')
  })

  test('is the last that no trusted proxy vouches for: what stands left of it, anybody may have written', () => {
    expect(clientAddress('10.0.0.1', '192.0.2.1, 198.51.100.1, 10.0.0.2', proxies)).toBe('198.51.100.1')
    expect(clientAddress('127.0.0.1', ['192.0.2.1', '198.51.100.1'], proxies)).toBe('198.51.100.1')
  })

  test('is the proxy itself where it says nothing, or nothing that is an address', () => {
    expect(clientAddress('127.0.0.1', undefined, proxies)).toBe('127.0.0.1')
    expect(clientAddress('127.0.0.1', '198.51.100.1, unknown', proxies)).toBe('127.0.0.1')
    expect(clientAddress('127.0.0.1', '10.0.0.5', proxies)).toBe('10.0.0.5')
  })
})
