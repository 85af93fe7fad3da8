import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Tries LiveKit's own front ends against a room of ours: fetches what they are made of, which is no part of the product, checks
 * the pages made of it and drives them.
 */
const here = import.meta.dirname
const root = join(here, '..', '..')

/** @throws Error when it ends with anything but success */
function run(command: string, args: readonly string[], cwd = root): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`, { cause: error })
}

const [wanted, installed] = [
  join(here, 'package-lock.json'),
  join(here, 'node_modules', '.package-lock.json'),
]
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs)
  run('npm', ['ci', '--no-audit', '--no-fund'], here)
run('tsc', ['--noEmit', '-p', join(here, 'pages')])
run('vitest', ['run', '--config', join(here, 'vitest.config.ts'), '--root', root])
