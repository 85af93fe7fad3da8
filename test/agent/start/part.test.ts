import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Part, type PartOptions } from '../../../agent/start/part.ts'
import { isAlive, untilGone } from './processes.ts'

const standIn = join(import.meta.dirname, 'stand-in.ts')
let folder: string
let parts: Part[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'part-'))
  parts = []
})
afterEach(async () => {
  await Promise.all(parts.map(part => part.close(0)))
  rmSync(folder, { recursive: true })
})

function start(wishes: string[], more: Partial<PartOptions> = {}): Part {
  const part = new Part({
    name: 'stand-in',
    command: [process.execPath, standIn, ...wishes],
    env: process.env,
    logFile: join(folder, 'stand-in.log'),
    readyLine: 'ready',
    ...more,
  })
  parts.push(part)
  return part
}

describe('a part that comes up', () => {
  test('is ready at its line, with what it said before', async () => {
    const part = start(['say=page  http://localhost:4711/', 'say=ready'])
    expect(await part.ready).toEqual(['page  http://localhost:4711/'])
  })

  test('keeps what it says until then out of its log, where an invite code has no business', async () => {
    const part = start([
      'say=http://localhost/#k=opensesame',
      'moan=a warning',
      'say=ready',
      'say=afterwards',
    ])
    await part.ready
    await expect.poll(() => readFileSync(part.logFile, 'utf8')).toContain('afterwards')
    expect(readFileSync(part.logFile, 'utf8')).toContain('a warning')
    expect(readFileSync(part.logFile, 'utf8')).not.toContain('opensesame')
  })

  test('that says a great deal keeps the memory small', async () => {
    const part = start([...Array.from({ length: 300 }, (_, n) => `say=${n}`), 'say=ready'])
    expect((await part.ready).length).toBeLessThan(150)
  })
})

describe('a part that does not come up', () => {
  test('says how it ended and the end of its log', async () => {
    const part = start(['moan=PORT: 8080 is held by another program', 'exit=1'])
    await expect(part.ready).rejects.toThrow(
      /stand-in has ended \(exit code 1\).*stand-in.log:\n {2}PORT: 8080 is held/,
    )
  })

  test('is an error when its program is not there', async () => {
    const part = start([], { command: ['/no/such/program'] })
    await expect(part.ready).rejects.toThrow('ENOENT')
    expect((await part.ended).why).toBe('died')
  })

  test('is given up after its time, with the place of its log', async () => {
    const part = start(['say=soon'], { readyWithinMs: 50 })
    await expect(part.ready).rejects.toThrow(/not up within .* its log is .*stand-in\.log/)
  })
})

describe('the end of a part', () => {
  test('by itself is told with its signal', async () => {
    const part = start(['say=ready'])
    await part.ready
    process.kill(part.pid!, 'SIGKILL')
    expect(await part.ended).toMatchObject({ why: 'died', error: { message: /SIGKILL/ } })
  })

  test('by SIGTERM is no death', async () => {
    const part = start(['say=ready'])
    await part.ready
    await part.close()
    expect(await part.ended).toEqual({ why: 'closed' })
  })

  test('comes by SIGKILL when it ignores SIGTERM', async () => {
    const part = start(['deaf', 'say=ready'])
    await part.ready
    await part.close(50)
    expect(await part.ended).toEqual({ why: 'closed' })
    expect(isAlive(part.pid!)).toBe(false)
  })

  test('comes sooner when a second wish is less patient', async () => {
    const part = start(['deaf', 'say=ready'])
    await part.ready
    const patient = part.close(3_600_000)
    await part.close(0)
    await patient
    expect(isAlive(part.pid!)).toBe(false)
  })

  test('takes what it had started along', async () => {
    const part = start(['child', 'say=ready'])
    const [line = ''] = await part.ready
    const child = Number(line.replace('child ', ''))
    expect(isAlive(child)).toBe(true)
    await part.close()
    await untilGone(child)
  })

  test('takes what it had started along when it was killed', async () => {
    const part = start(['child', 'say=ready'])
    const [line = ''] = await part.ready
    process.kill(part.pid!, 'SIGKILL')
    await part.ended
    await untilGone(Number(line.replace('child ', '')))
  })
})
