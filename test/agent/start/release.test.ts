import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findLiveKit, LIVEKIT_VERSION, obtainLiveKit } from '../../../agent/start/binary.ts'
import { archiveName, checksumOf, downloadRelease } from '../../../agent/start/release.ts'

const machine = { platform: 'linux', arch: 'x64' } as const
const asset = archiveName(LIVEKIT_VERSION, machine)!
const folder = `/v${LIVEKIT_VERSION}`
/** What stands for the server: it says its version as the real one does, and no more. */
const program = `#!/bin/sh\necho livekit-server version ${LIVEKIT_VERSION}\n`

let scratch: string
let cacheDir: string
let release: Release

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'release-'))
  cacheDir = join(scratch, 'cache')
  release = await serveRelease(pack(program))
})
afterEach(async () => {
  await release.close()
  rmSync(scratch, { recursive: true })
})

type Answer = (response: ServerResponse) => void
type Release = {
  url: string
  archive: Buffer
  asked: string[]
  answers: Map<string, Answer>
  close(): Promise<void>
}

/** A release as GitHub has it: the archive and the checksums, at the usual paths. */
async function serveRelease(archive: Buffer): Promise<Release> {
  const sum = createHash('sha256').update(archive).digest('hex')
  const checksums = `${'0'.repeat(64)}  livekit_${LIVEKIT_VERSION}_linux_arm64.tar.gz\n${sum}  ${asset}\n`
  const answers = new Map<string, Answer>([
    [`${folder}/checksums.txt`, response => response.end(checksums)],
    [`${folder}/${asset}`, response => response.end(archive)],
  ])
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const answer = answers.get(request.url ?? '')
    if (answer === undefined) response.writeHead(404).end()
    else answer(response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url, archive, asked, answers, close }
}

function pack(content: string): Buffer {
  const from = join(scratch, 'packed')
  mkdirSync(from, { recursive: true })
  writeFileSync(join(from, 'livekit-server'), content)
  chmodSync(join(from, 'livekit-server'), 0o755)
  writeFileSync(join(from, 'LICENSE'), 'a licence')
  return execFileSync('tar', ['-czf', '-', '-C', from, 'LICENSE', 'livekit-server'])
}

type More = { stallMs?: number; signal?: AbortSignal; progress?: (line: string) => void }

function download(more: More = {}): Promise<string> {
  const into = join(scratch, 'into')
  mkdirSync(into, { recursive: true })
  return downloadRelease({
    version: LIVEKIT_VERSION,
    baseUrl: release.url,
    into,
    machine,
    progress: () => {},
    signal: new AbortController().signal,
    ...more,
  })
}

/** Without Go, and without a server on the PATH; `tar` and a shell are all that is there. */
function obtain() {
  return obtainLiveKit({
    cacheDir,
    releaseUrl: release.url,
    env: { PATH: join(scratch, 'bin') },
    progress: () => {},
    signal: new AbortController().signal,
    machine,
  })
}

describe('a download', () => {
  test('that matches its checksum is unpacked, and tells how far it is', async () => {
    const lines: string[] = []
    const path = await download({ progress: line => lines.push(line) })
    expect(readFileSync(path, 'utf8')).toBe(program)
    expect(lines.at(-1)).toMatch(/^fetching livekit-server .*: \d+ of \d+ MB$/)
  })

  test('with another checksum is refused', async () => {
    release.answers.set(`${folder}/${asset}`, response => response.end('something else'))
    await expect(download()).rejects.toThrow(/has the SHA-256 [0-9a-f]{64}, but its release says/)
  })

  test('that breaks off is refused', async () => {
    release.answers.set(`${folder}/${asset}`, response => {
      response.writeHead(200, { 'content-length': release.archive.length })
      response.write(release.archive.subarray(0, 100), () => response.destroy())
    })
    await expect(download()).rejects.toThrow(asset)
  })

  test('that stalls is given up', async () => {
    release.answers.set(`${folder}/${asset}`, response => {
      response.writeHead(200, { 'content-length': release.archive.length })
      response.write(release.archive.subarray(0, 100))
    })
    await expect(download({ stallMs: 100 })).rejects.toThrow(/sent nothing for 0.1 s/)
  })

  test('that is not there says so', async () => {
    release.answers.delete(`${folder}/${asset}`)
    await expect(download()).rejects.toThrow(`${asset} answers 404`)
  })

  test('whose release does not name it is refused before it is fetched', async () => {
    release.answers.set(`${folder}/checksums.txt`, response =>
      response.end(`${'0'.repeat(64)}  other.tar.gz\n`),
    )
    await expect(download()).rejects.toThrow(`does not name ${asset}`)
    expect(release.asked).not.toContain(`${folder}/${asset}`)
  })

  test('from where nobody listens says why', async () => {
    await release.close()
    await expect(download()).rejects.toThrow('ECONNREFUSED')
  })

  test('ends when it is called off', async () => {
    release.answers.set(`${folder}/checksums.txt`, () => {})
    await expect(download({ signal: AbortSignal.abort(new Error('called off')) })).rejects.toThrow(
      'called off',
    )
  })
})

describe('the cache', () => {
  test('is filled once, and used afterwards', async () => {
    const first = await obtain()
    expect(first).toMatchObject({ version: LIVEKIT_VERSION, from: 'cache' })
    await release.close()
    expect(await obtain()).toEqual(first)
  })

  test('mends a server that was half written', async () => {
    const { path } = await obtain()
    writeFileSync(path, '#!/bin/sh\nexit 1\n')
    expect(await findLiveKit({ cacheDir, env: {} })).toBeUndefined()
    await obtain()
    expect(readFileSync(path, 'utf8')).toBe(program)
  })

  test('mends a server that may not be run', async () => {
    const { path } = await obtain()
    chmodSync(path, 0o644)
    expect((await obtain()).version).toBe(LIVEKIT_VERSION)
  })

  test('keeps nothing of what failed', async () => {
    release.answers.set(`${folder}/${asset}`, response => response.end('something else'))
    await expect(obtain()).rejects.toThrow()
    expect(readdirSync(cacheDir)).toEqual([])
  })

  test('refuses a program that does not run here, whatever its checksum', async () => {
    await release.close()
    release = await serveRelease(pack('no program at all'))
    await expect(obtain()).rejects.toThrow('does not run on this machine')
    expect(existsSync(join(cacheDir, `livekit-server-${LIVEKIT_VERSION}`))).toBe(false)
  })

  test('serves two that come at once', async () => {
    const [one, other] = await Promise.all([obtain(), obtain()])
    expect(one).toEqual(other)
    expect(readFileSync(one.path, 'utf8')).toBe(program)
  })
})

describe('other ways to a server', () => {
  function onPath(name: string, content: string): void {
    mkdirSync(join(scratch, 'bin'), { recursive: true })
    writeFileSync(join(scratch, 'bin', name), content, { mode: 0o755 })
  }

  test('one on the PATH is used, and nothing is fetched', async () => {
    onPath('livekit-server', '#!/bin/sh\necho livekit-server version 9.9.9\n')
    expect(await obtain()).toMatchObject({ version: '9.9.9', from: 'PATH' })
    expect(release.asked).toEqual([])
  })

  test('one on the PATH that is broken is passed over', async () => {
    onPath('livekit-server', '#!/bin/sh\nexit 3\n')
    expect(await obtain()).toMatchObject({ version: LIVEKIT_VERSION, from: 'cache' })
  })

  test('Go builds it where the release cannot be had', async () => {
    release.answers.clear()
    // As `go install` does: a program named after its folder, put into GOBIN.
    onPath(
      'go',
      `#!/bin/sh\n[ "$1" = install ] && printf '${program.replaceAll('\n', '\\n')}' > "$GOBIN/server"\n`,
    )
    const { path } = await obtain()
    expect(readFileSync(path, 'utf8')).toBe(program)
  })

  test('where all fail, each is told with its reason, and what a person can do', async () => {
    release.answers.clear()
    onPath('go', '#!/bin/sh\necho module lookup disabled >&2\nexit 1\n')
    await expect(obtain()).rejects.toThrow(/answers 404[\s\S]*module lookup disabled[\s\S]*LIVEKIT_URL/)
  })
})

describe('names', () => {
  test.each([
    ['linux', 'x64', 'livekit_1.2.3_linux_amd64.tar.gz'],
    ['linux', 'arm64', 'livekit_1.2.3_linux_arm64.tar.gz'],
    ['linux', 'arm', 'livekit_1.2.3_linux_armv7.tar.gz'],
    ['win32', 'x64', 'livekit_1.2.3_windows_amd64.zip'],
    ['darwin', 'arm64', undefined],
    ['linux', 's390x', undefined],
  ] as const)('%s on %s is %s', (platform, arch, name) => {
    expect(archiveName('1.2.3', { platform, arch })).toBe(name)
  })

  test('a checksum is found by the whole name, in either form of the file', () => {
    const sum = 'A'.repeat(64)
    expect(checksumOf('a.tar.gz', `${'b'.repeat(64)}  aa.tar.gz\n${sum} *a.tar.gz\n`)).toBe(sum.toLowerCase())
    expect(checksumOf('a.tar.gz', 'short  a.tar.gz\n')).toBeUndefined()
  })
})
