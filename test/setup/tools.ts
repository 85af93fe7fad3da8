import { spawnSync } from 'node:child_process'
import { asError } from '../../agent/errors.ts'
import { obtainLiveKit } from '../../agent/start/binary.ts'
import { Terminal } from '../../agent/start/terminal.ts'
import { distribution, isRoot, lineToGet, missing, start } from './tool.ts'

/** Before the tests: gets what they need where it may, and otherwise says how to get it. Never fails by itself. */
const packages = await missing(['chromium', 'espeak-ng'])
const mayInstall = isRoot && distribution === 'debian'
if (packages.length > 0 && mayInstall) install(packages)
else for (const tool of packages) console.log(`The tests need ${tool}: ${lineToGet(tool)}`)

const terminal = new Terminal(process.stdout)
try {
  const signal = new AbortController().signal
  await obtainLiveKit({ ...start, env: process.env, progress: terminal.progress, signal })
} catch (thrown) {
  terminal.say(asError(thrown).message)
}

function install(names: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...names]]) {
    console.log(`apt-get ${args.join(' ')}`)
    const { status, stdout, stderr } = spawnSync('apt-get', ['-qq', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (status === 0) continue
    console.error(`apt-get failed: ${stderr || stdout || 'it did not start'}`)
    return
  }
}
