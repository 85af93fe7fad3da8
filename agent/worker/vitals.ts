import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Ms } from '../units.ts'
import type { Fitness } from './health.ts'
import type { Metric } from './metrics.ts'
import type { Phase } from './phase.ts'

/** What there is to tell of a worker at one moment. */
export type Vitals = {
  phase: Phase
  isDraining: boolean
  /** What is wrong with the process, in a sentence. */
  ailment: string | undefined
  /** Rooms we are in. */
  rooms: number
  /** Rooms promised, and not entered yet. */
  coming: number
  load: number
  isFull: boolean
  openFiles: number
  /** What each room's conversation has used of the model so far. */
  usage: readonly { room: string; turns: number; inputTokens: number; outputTokens: number; usd: number }[]
  counts: readonly (readonly [name: string, count: number])[]
}

/** So many rooms are told of one by one; the sum of all is in /metrics. */
const MOST_LISTED = 100

/** A worker is fit while LiveKit knows it and it takes rooms, or would if it were not full. */
export function fitness({
  phase,
  isDraining,
  ailment,
  rooms,
  load,
  isFull,
  usage,
}: Vitals): Fitness & Record<string, unknown> {
  const used = usage.slice(0, MOST_LISTED).map(one => ({ ...one, usd: Math.round(one.usd * 1e4) / 1e4 }))
  const facts = { rooms, load: round(load), isFull, usage: used }
  if (isDraining) return { isFit: false, because: 'The worker is leaving its rooms and ends', ...facts }
  if (ailment !== undefined) return { isFit: false, because: ailment, ...facts }
  if (phase.at === 'registered') return { isFit: true, ...phase.as, ...facts }
  const because = phase.at === 'waiting' ? phase.why.message : `The worker is ${phase.at}`
  return { isFit: false, because, ...facts }
}

/** The figures behind /metrics; every count of the conversations is among them, as a counter. */
export function figures(vitals: Vitals, lagMs: Ms): Metric[] {
  const gauge = (name: string, value: number, help: string): Metric => ({ name, kind: 'gauge', value, help })
  return [
    gauge('worker_registered', vitals.phase.at === 'registered' ? 1 : 0, '1 while LiveKit knows this worker'),
    gauge('worker_rooms', vitals.rooms, 'Rooms this worker is in'),
    gauge('worker_rooms_coming', vitals.coming, 'Rooms promised and not entered yet'),
    gauge('worker_load', round(vitals.load), 'What LiveKit chooses workers by; below 0.7'),
    gauge('worker_full', vitals.isFull ? 1 : 0, '1 while the worker takes no further room'),
    gauge('process_resident_memory_bytes', process.memoryUsage.rss(), 'Memory of the process'),
    gauge('process_open_fds', vitals.openFiles, 'Open files and sockets'),
    gauge('event_loop_lag_p99_seconds', lagMs / 1000, '99 of 100 timers since the last look were no later'),
    ...vitals.counts.map(([name, value]): Metric => ({ name: `${name}_total`, kind: 'counter', value })),
  ]
}

const round = (value: number) => Math.round(value * 1000) / 1000

/** How late timers are. Twenty looks a second cost nothing that can be measured. */
export class Lag {
  readonly #delays = monitorEventLoopDelay({ resolution: LOOK_MS })

  constructor() {
    this.#delays.enable()
  }

  /** 99 of 100 were no later than this, in ms, since it was last asked. */
  sinceLast(): Ms {
    const late = this.#delays.percentile(99) / 1e6 - LOOK_MS
    this.#delays.reset()
    return Math.max(0, late)
  }

  close(): void {
    this.#delays.disable()
  }
}

const LOOK_MS: Ms = 50
