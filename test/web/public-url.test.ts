import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { proxyList } from '../../web/server/client-address.ts'
import { publicUrl } from '../../web/server/public-url.ts'

const asked = (headers: Record<string, string>, remoteAddress = '127.0.0.1') =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage

const forwarded = {
  host: '127.0.0.1:8080',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'our.example',
  'x-forwarded-prefix': '/table/',
}

describe('where people see the page', () => {
  test('is PUBLIC_URL where it is set', () => {
    expect(publicUrl(asked(forwarded), 'https://set.example/a', proxyList([]))).toBe('https://set.example/a')
  })

  test('is what a trusted proxy says', () => {
    expect(publicUrl(asked(forwarded), undefined, proxyList(['127.0.0.1']))).toBe('https://our.example/table')
  })

  test('is the host that was asked for, where anybody else says otherwise', () => {
    expect(publicUrl(asked(forwarded), undefined, proxyList([]))).toBe('http://127.0.0.1:8080')
    expect(publicUrl(asked({ host: '[::1]:8080' }), undefined, proxyList([]))).toBe('http://[::1]:8080')
  })

  test.each(["a.example; script-src 'unsafe-inline'", 'a b', '', 'a.example/path', 'x"y'])(
    'is never %j',
    host => {
      expect(publicUrl(asked({ host }), undefined, proxyList([]))).toBe('http://localhost')
    },
  )

  test('has no path that could be more than one', () => {
    const trusted = proxyList(['127.0.0.1'])
    for (const prefix of ['//evil.example', '/a b', '/a;b', 'table'])
      expect(publicUrl(asked({ host: 'a.example', 'x-forwarded-prefix': prefix }), undefined, trusted)).toBe(
        'http://a.example',
      )
  })
})
