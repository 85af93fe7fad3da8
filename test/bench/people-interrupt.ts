import { once } from 'node:events'
import type { Ms } from '../../agent/units.ts'
import { pause } from './instant.ts'
import { figure, own, type Row } from './report.ts'
import { REST_MS, type Sitting } from './sitting.ts'
import { median, quantile, seeded } from './statistics.ts'
import type { EarEdge } from './table.ts'

/** They all listen; each interrupts in turn, so that two of three times it is not who spoke last. */
const PEOPLE = ['p0', 'p1', 'p2'] as const
const TRIALS = 9
const WORD_MS: Ms = 120
const PATIENCE_MS: Ms = 3_000
/** After an interruption, how long the ears are watched for sound that comes all the same. */
const WATCH_MS: Ms = 350

export type Interruptions = {
  /** From `interrupted` to the last sound, at each ear. */
  silences: Ms[]
  /** From the word that interrupts to the stand-in's `interrupted`, of who spoke last and of another. */
  bySame: Ms[]
  byAnother: Ms[]
  /** Sounds that came after the silence had begun. */
  stale: number
  lost: number
}

const random = seeded(3)

/** Somebody asks, and somebody interrupts the answer, which all of them hear. */
export async function interruptions(sitting: Sitting): Promise<Interruptions> {
  const found: Interruptions = { silences: [], bySame: [], byAnother: [], stale: 0, lost: 0 }
  for (let trial = 0; trial < TRIALS; trial++) {
    const asker = PEOPLE[trial % PEOPLE.length]!
    const other = PEOPLE[(trial + Math.floor(trial / PEOPLE.length)) % PEOPLE.length]!
    await interrupt(sitting, asker, other, found).catch(() => {
      found.lost++
      sitting.subject.standIn.newest?.stop()
    })
    await pause(REST_MS)
  }
  sitting.subject.standIn.manner = 'silent'
  return found
}

async function interrupt(
  sitting: Sitting,
  asker: string,
  other: string,
  found: Interruptions,
): Promise<void> {
  const { table, subject } = sitting
  const { standIn } = subject
  const signal = AbortSignal.timeout(PATIENCE_MS)
  standIn.manner = 'interrupted'
  const answered = once(standIn, 'onset', { signal })
  await Promise.all([answered, table.obey({ do: 'tone', who: asker, ms: WORD_MS })])
  await pause(500 + random() * 100)
  const edges: EarEdge[] = []
  const add = (edge: EarEdge) => void edges.push(edge)
  table.on('edge', add)
  try {
    const told = once(standIn, 'interrupted', { signal })
    const [said, [at]] = await Promise.all([table.obey({ do: 'tone', who: other, ms: WORD_MS }), told])
    await pause(WATCH_MS)
    const by = other === asker ? found.bySame : found.byAnother
    by.push(at - said)
    for (const who of PEOPLE) {
      const heard = edges.filter(edge => edge.who === who && edge.at > at)
      const last = heard.at(-1)
      if (last === undefined || last.isTone) throw new Error(`${who} heard no end`)
      found.silences.push(last.at - at)
      found.stale += heard.filter(({ isTone }) => isTone).length
    }
  } finally {
    table.off('edge', add)
  }
}

export function interruptionRows(bare: Interruptions | undefined, ours: Interruptions): Row[] {
  const p50 = (found: Interruptions | undefined) => found && median(found.silences)
  const p95 = (found: Interruptions | undefined) => found && quantile(found.silences, 0.95)
  const [floor, silence] = [p50(bare), median(ours.silences)]
  const same = median(ours.bySame)
  const another = median(ours.byAnother)
  return [
    {
      what: '`interrupted` to silence at each of 3 ears, p50 ms',
      bare: figure(floor, 0),
      ours: figure(silence, 0),
      bar: 'bare + 15 ms',
      isReached: floor === undefined ? undefined : silence <= floor + 15,
    },
    {
      what: '`interrupted` to silence at each of 3 ears, p95 ms',
      bare: figure(p95(bare), 0),
      ours: figure(p95(ours), 0),
      bar: '',
      isReached: undefined,
    },
    {
      what: 'sounds of the answer after that silence',
      bare: `${bare?.stale ?? '-'}`,
      ours: `${ours.stale}`,
      bar: '0',
      isReached: ours.stale === 0,
    },
    own('interruptions that were obeyed', `${TRIALS - ours.lost} of ${TRIALS}`, 'all', ours.lost === 0),
    own(
      'word to `interrupted`: of who spoke last, of another, p50 ms',
      `${figure(same, 0)}, ${figure(another, 0)}`,
      '+ 15 ms',
      another <= same + 15,
    ),
  ]
}
