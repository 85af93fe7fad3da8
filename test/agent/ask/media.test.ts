import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { splitJpegs } from '../../../agent/ask/ffmpeg.ts'
import { type Means, readFilm, readPicture, readSound } from '../../../agent/ask/media.ts'
import { levelOf } from '../../../agent/audio/pcm.ts'

let folder: string
let notices: string[]
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'media-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const means = (more: Partial<Means> = {}): Means => {
  notices = []
  return {
    ffmpeg: undefined,
    standardInput: () => Promise.resolve(Buffer.alloc(0)),
    notice: sentence => notices.push(sentence),
    ...more,
  }
}

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

/** A second of a tone as a WAV file. */
function wav({ rate = 48_000, channels = 1, bits = 16, promises = 1 } = {}): Buffer {
  const step = bits / 8
  const data = Buffer.alloc(rate * channels * step)
  for (let i = 0; i < rate; i++) {
    const sample = Math.round(0.4 * 2 ** (bits - 1) * Math.sin((i * 2 * Math.PI * 300) / rate))
    for (let channel = 0; channel < channels; channel++) {
      const at = (i * channels + channel) * step
      if (bits === 8) data.writeUInt8(sample + 128, at)
      else data.writeIntLE(sample, at, step)
    }
  }
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + data.length, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(channels, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(rate * channels * step, 28)
  head.writeUInt16LE(channels * step, 32)
  head.writeUInt16LE(bits, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(data.length * promises, 40)
  return Buffer.concat([head, data])
}

const sound = (path: string, more?: Partial<Means>) => readSound('--audio', path, means(more))

describe('a file of sound', () => {
  it.each([
    ['16 bits at 48 kHz', {}],
    ['8 bits', { bits: 8, rate: 11_025 }],
    ['24 bits in 5.1', { bits: 24, channels: 6 }],
  ])('of %s is heard at 16 kHz, without a word', async (_name, format) => {
    const pcm = await sound(file('a.wav', wav(format)))
    expect(Math.abs(pcm.length - 16_000)).toBeLessThanOrEqual(1)
    expect(levelOf(pcm)).toBeCloseTo(-11, 0)
    expect(notices).toEqual([])
  })

  it('that was cut short is used as far as it goes, and a sentence says how far that is', async () => {
    const path = file('cut.wav', wav().subarray(0, 44 + 24_000))
    expect((await sound(path)).length).toBe(4_000)
    expect(notices).toEqual([
      `--audio: ${path} was cut short: 0.8 s of it are missing, the 0.3 s that are there are used`,
    ])
  })

  it('that came out of a pipe, and promises all there can be, is not cut short', async () => {
    const piped = wav()
    piped.writeUInt32LE(0xffff_ffff, 40)
    expect((await sound(file('piped.wav', piped))).length).toBe(16_000)
    expect(notices).toEqual([])
  })

  it.each([
    ['empty.wav', '', 'is empty'],
    ['silent.wav', wav().subarray(0, 44), 'has no sound in it'],
    ['headless.wav', wav().subarray(0, 30), 'is a WAV file without sound'],
    [
      'notes.wav',
      'Buy milk.',
      'is not a WAV file; other kinds of sound are read by ffmpeg, which is not on the PATH',
    ],
    ['none.wav', undefined, 'cannot be read (ENOENT)'],
    ['folder', undefined, 'cannot be read (EISDIR)'],
  ])('%s is refused in one sentence that names it', async (name, bytes, sentence) => {
    const path = bytes === undefined ? join(folder, name) : file(name, bytes)
    if (name === 'folder') mkdirSync(path)
    await expect(sound(path)).rejects.toThrow(`--audio: ${path} ${sentence}`)
  })

  it.runIf(process.platform !== 'win32')('that has no end is refused before it is read', async () => {
    await expect(sound('/dev/zero')).rejects.toThrow('--audio: /dev/zero is no file')
  })

  it('may come on standard input', async () => {
    expect((await sound('-', { standardInput: () => Promise.resolve(wav()) })).length).toBe(16_000)
    await expect(sound('-')).rejects.toThrow('--audio: - is empty')
  })
})

/** A picture of so many pixels that says nothing: its file is small. */
function bomb(side: number): Buffer {
  const chunk = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length, 0)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(side, 0)
  head.writeUInt32BE(side, 4)
  head[8] = 1
  const rows = deflateSync(Buffer.alloc((Math.ceil(side / 8) + 1) * side))
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', head),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

describe('a picture', () => {
  it('is made to fit', async () => {
    const png = await sharp({ create: { width: 2_000, height: 1_000, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const { width, height, format } = await sharp(
      await readPicture('--image', file('red.png', png), means()),
    ).metadata()
    expect({ width, height, format }).toEqual({ width: 768, height: 384, format: 'jpeg' })
  })

  it('that is a bomb, or none, is refused in one sentence', async () => {
    const small = bomb(30_000)
    expect(small.length).toBeLessThan(200_000)
    await expect(readPicture('--image', file('bomb.png', small), means())).rejects.toThrow(
      /^--image: .*bomb\.png unpacks to more than 100 million pixels; make it smaller$/,
    )
    await expect(readPicture('--image', file('notes.png', 'Buy milk.'), means())).rejects.toThrow(
      /^--image: .*notes\.png is no picture that can be read: use JPEG, PNG or WebP$/,
    )
    await expect(readPicture('--image', file('empty.png', ''), means())).rejects.toThrow('empty.png is empty')
  })
})

describe.runIf(process.platform !== 'win32')('what ffmpeg reads', () => {
  /** A program that answers as ffmpeg would, and leaves behind what it was asked. */
  async function standIn(script: string): Promise<string> {
    const jpeg = await sharp({ create: { width: 32, height: 32, channels: 3, background: 'red' } })
      .jpeg()
      .toBuffer()
    const frames = file('frames.bin', Buffer.concat([jpeg, jpeg, jpeg]))
    const raw = file('sound.raw', Buffer.alloc(32_000))
    const path = file(
      'ffmpeg',
      `#!/bin/sh\necho "$*" >> ${folder}/asked\n${script}\ncase "$*" in *image2pipe*) cat ${frames};; *) cat ${raw};; esac\n`,
    )
    chmodSync(path, 0o755)
    return path
  }

  it('is sound of other kinds', async () => {
    const ffmpeg = await standIn('')
    expect((await sound(file('a.mp3', 'not a WAV file'), { ffmpeg })).length).toBe(16_000)
  })

  it('is a film: a picture a second, and its sound', async () => {
    const ffmpeg = await standIn('')
    const film = await readFilm('--video', file('a.mp4', 'film'), means({ ffmpeg }))
    expect(film.frames).toHaveLength(3)
    expect((await sharp(film.frames[2]).metadata()).width).toBe(32)
    expect(film.pcm.length).toBe(16_000)
  })

  it('is a film without sound', async () => {
    const ffmpeg = await standIn(
      'case "$*" in *s16le*) echo "Stream map 0:a:0 matches no streams." >&2; echo "To ignore this, ..." >&2; exit 1;; esac',
    )
    const film = await readFilm('--video', file('a.mp4', 'film'), means({ ffmpeg }))
    expect([film.frames.length, film.pcm.length]).toEqual([3, 0])
  })

  it('is no film where there are no pictures', async () => {
    const ffmpeg = await standIn('echo "Stream map 0:v:0 matches no streams." >&2; exit 1')
    const path = file('a.mp3', 'music')
    await expect(readFilm('--video', path, means({ ffmpeg }))).rejects.toThrow(
      `--video: ${path} has no pictures in it`,
    )
  })

  it('is refused with the first of its own words', async () => {
    const ffmpeg = await standIn('echo "file:x: Invalid data found when processing input" >&2; exit 1')
    const path = file('a.mp4', 'film')
    await expect(readFilm('--video', path, means({ ffmpeg }))).rejects.toThrow(
      `--video: ${path} cannot be read by ffmpeg (Invalid data found when processing input)`,
    )
  })

  it('stops where it would never end', async () => {
    const ffmpeg = await standIn('exec cat /dev/zero')
    await expect(sound(file('a.mp3', 'endless'), { ffmpeg })).rejects.toThrow(
      'longer than what one session takes',
    )
  })

  it('is named when it is missing', async () => {
    await expect(readFilm('--video', file('a.mp4', 'film'), means())).rejects.toThrow(
      '--video: films are read by ffmpeg, which is not on the PATH; install it, or give pictures',
    )
  })

  it('is split into whole pictures; a rest is none', () => {
    const jpeg = Buffer.from('ffd8aaffd9', 'hex')
    expect(splitJpegs(Buffer.concat([jpeg, jpeg, Buffer.from('ffd8aa', 'hex')]))).toEqual([jpeg, jpeg])
  })
})
