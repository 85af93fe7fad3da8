import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Bytes } from '../units.ts'

/** Runs whose logs are kept, this one included. */
const RUNS_KEPT = 10

/**
 * A new folder for the logs of one run, such as `2026-02-28T09-30-00Z-4711` below `cacheDir`; the oldest ones go.
 * @throws Error where it cannot be made.
 */
export function makeLogFolder(cacheDir: string, wall: number, pid: number): string {
  const all = join(cacheDir, 'logs')
  const time = new Date(wall)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-')
  const folder = join(all, `${time}-${pid}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const runs = readdirSync(all).sort()
  for (const old of runs.slice(0, -RUNS_KEPT)) rmSync(join(all, old), { recursive: true, force: true })
  return folder
}

/** How far back `lastLines` looks. */
const TAIL: Bytes = 8192

/** The last `count` lines of a file that are not blank, of its last 8 kB; none where there is no such file. */
export function lastLines(file: string, count: number): string[] {
  let opened: number
  try {
    opened = openSync(file, 'r')
  } catch {
    return []
  }
  try {
    const tail = Buffer.alloc(TAIL)
    const from = Math.max(0, fstatSync(opened).size - TAIL)
    const length = readSync(opened, tail, 0, TAIL, from)
    const lines = tail.toString('utf8', 0, length).split(/\r?\n/)
    if (from > 0) lines.shift()
    return lines.filter(line => line.trim() !== '').slice(-count)
  } finally {
    closeSync(opened)
  }
}
