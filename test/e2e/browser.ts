import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where a Chromium may be; `CHROMIUM` names another. */
const places = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  chromium.executablePath(),
]

/** The Chromium of this machine; undefined where there is none. */
export const chromiumPath = places.find(place => place !== undefined && place !== '' && existsSync(place))

export type BrowserOptions = {
  /** A WAV file that stands for the microphone of every page. It starts over at its end unless `%noloop` follows its name. */
  microphone?: string
  /** Further flags. */
  flags?: readonly string[]
}

/**
 * A headless Chromium whose microphone and camera are made up and asked for in silence. Autoplay is as a person has it.
 * @throws Error when there is no Chromium on this machine
 */
export function startBrowser({ microphone, flags = [] }: BrowserOptions = {}): Promise<Browser> {
  if (chromiumPath === undefined)
    throw new Error('No Chromium was found. Install one, or name it in the variable CHROMIUM.')
  return chromium.launch({
    executablePath: chromiumPath,
    headless: true,
    // Playwright's own default would switch the browser's autoplay rule off.
    ignoreDefaultArgs: ['--mute-audio'],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      ...(microphone === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphone}`]),
      ...flags,
    ],
  })
}
