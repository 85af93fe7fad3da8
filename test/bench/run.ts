import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { startLiveKit } from '../e2e/livekit.ts'
import type { Bench, Measure } from './bench.ts'
import { camera } from './camera.ts'
import { joining } from './joining.ts'
import { latency } from './latency.ts'
import { Bystanders, canMeasureLoad } from './load.ts'
import { describeMachine, describeQuiet } from './machine.ts'
import { manners } from './manners.ts'
import { peers } from './peers.ts'
import { people } from './people.ts'
import { rehearsal } from './rehearsal.ts'
import { type Row, table } from './report.ts'
import { room } from './room.ts'
import { rooms } from './rooms.ts'
import { session } from './session.ts'
import { start } from './start.ts'

const measures: readonly Measure[] = [
  latency,
  session,
  peers,
  room,
  rooms,
  people,
  camera,
  manners,
  joining,
  start,
  rehearsal,
]

/**
 * Runs all measures, or those that `--only` names, prints the table, and resolves with the exit code: 0 when all was
 * measured and reached. `--bare` leaves ours out.
 */
export async function runBench(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string', multiple: true }, bare: { type: 'boolean' } },
  })
  const chosen = measures.filter(({ name }) => values.only?.includes(name) ?? true)
  if (chosen.length < (values.only?.length ?? 0)) {
    console.error(`--only takes one of ${measures.map(({ name }) => name).join(', ')}`)
    return 2
  }
  const began = performance.now()
  const tell = (line: string) => console.error(`${Math.round((performance.now() - began) / 1000)} s  ${line}`)
  const bystanders = canMeasureLoad ? new Bystanders() : undefined
  await using livekit = await startLiveKit()
  const bench: Bench = {
    livekit,
    kinds: values.bare ? ['bare'] : ['bare', 'ours'],
    basics: { PATH: env.PATH ?? '', HOME: env.HOME ?? tmpdir() },
    tell,
  }
  const rows: Row[] = []
  let isWhole = true
  for (const { name, run } of chosen) {
    try {
      rows.push(...(await run(bench)))
    } catch (thrown) {
      isWhole = false
      tell(`${name} could not be measured: ${wordsOf(thrown)}`)
    }
  }
  console.log(`${await describeMachine(env)}\n`)
  if (bystanders !== undefined) console.log(`${describeQuiet(bystanders)}\n`)
  console.log(table(rows))
  tell('done')
  return isWhole && rows.every(({ isReached }) => isReached !== false) ? 0 : 1
}

function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  return thrown.cause === undefined ? thrown.message : `${thrown.message}: ${wordsOf(thrown.cause)}`
}
