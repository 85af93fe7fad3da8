import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { startPageAgent } from '../e2e/page-agent.ts'
import { startStage } from '../e2e/page-stage.ts'
import { paintedPerson } from './painted-camera.ts'

/** Three people and the agent, in both themes and three sizes, as pictures for the README. */

const FOLDER = join(import.meta.dirname, '..', '..', 'docs')
const sizes = [
  { width: 1440, height: 900 },
  { width: 820, height: 1180 },
  { width: 390, height: 844 },
]
const themes = ['light', 'dark'] as const

await using stage = await startStage()
const room = 'kitchen'
const link = `${stage.web.url}/r/${room}`
await using agent = await startPageAgent(stage.livekit, room)
await agent.state('listening', {
  'roundtable.manners': 'addressed',
  'roundtable.rehearsal': 'true',
  'roundtable.hearing': '[]',
})

const others = [
  await stage.join('Ben', { link, script: paintedPerson(150, { skin: 60, hair: 26, hasBeard: true }) }),
  await stage.join('Cho', { link, script: paintedPerson(320, { skin: 80, hair: 70 }) }),
]
for (const other of others) await other.getByRole('button', { name: 'Camera' }).click()

const page = await stage.join('Ana', { link, script: paintedPerson(60), deviceScaleFactor: 2 })
await page.locator('#agent-word', { hasText: 'Listening' }).waitFor()
await page.locator('.tile video:not([hidden])').nth(1).waitFor()

/** What the agent sends of what it sees: everybody's camera in one picture, with their names. */
async function glimpse(): Promise<Buffer> {
  const frames = await Promise.all(
    others.map(async (other, index) => {
      const url = String(
        await other.evaluate(`(() => {
          const canvas = document.createElement('canvas')
          canvas.width = 200
          canvas.height = 150
          const video = document.querySelector('.tile video')
          canvas.getContext('2d').drawImage(video, 0, 0, 200, 150)
          return canvas.toDataURL()
        })()`),
      )
      const name = `<svg width="200" height="150"><rect y="126" width="200" height="24" opacity=".6"/><text
        x="10" y="144" font-size="16" font-family="sans-serif" fill="#fff">${['Ben', 'Cho'][index]}</text></svg>`
      return sharp(Buffer.from(url.split(',')[1] ?? '', 'base64'))
        .composite([{ input: Buffer.from(name) }])
        .png()
        .toBuffer()
    }),
  )
  return sharp({ create: { width: 400, height: 150, channels: 3, background: '#000' } })
    .composite(frames.map((input, index) => ({ input, left: index * 200, top: 0 })))
    .jpeg({ quality: 70 })
    .toBuffer()
}

async function converse(): Promise<void> {
  await agent.heard('Ana', 'a1', 'Gemini, which of these two would you plant in the shade?', true)
  await agent.act({ kind: 'tool', id: 't1', name: 'plants', state: 'done', line: 'looked up shade plants' })
  const first = await agent.answer('a2')
  await first.write('The fern. It likes what the basil would die of, and')
  await first.close()
  await agent.interrupt('a2', 'The fern. It likes what the basil would die of, and')
  await agent.heard('Cho', 'a3', 'Wait, Ben has a third one in his hand.', true)
  await agent.heard('Ben', 'a4', 'This one was on the windowsill. Gemini, what is it?', true)
  const second = await agent.answer('a5')
  await second.write('That is a peace lily, Ben. It puts up with shade, and droops when it wants')
}

await mkdir(FOLDER, { recursive: true })
await agent.see(await glimpse(), ['Ben', 'Cho'])
await page.locator('#sight:not([hidden])').waitFor()
await converse()
agent.sound(220)
await agent.state('speaking', { floor: await agent.identityOf('Ben') })
await page.locator('#agent-word', { hasText: 'Answering Ben' }).waitFor()
for (const colorScheme of themes)
  for (const size of sizes) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(size)
    // Everything that fades has faded, and pictures have their new size.
    await page.waitForTimeout(1000)
    const picture = await sharp(await page.screenshot())
      .webp({ quality: 80 })
      .toBuffer()
    await writeFile(join(FOLDER, `room-${size.width}-${colorScheme}.webp`), picture)
    console.log(`docs/room-${size.width}-${colorScheme}.webp  ${Math.round(picture.length / 1024)} kB`)
  }
await stage.clear()
if (stage.complaints.length > 0) throw new Error(stage.complaints.join('\n'))
