import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readWav, WavWriter } from '../../../agent/audio/wav.ts'

/** A WAV file of one `data` chunk, with an odd chunk before it that is to be passed over. */
function wav({ kind = 1, channels = 1, rate = 16_000, bits = 16 }, data: Buffer): Buffer {
  const format = Buffer.alloc(16)
  format.writeUInt16LE(kind, 0)
  format.writeUInt16LE(channels, 2)
  format.writeUInt32LE(rate, 4)
  format.writeUInt16LE((channels * bits) / 8, 12)
  format.writeUInt16LE(bits, 14)
  const chunk = (name: string, body: Buffer) => {
    const size = Buffer.alloc(4)
    size.writeUInt32LE(body.length)
    return Buffer.concat([Buffer.from(name), size, body, Buffer.alloc(body.length % 2)])
  }
  const body = Buffer.concat([
    Buffer.from('WAVE'),
    chunk('fmt ', format),
    chunk('LIST', Buffer.from('odd')),
    chunk('data', data),
  ])
  return chunk('RIFF', body)
}

describe('a WAV file', () => {
  it.each([
    ['8 bits', { bits: 8 }, Buffer.from([128, 255, 0])],
    ['16 bits', { bits: 16 }, Buffer.from(Int16Array.from([0, 32_512, -32_768]).buffer)],
    ['24 bits', { bits: 24 }, Buffer.from([0, 0, 0, 0, 0, 127, 0, 0, 128])],
    ['32 bits', { bits: 32 }, Buffer.from(Int32Array.from([0, 0x7f00_0000, -0x8000_0000]).buffer)],
    ['32-bit float', { kind: 3, bits: 32 }, Buffer.from(Float32Array.from([0, 127 / 128, -1]).buffer)],
  ])('of %s is read', (_name, format, data) => {
    expect(readWav(wav(format, data))).toEqual({ pcm: Int16Array.from([0, 32_512, -32_768]), rate: 16_000 })
  })

  it('of several channels is their average, at its own rate', () => {
    const { pcm, rate } = readWav(
      wav({ channels: 2, rate: 44_100 }, Buffer.from(Int16Array.from([100, 300, -50, -150]).buffer)),
    )
    expect([...pcm]).toEqual([200, -100])
    expect(rate).toBe(44_100)
  })

  it('that was cut short gives what is there', () => {
    const whole = wav({}, Buffer.from(Int16Array.from([1, 2, 3, 4]).buffer))
    expect([...readWav(whole.subarray(0, whole.length - 3)).pcm]).toEqual([1, 2])
  })

  it('that is none, or of a kind that is not read, says so', () => {
    expect(() => readWav(Buffer.from('just some text, no sound'))).toThrow('is not a WAV file')
    expect(() => readWav(Buffer.alloc(0))).toThrow('is not a WAV file')
    expect(() => readWav(wav({ kind: 7, bits: 8 }, Buffer.alloc(4)))).toThrow('format 7')
    expect(() => readWav(wav({}, Buffer.alloc(0)).subarray(0, 36))).toThrow('without sound')
  })
})

describe('a WAV file that is being written', () => {
  it('is whole after every piece', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wav-'))
    const path = join(folder, 'out.wav')
    const writer = new WavWriter(path, 24_000)
    expect(readWav(readFileSync(path))).toEqual({ pcm: new Int16Array(0), rate: 24_000 })
    writer.write(Int16Array.from([1, 2]))
    expect([...readWav(readFileSync(path)).pcm]).toEqual([1, 2])
    writer.write(Int16Array.from([3]))
    writer.close()
    expect([...readWav(readFileSync(path)).pcm]).toEqual([1, 2, 3])
    rmSync(folder, { recursive: true })
  })
})
