import { describe, expect, it } from 'vitest'
import { Fifo } from '../../../agent/rehearsal/journal/fifo.ts'
import { Journal } from '../../../agent/rehearsal/journal/journal.ts'

const pcm = (samples: number, value = 1) => new Int16Array(samples).fill(value)
const end = { code: 1000, reason: '', by: 'client' as const }

describe('the journal', () => {
  it('keeps messages and sound apart, so that sound never pushes out a message, and shows them in order', () => {
    const record = new Journal({ entries: 3 }).open(0, () => 0)
    record.message('in', { setup: {} })
    for (let i = 0; i < 10; i++) record.audioMessage('in', 640)
    record.message('out', { setupComplete: {} })
    expect(record.entries).toEqual([
      { at: 0, dir: 'in', message: { setup: {} } },
      ...Array.from({ length: 3 }, () => ({ at: 0, dir: 'in', audioBytes: 640 })),
      { at: 0, dir: 'out', message: { setupComplete: {} } },
    ])
    expect(record.summary).toMatchObject({ messagesIn: 11, messagesOut: 1, lostEntries: 7 })
  })

  it('drops the oldest sound of all when there is too much, and says how much', () => {
    const journal = new Journal({ audioBytes: 100 })
    const [first, second] = [journal.open(0, () => 0), journal.open(0, () => 0)]
    first.sound('in', pcm(30, 1), 16_000)
    second.sound('in', pcm(10, 2), 16_000)
    second.sound('out', pcm(25, 3), 24_000)
    expect(first.pcm('in').pcm).toHaveLength(0)
    expect(first.summary.lostAudioBytes).toBe(60)
    expect(second.pcm('in').pcm).toEqual(pcm(10, 2))
    expect(second.pcm('out')).toEqual({ pcm: pcm(25, 3), rate: 24_000 })
  })

  it('forgets the oldest ended sessions, never a living one', () => {
    const journal = new Journal({ sessions: 2 })
    const living = journal.open(0, () => 0)
    for (let i = 0; i < 5; i++) journal.open(0, () => 0).summary.closed = end
    journal.open(0, () => 0)
    expect(journal.sessions.map(({ summary }) => summary.id)).toEqual([living.summary.id, 's5', 's6', 's7'])
  })

  it('writes bytes as their size', () => {
    const record = new Journal().open(0, () => 0)
    record.message('in', {
      a: Buffer.alloc(5),
      inlineData: { data: Buffer.alloc(9).toString('base64') },
      text: 'x'.repeat(5_000),
    })
    const [entry] = record.entries
    expect(entry).toMatchObject({ message: { a: '<5 bytes>', inlineData: { data: '<9 bytes>' } } })
    expect(JSON.stringify(entry).length).toBeLessThan(2_200)
  })
})

describe('first in, first out', () => {
  it('gives what was put in, in order, however much', () => {
    const fifo = new Fifo<number>()
    const out: number[] = []
    for (let i = 0; i < 10_000; i++) {
      fifo.push(i)
      if (i % 3 !== 0) out.push(fifo.shift()!)
    }
    out.push(...fifo)
    expect(out).toEqual(Array.from({ length: 10_000 }, (_, i) => i))
    expect(fifo.length).toBe(10_000 - 6_666)
    fifo.clear()
    expect([fifo.length, fifo.first, fifo.shift()]).toEqual([0, undefined, undefined])
  })
})
