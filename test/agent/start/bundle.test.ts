import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isBundleStale } from '../../../agent/start/bundle.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bundle-'))
  for (const source of ['web/page/main.ts', 'web/index.html', 'web/vite.config.ts', 'web/server/main.ts'])
    write(source, 100)
  write('package-lock.json', 100)
})
afterEach(() => rmSync(root, { recursive: true }))

/** A file of the age that `seconds` since 1970 make. */
function write(name: string, seconds: number): void {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '')
  utimesSync(path, seconds, seconds)
  // The folder changes with what is in it.
  utimesSync(dirname(path), seconds, seconds)
}

describe('the page', () => {
  test('that was never built is built', async () => {
    expect(await isBundleStale(root)).toBe(true)
  })

  test('that is younger than all that it is made of is not built again', async () => {
    write('web/dist/index.html', 200)
    expect(await isBundleStale(root)).toBe(false)
  })

  test.each(['web/page/tiles/tile.ts', 'web/index.html', 'web/vite.config.ts', 'package-lock.json'])(
    'is built again when %s is younger',
    async source => {
      write('web/dist/index.html', 200)
      write(source, 300)
      expect(await isBundleStale(root)).toBe(true)
    },
  )

  test('is built again when a file of it was removed', async () => {
    write('web/dist/index.html', 200)
    utimesSync(join(root, 'web/page'), 300, 300)
    expect(await isBundleStale(root)).toBe(true)
  })

  test('is not built again for its server', async () => {
    write('web/dist/index.html', 200)
    write('web/server/main.ts', 300)
    write('web/dist/assets/main.js', 300)
    expect(await isBundleStale(root)).toBe(false)
  })
})
