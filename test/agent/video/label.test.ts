import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Colour, Pixels } from '../../../agent/video/canvas.ts'
import { fromWoff } from '../../../agent/video/font.ts'
import { label } from '../../../agent/video/label.ts'

const colours = { ink: [255, 255, 255], paper: [20, 30, 40] } as const satisfies Record<string, Colour>
const drawn = (name: string, most = 300) => label(name, most, colours)
const ink = ({ data }: Pixels) => data.reduce((sum, value) => sum + (value > 128 ? 1 : 0), 0)

const names = [
  'Ana',
  'Bob',
  'Łukasz Żółć',
  'Ελένη',
  'Дмитрий',
  'محمد',
  'דוד',
  '田中',
  '민준',
  'हिन्दी',
  'ไทย',
  '🙂 Joy',
  '👩‍🚀',
]

test.each(names)('%s is written in its own letters', async name => {
  const words = await drawn(name)
  expect(words.data).toHaveLength(words.width * words.height * 3)
  expect(ink(words)).toBeGreaterThan(20)
  expect(words.height).toBeLessThanOrEqual(24)
  for (const other of names)
    if (other !== name) expect(Buffer.compare(words.data, (await drawn(other)).data)).not.toBe(0)
})

test('a label stands on its ground, in the ink that was asked for', async () => {
  const { data } = await drawn('Ana')
  expect([...data.subarray(0, 3)]).toEqual(colours.paper)
  const green = await label('Ana', 300, { ink: [0, 255, 0], paper: [0, 0, 0] })
  expect(Math.max(...green.data.filter((_, i) => i % 3 === 0))).toBeLessThan(10)
  expect(Math.max(...green.data.filter((_, i) => i % 3 === 1))).toBeGreaterThan(200)
})

test.each(['<b>Ana</b>', 'A & B', '<span foreground="red">', '&lt;', '</span>', `"quoted" 'name'`, '<'])(
  'markup is written, not obeyed: %s',
  async name => {
    const words = await drawn(name)
    expect(ink(words)).toBeGreaterThan(10)
    expect(Math.max(...words.data.filter((_, i) => i % 3 === 1))).toBeGreaterThan(200)
  },
)

test.each([
  ['long', 'A very long name that goes on and on for as long as it may'],
  ['of one word', 'Donaudampfschifffahrtsgesellschaftskapitän'],
  ['of emoji', '👩‍👩‍👧‍👦'.repeat(20)],
  ['of wide letters', '田'.repeat(64)],
  ['of marks piled up', `Z${'\u0301\u0323'.repeat(30)}`],
  ['cut in the middle of a letter', '🙂'.slice(0, 1)],
])('a name that is %s keeps within its place', async (_what, name) => {
  for (const most of [40, 100, 240]) {
    const words = await drawn(name, most)
    expect(words.width).toBeLessThanOrEqual(most)
    expect(words.height).toBeLessThanOrEqual(24)
    expect(words.data).toHaveLength(words.width * words.height * 3)
  }
})

test.each(['', '   ', '\u200b'])('a name of nothing to see is a plain ground: %j', async name => {
  const words = await drawn(name)
  expect(words.data).toHaveLength(words.width * words.height * 3)
  expect(ink(words)).toBe(0)
})

test('the same label is drawn once, and hundreds are not kept', async () => {
  const first = drawn('Ana')
  expect(drawn('Ana')).toBe(first)
  await Promise.all(Array.from({ length: 70 }, (_, i) => drawn(`p${i}`)))
  expect(drawn('Ana')).not.toBe(first)
})

test('on a machine without a single font every script is written all the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-fonts-'))
  const none = join(folder, 'fonts.conf')
  writeFileSync(none, `<?xml version="1.0"?><fontconfig><cachedir>${folder}</cachedir></fontconfig>`)
  const program = `
    import { label } from ${JSON.stringify(join(import.meta.dirname, '../../../agent/video/label.ts'))}
    const colours = { ink: [255, 255, 255], paper: [0, 0, 0] }
    const drawn = []
    for (const name of ${JSON.stringify(['Ana', 'Bob', '田中', '田口', 'محمد', 'דוד', '🙂'])})
      drawn.push(Buffer.from((await label(name, 300, colours)).data).toString('base64'))
    console.log(new Set(drawn).size)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program], {
    env: { PATH: process.env.PATH, TMPDIR: folder, FONTCONFIG_FILE: none },
    encoding: 'utf8',
  })
  rmSync(folder, { recursive: true, force: true })
  expect(stdout.trim(), stderr).toBe('7')
})

test('what is no packed font is refused', async () => {
  await expect(fromWoff(Buffer.alloc(64))).rejects.toThrow('no WOFF file')
})
