import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { readConfig, type StartConfig } from '../../agent/config.ts'
import { findLiveKit } from '../../agent/start/binary.ts'

/** A program that some tests use and npm does not bring. */
export type Tool = 'chromium' | 'espeak-ng' | 'livekit-server'

/** Where the server is kept and fetched from: as for `npm start`, whatever else is set on this machine. */
export const start: StartConfig = readConfig({
  XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
  LOCALAPPDATA: process.env.LOCALAPPDATA,
  LIVEKIT_RELEASE_URL: process.env.LIVEKIT_RELEASE_URL,
}).start

/** Which of the tools this machine lacks. */
export async function missing(tools: readonly Tool[]): Promise<Tool[]> {
  const there = await Promise.all(tools.map(isThere))
  return tools.filter((_, index) => !there[index])
}

async function isThere(tool: Tool): Promise<boolean> {
  if (tool === 'livekit-server') return (await findLiveKit({ ...start, env: process.env })) !== undefined
  if (tool !== 'chromium') return isOnPath(tool)
  // Playwright takes a while to load, and only some ask for it.
  const { chromiumPath } = await import('../e2e/browser.ts')
  return chromiumPath !== undefined
}

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

export const isRoot = process.getuid?.() === 0

/** The `ID` of the Linux distribution, such as `debian`; empty elsewhere. https://www.freedesktop.org/software/systemd/man/os-release.html */
export const distribution = readDistribution()

function readDistribution(): string {
  try {
    return /^ID="?(\w+)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? ''
  } catch {
    return ''
  }
}

/** The exact line that gets a tool on this machine. */
export function lineToGet(tool: Tool): string {
  if (tool === 'livekit-server') return 'npm start, which fetches livekit-server or says what is in the way'
  if (tool === 'chromium' && distribution !== 'debian')
    return process.platform === 'linux'
      ? 'npx playwright-core install --with-deps chromium'
      : 'npx playwright-core install chromium'
  if (process.platform === 'darwin') return `brew install ${tool}`
  return `${isRoot ? '' : 'sudo '}apt-get install -y ${tool}`
}
