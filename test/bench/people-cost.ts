import { once } from 'node:events'
import type { Ms } from '../../agent/units.ts'
import { now, pause } from './instant.ts'
import { canMeasureLoad, type Load, load } from './load.ts'
import { figure, own, type Row } from './report.ts'
import { REST_MS, type Sitting } from './sitting.ts'
import { quantile, seeded } from './statistics.ts'
import type { EarEdge } from './table.ts'
import { clockBetween } from './uplink.ts'

const WORDS = 30
const WORD_MS: Ms = 120
/** A word that was not answered after this is lost. */
const PATIENCE_MS: Ms = 1_500
const LOAD_MS: Ms = 8_000

/** Hears the first person, and says nothing: what the room itself takes from one person to another. */
export const EAR = 'ear'

export type Cost = {
  clock: number
  load: Load | undefined
  /** How late 99 of 100 timers of the agent are at most. */
  lag: Ms
  /** From a word to its answer at the ear of who said it; from the word to the ear of somebody else. */
  loops: Ms[]
  floors: Ms[]
  /** What the people, LiveKit, and this program with all that it started used meanwhile, % of a core. */
  others: number[]
}

const random = seeded(7)

/** The clock, the load and the loop with everybody who is there, all microphones open and faintly noisy. */
export async function cost(sitting: Sitting, metrics: string): Promise<Cost> {
  const { table, subject, bench, uplink } = sitting
  await table.obey({ do: 'noise', on: true })
  await pause(2_000)
  await lateness(metrics)
  const from = uplink.received
  const [used, ...others] = await Promise.all(
    [subject.pid, table.pid, bench.livekit.pid, process.pid].map(pid =>
      canMeasureLoad ? load(pid, LOAD_MS) : pause(LOAD_MS),
    ),
  )
  const found: Cost = {
    clock: 0,
    load: used || undefined,
    lag: await lateness(metrics),
    loops: [],
    floors: [],
    others: others.map(one => (one ? one.cpu : Number.NaN)),
  }
  subject.standIn.manner = 'echo'
  for (let word = 0; word < WORDS; word++) {
    await loop(sitting, found)
    await pause(REST_MS + 20 * random())
  }
  subject.standIn.manner = 'silent'
  found.clock = clockBetween(from, uplink.received)
  await table.obey({ do: 'noise', on: false })
  return found
}

/** A word that is answered at once. Lost words count for nothing here: they show in how many there are. */
async function loop({ table, subject }: Sitting, { loops, floors }: Cost): Promise<void> {
  const first = new Map<string, Ms>()
  const add = ({ who, isTone, at }: EarEdge) => {
    if (isTone && (who === 'p0' || who === EAR) && !first.has(who)) first.set(who, at)
  }
  table.on('edge', add)
  const deadline = now() + PATIENCE_MS
  const answered = once(subject.standIn, 'onset', { signal: AbortSignal.timeout(PATIENCE_MS) })
  try {
    const [said] = await Promise.all([table.obey({ do: 'tone', who: 'p0', ms: WORD_MS }), answered])
    while (first.size < 2 && now() < deadline) await pause(5)
    const [answer, word] = [first.get('p0'), first.get(EAR)]
    if (answer !== undefined) loops.push(answer - said)
    if (word !== undefined) floors.push(word - said)
  } catch {
    // It was not answered.
  } finally {
    table.off('edge', add)
  }
}

/** How late the agent's timers were since it was asked last. */
async function lateness(metrics: string): Promise<Ms> {
  const text = await (await fetch(metrics)).text()
  const found = /^\w*event_loop_lag_p99_seconds(?:\{[^}]*\})? ([\d.e+-]+)$/m.exec(text)
  return 1000 * Number(found?.[1] ?? Number.NaN)
}

export function costRows(costs: ReadonlyMap<number, Cost>, tell: (line: string) => void): Row[] {
  const both = [...costs]
  const [one, many] = [both[0]![1], both.at(-1)![1]]
  const counts = both.map(([count]) => count).join(' and ')
  const each = (of: (cost: Cost) => number | undefined, digits: number) =>
    both.map(([, cost]) => figure(of(cost), digits)).join(', ')
  for (const [count, { others }] of both)
    tell(
      `with ${count} the people used ${figure(others[0], 0)} %, LiveKit ${figure(others[1], 0)} %, ` +
        `all of this together ${figure(others[2], 0)} % of a core`,
    )
  const p95 = ({ loops }: Cost) => quantile(loops, 0.95)
  const isWhole = both.every(([, { loops }]) => loops.length === WORDS)
  return [
    own(
      `${counts} people: answered words`,
      both.map(([, { loops }]) => `${loops.length} of ${WORDS}`).join(', '),
      'all',
      isWhole,
    ),
    own(
      `${counts} people: loop, p50 ms`,
      each(({ loops }) => quantile(loops, 0.5), 0),
    ),
    own(`${counts} people: loop, p95 ms`, each(p95, 0), '+ 20 ms', p95(many) < p95(one) + 20),
    own(
      `${counts} people: from one person to another without the agent, p95 ms`,
      each(({ floors }) => quantile(floors, 0.95), 0),
    ),
    own(
      `${counts} people, all microphones open: % of a core`,
      each(cost => cost.load?.cpu, 1),
    ),
    own(
      `${counts} people: MB resident`,
      each(cost => cost.load?.rssMb, 0),
    ),
    own(
      `${counts} people: event loop late, p99 ms`,
      each(({ lag }) => lag, 1),
    ),
  ]
}
