import { readdirSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { Ms } from '../units.ts'

/** What was used between two looks. */
export type Sample = {
  /** Our process's share of all cores, 0..1. */
  own: number
  /** The whole machine's, 0..1. */
  machine: number
  /** How busy our one JavaScript thread was, 0..1: it can be full while seven cores sleep. */
  thread: number
  openFiles: number
}

export type Limits = { cores: number; files: number }

/** @livekit/rtc-node, measured: sockets and pipes of one room. */
export const FILES_PER_ROOM = 30
/** A one-person room, of a core: most of it is spent in LiveKit's native threads, the rest in our one of JavaScript. */
const CORES_PER_ROOM = 0.06
const THREAD_PER_ROOM = 0.02
/** Beyond this a room more would be heard in the others. */
const BUSY = 0.85
/** Files may not run out: rooms fail in strange ways then. */
const FILES_FULL = 0.9

/**
 * LiveKit sends no job to a node whose workers all report a load of its `agents.target_load` or more, 0.7 by default,
 * even where there is no other; so what we report stays below. "No more" is said by being full.
 */
const MOST_LOAD = 0.65

/**
 * How loaded we are, 0..0.65, for LiveKit to choose by, and whether we can take no further room. A machine that is busy
 * with other things makes us less attractive, never full: on a laptop in the middle of a build the agent comes all the same.
 * @param rooms how many we have. A worker without any is never too busy for one.
 * @param coming how many of them the sample cannot know yet: they were promised or begun a moment ago.
 */
export function loadOf(
  sample: Sample,
  limits: Limits,
  rooms: number,
  coming: number,
): { load: number; isFull: boolean } {
  const own = sample.own + (coming * CORES_PER_ROOM) / limits.cores
  const thread = sample.thread + coming * THREAD_PER_ROOM
  const files = (sample.openFiles + coming * FILES_PER_ROOM) / limits.files
  const isBusy = rooms + coming > 0 && Math.max(own, thread) >= BUSY
  return {
    load: MOST_LOAD * Math.min(1, Math.max(0, own, thread, files, sample.machine)),
    isFull: isBusy || files + FILES_PER_ROOM / limits.files > FILES_FULL,
  }
}

/** Looks at process and machine. Three quarters of each figure are the one before: the peak of some rooms being entered turns none away. */
export class Meter {
  readonly limits: Limits = { cores: availableParallelism(), files: fileLimit() }
  #at: Ms = performance.now()
  #cpu = process.cpuUsage()
  #machine = machineTimes()
  #thread = performance.eventLoopUtilization()
  #sample: Sample = { own: 0, machine: 0, thread: 0, openFiles: openFiles() ?? 0 }

  /** The last second or more; asked sooner, the same figures again. */
  sample(): Sample {
    const now = performance.now()
    const passed = now - this.#at
    if (passed < 1000) return this.#sample
    const used = process.cpuUsage(this.#cpu)
    const machine = machineTimes()
    const thread = performance.eventLoopUtilization()
    const before = this.#sample
    const total = machine.total - this.#machine.total
    this.#sample = {
      own: mean(before.own, (used.user + used.system) / 1000 / passed / this.limits.cores),
      machine: mean(before.machine, total > 0 ? (machine.busy - this.#machine.busy) / total : 0),
      thread: mean(before.thread, performance.eventLoopUtilization(thread, this.#thread).utilization),
      openFiles: openFiles() ?? before.openFiles,
    }
    this.#at = now
    this.#cpu = process.cpuUsage()
    this.#machine = machine
    this.#thread = thread
    return this.#sample
  }
}

const mean = (before: number, now: number) => (3 * before + now) / 4

/** Sums over all cores, in ms. */
function machineTimes(): { busy: number; total: number } {
  let busy = 0
  let idle = 0
  for (const { times } of cpus()) {
    busy += times.user + times.nice + times.sys + times.irq
    idle += times.idle
  }
  return { busy, total: busy + idle }
}

/** Linux and macOS have it; elsewhere files are no limit of ours. */
export function openFiles(): number | undefined {
  try {
    return readdirSync('/dev/fd').length
  } catch {
    return undefined
  }
}

/** The soft limit, which Node raises to the hard one when it starts. */
function fileLimit(): number {
  const report = process.report
  // Otherwise the report looks up the name of every peer.
  Object.assign(report, { excludeNetwork: true })
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  const soft = Number(userLimits?.open_files?.soft)
  return Number.isFinite(soft) && soft > 0 ? soft : Number.POSITIVE_INFINITY
}
