import { rmSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inflate } from 'node:zlib'

/**
 * UnifontEX (SIL Open Font License 1.1): 16 px high letters of nearly every script there is, and emoji. What the machine's own fonts
 * lack is drawn with it; on a machine without any, as containers often are, everything.
 */
const FONT = '@fontsource/unifontex/files/unifontex-latin-400-normal.woff'

let making: Promise<string> | undefined

/**
 * The path of a font that can be handed to Pango. The packed font that npm brings is unpacked once a process (0.2 s, 14 MB in the
 * folder for temporary files) and removed again when the process ends.
 * @throws Error when there is no room for it.
 */
export function fontFile(): Promise<string> {
  making ??= unpack()
  return making
}

async function unpack(): Promise<string> {
  const packed = await readFile(createRequire(import.meta.url).resolve(FONT))
  const folder = await mkdtemp(join(tmpdir(), 'roundtable-font-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'unifontex.ttf')
  await writeFile(path, await fromWoff(packed), { mode: 0o600 })
  return path
}

const inflated = promisify(inflate)

/**
 * The font inside a WOFF file, which Pango does not read: the same tables, each compressed by itself.
 * https://www.w3.org/TR/WOFF/ and https://learn.microsoft.com/typography/opentype/spec/otff
 * @throws RangeError when the file is cut short; Error when it is no WOFF file.
 */
export async function fromWoff(woff: Buffer): Promise<Buffer> {
  if (woff.readUInt32BE(0) !== 0x774f4646) throw new Error('this is no WOFF file')
  const count = woff.readUInt16BE(12)
  const font = Buffer.alloc(woff.readUInt32BE(16))
  font.writeUInt32BE(woff.readUInt32BE(4), 0)
  font.writeUInt16BE(count, 4)
  const step = Math.floor(Math.log2(count))
  font.writeUInt16BE(16 * 2 ** step, 6)
  font.writeUInt16BE(step, 8)
  font.writeUInt16BE(16 * (count - 2 ** step), 10)
  let end = 12 + 16 * count
  for (let table = 0; table < count; table++) {
    const entry = 44 + 20 * table
    const [offset, packedBytes, bytes, checksum] = [4, 8, 12, 16].map(at =>
      woff.readUInt32BE(entry + at),
    ) as [number, number, number, number]
    const packed = woff.subarray(offset, offset + packedBytes)
    const into = 12 + 16 * table
    woff.copy(font, into, entry, entry + 4)
    font.writeUInt32BE(checksum, into + 4)
    font.writeUInt32BE(end, into + 8)
    font.writeUInt32BE(bytes, into + 12)
    const content = packedBytes < bytes ? await inflated(packed) : packed
    content.copy(font, end)
    // Each table begins at a multiple of four bytes.
    end += (bytes + 3) & ~3
  }
  return font
}
