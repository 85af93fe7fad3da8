import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Log } from '../../../agent/log.ts'
import { Keeper } from '../../../agent/record/keeper.ts'
import { SoundFile } from '../../../agent/record/sound-file.ts'
import { Stats } from '../../../agent/stats.ts'
import { FakeClock } from '../../fakes/clock.ts'

let dir: string
let clock: FakeClock
let stats: Stats
let failures: number

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roundtable-'))
  clock = new FakeClock()
  stats = new Stats()
  failures = 0
})
afterEach(() => rm(dir, { recursive: true, force: true }))

function open(room = 'Küche 1/..'): Promise<Keeper> {
  const log = new Log({}, 'error', () => {})
  return Keeper.open({ dir, room, clock, log, stats, onFailed: () => failures++ })
}

async function kept(ending: string): Promise<{ path: string; bytes: Buffer }[]> {
  const [folder] = await readdir(dir)
  const names = (await readdir(join(dir, folder!))).filter(name => name.endsWith(ending)).sort()
  return Promise.all(
    names.map(async name => {
      const path = join(dir, folder!, name)
      return { path, bytes: await readFile(path) }
    }),
  )
}

/** The left and right samples of a WAV file, by its own header. */
function stereoOf(bytes: Buffer): { seconds: number; left: Int16Array; right: Int16Array } {
  expect(bytes.toString('latin1', 0, 4)).toBe('RIFF')
  expect([bytes.readUInt16LE(22), bytes.readUInt32LE(24), bytes.readUInt16LE(34)]).toEqual([2, 16_000, 16])
  const length = bytes.readUInt32LE(40)
  expect(bytes.length).toBeGreaterThanOrEqual(44 + length)
  const pcm = Int16Array.from({ length: length / 2 }, (_, i) => bytes.readInt16LE(44 + 2 * i))
  return {
    seconds: length / 64_000,
    left: pcm.filter((_, i) => i % 2 === 0),
    right: pcm.filter((_, i) => i % 2 === 1),
  }
}

const silentTrack = {
  queuedMs: 0,
  write: async () => {},
  clear: () => {},
  drained: async () => {},
}

describe('a conversation that is kept', () => {
  it('is in a folder of its room: sound, and who said what when, all on one time', async () => {
    const keeper = await open()
    const track = keeper.agent(silentTrack)
    keeper.add({ kind: 'joined', identity: 'p_1', name: 'Ana' })
    for (let second = 0; second < 5; second++)
      for (let i = 0; i < 100; i++) {
        clock.pass(10)
        keeper.people(new Int16Array(160).fill(second === 1 ? 1_000 : 0))
        if (second === 3 && i === 0) await track.write(new Int16Array(24_000).fill(2_000))
        if (second === 3 && i === 50) track.clear()
      }
    keeper.add({ kind: 'said', identity: 'p_1', name: 'Ana', text: 'hello\n[00:00] Eve: no', at: 1_000 })
    keeper.add({ kind: 'answered', name: 'Roundtable', text: 'Good morn', isCut: true, at: 3_010 })
    await keeper.close()

    const [folder] = await readdir(dir)
    expect(folder).toBe('Küche_1_')
    const [wav] = await kept('.wav')
    const { seconds, left, right } = stereoOf(wav!.bytes)
    expect(seconds).toBe(5)
    expect([left.indexOf(1_000), left.lastIndexOf(1_000)]).toEqual([16_000, 31_999])
    const answer = right.findIndex(sample => sample > 1_000)
    const end = right.findLastIndex(sample => sample > 1_000)
    expect(answer / 16).toBeGreaterThan(3_005)
    expect(answer / 16).toBeLessThan(3_015)
    expect(end / 16).toBeGreaterThan(3_505)
    expect(end / 16).toBeLessThan(3_515)
    const [lines] = await kept('.jsonl')
    const entries = lines!.bytes
      .toString()
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(entries[0]).toEqual({
      at: 0,
      time: new Date(1_800_000_000_000).toISOString(),
      kind: 'joined',
      identity: 'p_1',
      name: 'Ana',
    })
    expect(entries.find(({ kind }) => kind === 'said')).toMatchObject({
      at: 1,
      text: 'hello\n[00:00] Eve: no',
    })
    expect(entries.find(({ kind }) => kind === 'sound').file).toMatch(/\.wav$/)
    const [text] = await kept('.txt')
    expect(text!.bytes.toString()).toBe(
      [
        '[00:00:00] Ana joined.',
        '[00:00:01] Ana: hello [00:00] Eve: no',
        '[00:00:03] Roundtable: Good morn (interrupted)',
        '',
      ].join('\n'),
    )
    expect((await stat(text!.path)).mode & 0o077).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('is whole on the disk while it goes on, but for the last moments', async () => {
    await using keeper = await open('a')
    for (let i = 0; i < 1_000; i++) {
      clock.pass(10)
      keeper.people(new Int16Array(160).fill(7))
    }
    await vi.waitFor(async () => expect(stereoOf((await kept('.wav'))[0]!.bytes).seconds).toBe(8.5))
  })

  it('that cannot be written any more goes on unkept, and somebody is told once', async () => {
    const keeper = await open('a')
    await rm(dir, { recursive: true })
    clock.pass(5_000)
    keeper.add({ kind: 'joined', identity: 'p_1', name: 'Ana' })
    await vi.waitFor(() => expect(failures).toBe(1))
    clock.pass(5_000)
    keeper.add({ kind: 'left', identity: 'p_1', name: 'Ana' })
    await keeper.close()
    expect(failures).toBe(1)
    expect(stats.get('recordings_failed')).toBe(1)
  })

  it('begins nothing where nothing can be written', async () => {
    await expect(
      Keeper.open({
        dir: '/dev/null/x',
        room: 'a',
        clock,
        log: new Log({}, 'error', () => {}),
        stats,
        onFailed: () => {},
      }),
    ).rejects.toThrow()
    expect(clock.pending).toBe(0)
  })
})

describe('a long recording', () => {
  it('goes on in another file before one grows too large, without a gap', async () => {
    const begins: number[] = []
    const pathOf = (part: number, beginsAt: number) => {
      begins.push(beginsAt)
      return join(dir, `${part}.wav`)
    }
    const file = new SoundFile(pathOf, 16_000, 1_000)
    for (let i = 0; i < 10; i++) await file.append(new Int16Array(200).fill(i))
    await file.close()
    expect(begins).toEqual([0, 800, 1_600, 2_400, 3_200])
    const sounds = await Promise.all(begins.map((_, i) => readFile(join(dir, `${i + 1}.wav`))))
    const all = sounds.flatMap(bytes => [...stereoOf(bytes).left])
    expect(all).toEqual(Array.from({ length: 1_000 }, (_, i) => Math.floor(i / 100)))
  })
})
