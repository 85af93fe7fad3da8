import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname
const wanted = join(here, 'package-lock.json')
const installed = join(here, 'node_modules', '.package-lock.json')

/** Fetches what the peers are made of, which is no part of the product, unless it is there. @throws Error when it cannot be had */
export function installPeers(): void {
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return
  const { status, error, stderr } = spawnSync('npm', ['ci', '--prefix', here, '--no-audit', '--no-fund'], {
    encoding: 'utf8',
  })
  if (status !== 0)
    throw new Error(`npm ci --prefix test/bench/peers failed: ${(stderr ?? '').trim().slice(-300)}`, {
      cause: error,
    })
}
