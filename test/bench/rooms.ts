import type { Ms } from '../../agent/units.ts'
import type { Bench, Measure } from './bench.ts'
import { Crowd } from './crowd.ts'
import type { HeardAnswer } from './hearing.ts'
import { now, pause } from './instant.ts'
import { type Load, load } from './load.ts'
import { endRoom, enter, newRoom, personToken } from './meeting.ts'
import { figure, type Row } from './report.ts'
import { LONG_ANSWER_MS } from './stand-in.ts'
import { type Kind, Subject } from './subject.ts'

const ROOMS = 20
/** All rooms must have their agent within this. */
const GATHER_MS: Ms = 45_000
const SETTLE_MS: Ms = 4000

type Figures = { idle: Load; talking: Load; answers: HeardAnswer[] }

/** Twenty rooms in one process, all answered at the same time; the subjects one after the other. */
export const rooms: Measure = {
  name: 'rooms',
  async run(bench) {
    const figures = new Map<Kind, Figures>()
    for (const kind of bench.kinds) {
      bench.tell(`rooms: ${ROOMS} with ${kind}`)
      figures.set(kind, await fill(bench, kind))
    }
    return rows(figures.get('bare'), figures.get('ours'))
  },
}

async function fill(bench: Bench, kind: Kind): Promise<Figures> {
  const { livekit } = bench
  await using subject = await Subject.start(kind, bench)
  await using crowd = await Crowd.start(bench.basics)
  await pause(2000)
  const idle = await load(subject.pid, 1000)
  const names = Array.from({ length: ROOMS }, newRoom)
  await gather(crowd, subject, names, bench)
  await pause(SETTLE_MS)
  subject.standIn.manner = 'long'
  await crowd.obey({ do: 'say', ms: 300 })
  const during = LONG_ANSWER_MS - 1000
  const [talking, listening, forwarding] = await Promise.all([
    load(subject.pid, during),
    load(crowd.pid, during),
    load(livekit.pid, during),
  ])
  const shares = [talking, listening, forwarding].map(({ cpu }) => figure(cpu, 0))
  bench.tell(`rooms: ${kind} ${shares[0]} %, the people ${shares[1]} %, LiveKit ${shares[2]} % of a core`)
  // The last of them may have been late to begin.
  await pause(5000)
  const { answers } = await crowd.obey({ do: 'judge' })
  await Promise.all(names.map(name => endRoom(livekit, name)))
  return { idle, talking, answers }
}

/** Resolves when every room has an agent that is heard; those that have none after 45 s are left so, and show in the table. */
async function gather(crowd: Crowd, subject: Subject, names: readonly string[], bench: Bench): Promise<void> {
  const { livekit } = bench
  const deadline = now() + GATHER_MS
  for (const name of names) {
    await crowd.obey({
      do: 'join',
      url: livekit.url,
      token: await personToken(livekit, name, 'ana', subject),
    })
    await enter(livekit, name, subject)
  }
  for (;;) {
    const { answers } = await subject.child.whileUp(crowd.obey({ do: 'judge' }))
    if (answers.length === ROOMS && subject.standIn.sessions.size === ROOMS) return
    if (now() > deadline) return bench.tell(`rooms: ${answers.length} of ${ROOMS} have an agent after 45 s`)
    await pause(250)
  }
}

function rows(bare: Figures | undefined, ours: Figures | undefined): Row[] {
  const show = (
    what: string,
    of: (figures: Figures) => string,
    bar: string,
    reaches: (figures: Figures) => boolean,
  ): Row => ({
    what,
    bare: bare ? of(bare) : '-',
    ours: ours ? of(ours) : '-',
    bar,
    isReached: ours && reaches(ours),
  })
  const whole = ({ answers }: Figures) =>
    answers.filter(({ lastedMs }) => lastedMs > LONG_ANSWER_MS - 200).length
  const gaps = ({ answers }: Figures) => answers.reduce((sum, answer) => sum + answer.gaps, 0)
  const gapMs = ({ answers }: Figures) => answers.reduce((sum, answer) => sum + answer.gapMs, 0)
  const cpu = ({ idle, talking, answers }: Figures) => (talking.cpu - idle.cpu) / answers.length
  const memory = ({ idle, talking, answers }: Figures) => (talking.rssMb - idle.rssMb) / answers.length
  const all = (what: string) => `${ROOMS} rooms in one process: ${what}`
  return [
    show(
      all('answers heard whole'),
      f => `${whole(f)}`,
      `${ROOMS}`,
      f => whole(f) === ROOMS,
    ),
    show(
      all('gaps in them'),
      f => `${gaps(f)} (${figure(gapMs(f), 0)} ms)`,
      '0',
      f => whole(f) === ROOMS && gaps(f) === 0,
    ),
    show(
      all('% of a core a room'),
      f => figure(cpu(f), 1),
      '6',
      f => cpu(f) <= 6,
    ),
    show(
      all('MB a room'),
      f => figure(memory(f), 1),
      '15',
      f => memory(f) <= 15,
    ),
  ]
}
