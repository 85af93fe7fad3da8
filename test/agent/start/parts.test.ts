import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Part } from '../../../agent/start/part.ts'
import { Parts } from '../../../agent/start/parts.ts'
import { isAlive } from './processes.ts'

const standIn = join(import.meta.dirname, 'stand-in.ts')
let folder: string
let parts: Parts

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parts-'))
  parts = new Parts()
})
afterEach(async () => {
  await parts.kill()
  rmSync(folder, { recursive: true })
})

async function add(name: string, leans: boolean, wishes: string[] = []): Promise<Part> {
  const part = new Part({
    name,
    command: [process.execPath, standIn, ...wishes, 'say=ready'],
    env: process.env,
    logFile: join(folder, `${name}.log`),
    readyLine: 'ready',
  })
  await parts.add(part, { leans })
  return part
}

describe('all or none', () => {
  test('the death of one is the end of the whole, with its name', async () => {
    await add('livekit', false)
    const worker = await add('worker', true)
    process.kill(worker.pid!, 'SIGKILL')
    expect(await parts.ended).toMatchObject({ why: 'died', error: { message: /The worker has ended/ } })
  })

  test('closing ends all, and is no death', async () => {
    const all = [await add('livekit', false), await add('worker', true), await add('page', true)]
    await parts.close()
    expect(all.map(part => isAlive(part.pid!))).toEqual([false, false, false])
    expect(await parts.ended).toEqual({ why: 'closed' })
  })

  test('those that lean on others go first', async () => {
    const order: string[] = []
    for (const [name, leans] of [['livekit', false] as const, ['worker', true] as const]) {
      const part = await add(name, leans)
      void part.ended.then(() => order.push(name))
    }
    await parts.close()
    expect(order).toEqual(['worker', 'livekit'])
  })

  test('impatience kills even the deaf, at once', async () => {
    const part = await add('worker', true, ['deaf'])
    const closing = parts.close()
    await parts.kill()
    await closing
    expect(isAlive(part.pid!)).toBe(false)
  })

  test('one that comes when the others are leaving does not stay', async () => {
    await parts.close()
    await expect(add('worker', true)).rejects.toThrow('was ended before it was up')
  })
})
