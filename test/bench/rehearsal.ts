import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ms } from '../../agent/units.ts'
import { freePort } from '../e2e/livekit.ts'
import type { Measure } from './bench.ts'
import { Child } from './child.ts'
import { pause } from './instant.ts'
import { canMeasureLoad, type Load, load } from './load.ts'
import { figure, type Row } from './report.ts'
import { median, quantile } from './statistics.ts'
import { noFigures, rush, SILENCE_MS, talk } from './talkers.ts'

const SESSIONS = 50
const TALK_MS: Ms = 24_000
const ALONE = 20
const TRIES = 10_000
const AT_ONCE = 200

/** The rehearsal, pinned to one core where that can be done, with many clients that talk all the time. */
export const rehearsal: Measure = {
  name: 'rehearsal',
  async run({ basics, kinds, tell }) {
    if (!kinds.includes('ours')) return []
    const cache = await mkdtemp(join(tmpdir(), 'bench-'))
    try {
      const port = await freePort()
      await using server = await Child.start({
        ...onOneCore(process.execPath, [join(import.meta.dirname, '../../agent/rehearsal/main.ts')]),
        // Not in the repository: a developer's own .env must not change what is measured.
        cwd: cache,
        env: { ...basics, XDG_CACHE_HOME: cache, REHEARSAL_PORT: `${port}`, LOG_LEVEL: 'error' },
        upWhen: 'ready',
      })
      return await measure(`http://127.0.0.1:${port}`, server.pid, tell)
    } finally {
      await rm(cache, { recursive: true, force: true })
    }
  },
}

async function measure(url: string, pid: number, tell: (line: string) => void): Promise<Row[]> {
  tell('rehearsal: one session after the other')
  // The first talk is not counted: its sentences are made now, and kept.
  await talk(url, 1, 8_000, noFigures())
  const alone = noFigures()
  for (let i = 0; i < ALONE; i++) await talk(url, 1, 0, alone)
  tell(`rehearsal: ${SESSIONS} sessions`)
  const many = noFigures()
  const talking = talk(url, SESSIONS, TALK_MS, many)
  const used: Load | undefined = canMeasureLoad ? await load(pid, TALK_MS * 0.8) : undefined
  await talking
  tell(`rehearsal: ${TRIES} connections`)
  const storm = await rush(url, TRIES, AT_ONCE)
  await pause(300)
  const after = noFigures()
  await talk(url, 1, 0, after)
  const late = many.spare.filter(ms => ms < 0).length
  const beyond = quantile(many.answers, 1) - SILENCE_MS
  const lost = storm.lost + (after.setups.length === 1 ? 0 : 1)
  const row = (what: string, ours: string, bar = '', isReached?: boolean): Row => ({
    what: `Rehearsal, ${what}`,
    bare: '',
    ours,
    bar,
    isReached,
  })
  return [
    row(
      'setup to `setupComplete`, one at a time, ms (median, most)',
      `${figure(median(alone.setups), 1)}, ${figure(quantile(alone.setups, 1), 1)}`,
      '< 20',
      quantile(alone.setups, 1) < 20,
    ),
    row(
      `the same, ${SESSIONS} at one moment, ms (median, most)`,
      `${figure(median(many.setups), 1)}, ${figure(quantile(many.setups, 1), 1)}`,
      '< 20',
      quantile(many.setups, 1) < 20,
    ),
    row(
      `speech end to first chunk beyond the silence, ${SESSIONS} talking on one core, ms (median, most)`,
      `${figure(median(many.answers) - SILENCE_MS, 1)}, ${figure(beyond, 1)}`,
      '<= 30',
      beyond <= 30,
    ),
    row(
      'chunks that came later than they could be heard, the same',
      `${late} of ${many.spare.length}`,
      '0',
      late === 0,
    ),
    row('CPU of the core, the same, %', figure(used?.cpu, 0)),
    row('memory, the same, MB', figure(used?.rssMb, 0)),
    row(
      `${TRIES} connections tried: let in, refused, lost`,
      `${storm.taken}, ${storm.refused}, ${storm.lost}`,
      '0 lost',
      lost === 0,
    ),
  ]
}

/** Linux alone can pin a program. */
function onOneCore(command: string, args: readonly string[]) {
  return process.platform === 'linux'
    ? { command: 'taskset', args: ['-c', '0', command, ...args] }
    : { command, args }
}
