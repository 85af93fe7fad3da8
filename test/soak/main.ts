/**
 * `npm run soak [-- --hours 24] [-- --minutes 30]`: one conversation that lasts and lasts, with connections that end by age and by
 * every fault there is. Hours pass as fast as the machine can, minutes in their own time. Exit code 0: no word was lost or doubled,
 * and memory was flat.
 */
import { parseArgs } from 'node:util'
import { type Clock, systemClock } from '../../agent/clock.ts'
import type { Fault } from '../../agent/rehearsal/scenario/scenario.ts'
import { seeded } from '../../agent/rehearsal/turns/pacing.ts'
import type { Ms } from '../../agent/units.ts'
import { Listener } from '../agent/live/chaos/listener.ts'
import { type Deed, STEP_MS, sentence, Table } from '../agent/live/chaos/table.ts'
import { Time } from '../agent/live/chaos/time.ts'

const MINUTE_MS: Ms = 60_000
/** While nobody talks, sound goes in longer pieces: a day has 4 million steps of 20 ms. */
const QUIET_STEP_MS: Ms = 500
/** What was said is answered by then, and what went wrong has been noticed, ms. */
const CALM_MS: Ms = 15_000
/** What a heap may grow by from the tenth part of the time to its end, and be called flat, MB. */
const FLAT_MB = 8

const faults: readonly Fault[] = [
  { fault: 'CUT' },
  { fault: 'CLOSE', code: 1011, reason: 'Internal error encountered.' },
  { fault: 'CLOSE', code: 1000, reason: '' },
  { fault: 'CLOSE', code: 1007, reason: 'Request contains an invalid argument.' },
  { fault: 'GO_AWAY', ms: 6_000 },
  { fault: 'RAW' },
  { fault: 'MUTE' },
  { fault: 'FORGET' },
]

const { values } = parseArgs({ options: { hours: { type: 'string' }, minutes: { type: 'string' } } })
const isReal = values.minutes !== undefined
const lengthMs = isReal ? Number(values.minutes) * MINUTE_MS : Number(values.hours ?? 24) * 60 * MINUTE_MS

/** A sentence in each stretch, and something that goes wrong in every third. */
function script(stretchMs: Ms): Deed[] {
  const random = seeded(7)
  const deeds: Deed[] = []
  const count = Math.floor(lengthMs / stretchMs)
  for (let i = 0; i < count; i++) {
    const at = i * stretchMs + Math.round((random() * stretchMs) / 3 / STEP_MS) * STEP_MS
    deeds.push(...sentence(at, 1 + ((i * 5) % 40), 1 + (i % 5)).deeds)
    if (i % 3 !== 0) continue
    const when = at + Math.round((random() * 5_000) / STEP_MS) * STEP_MS
    if (i % 2 === 0) deeds.push({ at: when, outageMs: 100 + Math.round(random() * 4_900) })
    else deeds.push({ at: when, fault: faults[i % faults.length]! })
  }
  return deeds
}

const time = new Time()
const clock: Clock = isReal ? systemClock : time
/** Lets `ms` pass; in its own time, the next step is due when the last is over, whatever that took. */
let due = clock.now()
async function pass(ms: Ms): Promise<void> {
  due += ms
  if (!isReal) return time.step(ms)
  await new Promise(resolve => setTimeout(resolve, Math.max(0, due - clock.now())))
}

function heapMb(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1e6
}

// Connections live ten minutes; in half an hour of real time they are to end often too.
const listener = await Listener.start(clock, { timeScale: isReal ? 20 : 1, sessions: 5 })
const table = await Table.lay('soak', clock, listener, script(isReal ? 10_000 : MINUTE_MS))
const began = performance.now()
const bornAt = clock.now()
const heaps: number[] = []
const parts = 24
let passed: Ms = 0
let calmAt: Ms = 0
while (passed < lengthMs + 20_000) {
  if (table.isBusyWithin(3_000) || table.supervisor.phase.at !== 'live') calmAt = clock.now() + CALM_MS
  const ms = isReal || clock.now() < calmAt ? STEP_MS : QUIET_STEP_MS
  table.step(ms)
  await pass(ms)
  passed = clock.now() - bornAt
  if (passed < ((heaps.length + 1) * lengthMs) / parts) continue
  heaps.push(heapMb())
  const { sockets, alarms } = table.holds
  const { lost, doubled } = table.account()
  console.log(
    `${((passed / lengthMs) * 100).toFixed(0).padStart(3)} %  heap ${heaps.at(-1)!.toFixed(1)} MB  rss ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB  sockets ${sockets}  alarms ${alarms}  sessions ${table.stats.get('live_sessions')}  losses ${table.stats.get('live_losses')}  doubled ${doubled.length}  not yet answered ${lost.length}`,
  )
}
const { lost, doubled } = table.account()
const left = await table.close(() => pass(STEP_MS))
await listener[Symbol.asyncDispose]()
const growth = heaps.at(-1)! - heaps[Math.floor(parts / 10)]!
const isWell = lost.length + doubled.length === 0 && left.sockets + left.alarms === 0 && growth < FLAT_MB
console.log(
  `${isReal ? `${lengthMs / MINUTE_MS} minutes` : `${lengthMs / 60 / MINUTE_MS} simulated hours`} in ${Math.round((performance.now() - began) / 1000)} s: ${table.stats.get('live_sessions')} sessions, words lost ${lost.length}, doubled ${doubled.length}; heap ${growth >= 0 ? '+' : ''}${growth.toFixed(1)} MB; left over: ${left.sockets} sockets, ${left.alarms} alarms`,
)
process.exitCode = isWell ? 0 : 1
