import { expect, test } from 'vitest'
import { readConfig } from '../../../agent/config.ts'
import { invitation } from '../../../agent/start/invitation.ts'

const code = 'correct-horse'
const lines = (link: string, env: Record<string, string>, addresses = ['192.0.2.7', '198.51.100.1']) =>
  invitation(link, readConfig(env).web, () => addresses)

test('a page for this machine alone invites nobody', () => {
  expect(lines('http://localhost:8080/r/roundtable', {})).toEqual([])
})

test('a page on all addresses is shown at the first that others can reach, with a code and what phones need', () => {
  const link = `http://localhost:8080/r/roundtable#k=${code}`
  const [where, hint, ...picture] = lines(link, { HOST: '0.0.0.0', INVITE_CODE: code })
  expect(where).toBe(`phone    http://192.0.2.7:8080/r/roundtable#k=${code}`)
  expect(hint).toContain('https')
  expect(picture.length).toBeGreaterThan(10)
  expect(new Set(picture.map(line => [...line].length)).size).toBe(1)
  expect(lines(link, { HOST: '0.0.0.0', INVITE_CODE: code }, [])).toEqual([])
})

test('a page with an address of its own is shown there', () => {
  const link = `https://example.org/table/r/roundtable#k=${code}`
  const [where, ...picture] = lines(link, { PUBLIC_URL: 'https://example.org/table', INVITE_CODE: code })
  expect(where).toBe(`phone    ${link}`)
  expect(picture.join('')).toMatch(/^[ █▀▄]+$/)
})
