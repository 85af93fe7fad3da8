import { readdirSync, readFileSync } from 'node:fs'
import type { Ms } from '../../agent/units.ts'
import { now, pause } from './instant.ts'

/** One clock tick of /proc/PID/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS: Ms = 10

/** What a process and those it started have used. */
type Usage = { cpuMs: Ms; rssMb: number; pssMb: number }

export type Load = {
  /** Share of one core in percent. */
  cpu: number
  /** Resident memory, shared pages counted whole. */
  rssMb: number
  /** Resident memory, shared pages divided among those who share them. */
  pssMb: number
}

/** Whether this system tells what a process uses. */
export const canMeasureLoad = process.platform === 'linux'

/** The load of the process `pid` and its descendants over `ms`; at least 8 s, as /proc counts in ticks of 10 ms. */
export async function load(pid: number, ms: Ms): Promise<Load> {
  const from = now()
  const before = usage(pid)
  await pause(ms)
  const after = usage(pid)
  const cpu = ((after.cpuMs - before.cpuMs) / (now() - from)) * 100
  return { cpu, rssMb: after.rssMb, pssMb: after.pssMb }
}

function usage(pid: number): Usage {
  const total: Usage = { cpuMs: 0, rssMb: 0, pssMb: 0 }
  for (const member of family(pid)) {
    const { own } = ticks(`/proc/${member}/stat`)
    total.cpuMs += own * TICK_MS
    const memory = readFileSync(`/proc/${member}/smaps_rollup`, 'utf8')
    total.rssMb += Number(/^Rss:\s+(\d+)/m.exec(memory)?.[1] ?? 0) / 1024
    total.pssMb += Number(/^Pss:\s+(\d+)/m.exec(memory)?.[1] ?? 0) / 1024
  }
  return total
}

/** Processor time of a process, and of those it started that have ended (proc_pid_stat(5), fields 14 to 17). */
function ticks(file: string): { own: number; ended: number } {
  // The name in parentheses may hold blanks.
  const fields = readFileSync(file, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number)
  return { own: fields[11]! + fields[12]!, ended: fields[13]! + fields[14]! }
}

function family(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap(task =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
  return [pid, ...children.flatMap(family)]
}

/** Who else wanted this machine during a run. */
export class Bystanders {
  readonly #before = machineTicks()
  readonly #oursBefore = ourTicks()

  /** Shares of the whole machine in percent since this was made: what other programs used, and what its host took away. */
  shares(): { others: number; host: number } {
    const after = machineTicks()
    const whole = after.whole - this.#before.whole
    const busy = after.busy - this.#before.busy - (ourTicks() - this.#oursBefore)
    return { others: (busy / whole) * 100, host: ((after.stolen - this.#before.stolen) / whole) * 100 }
  }
}

function ourTicks(): number {
  return family(process.pid)
    .map(pid => ticks(`/proc/${pid}/stat`))
    .reduce((sum, { own, ended }) => sum + own + ended, 0)
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal. */
function machineTicks(): { whole: number; busy: number; stolen: number } {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.split(/\s+/).slice(1, 9).map(Number)
  const whole = fields.reduce((sum, field) => sum + field, 0)
  const stolen = fields[7]!
  return { whole, stolen, busy: whole - stolen - fields[3]! - fields[4]! }
}
