import { once } from 'node:events'
import type { Ms } from '../../agent/units.ts'
import type { Bench, Measure } from './bench.ts'
import { pause } from './instant.ts'
import { canMeasureLoad, type Load, load } from './load.ts'
import { Meeting } from './meeting.ts'
import { figure, type Row } from './report.ts'
import { LONG_ANSWER_MS } from './stand-in.ts'
import { mean } from './statistics.ts'
import { type Kind, Subject } from './subject.ts'

const IDLE_MS: Ms = 8000
/** Within the long answer, without its ends. */
const TALK_MS: Ms = LONG_ANSWER_MS - 1000
const MEETINGS = 2

type Figures = {
  /** Waiting for rooms, with none yet. */
  idle: Load
  /** In a room with one person whose open microphone is silent; one for each meeting. */
  silent: Load[]
  /** The person and the agent sound at the same time. */
  talking: Load[]
}

/** What a subject costs: waiting, in a silent room, in a room where both talk. One subject in one room at a time. */
export const room: Measure = {
  name: 'room',
  async run(bench) {
    if (!canMeasureLoad) throw new Error('only Linux tells in /proc what a process uses')
    await using stack = new AsyncDisposableStack()
    const subjects: Subject[] = []
    for (const kind of bench.kinds) subjects.push(stack.use(await Subject.start(kind, bench)))
    bench.tell('room: waiting for rooms')
    // What start-up has left to do is not what waiting costs.
    await pause(3000)
    const figures = new Map<Kind, Figures>()
    const idle = await Promise.all(subjects.map(({ pid }) => load(pid, IDLE_MS)))
    for (const [i, { kind }] of subjects.entries())
      figures.set(kind, { idle: idle[i]!, silent: [], talking: [] })
    for (let meeting = 1; meeting <= MEETINGS; meeting++) {
      for (const subject of subjects) {
        bench.tell(`room: ${subject.kind}, meeting ${meeting} of ${MEETINGS}`)
        await meet(bench, subject, figures.get(subject.kind)!)
      }
    }
    return rows(figures.get('bare'), figures.get('ours'))
  },
}

async function meet({ livekit }: Bench, subject: Subject, { silent, talking }: Figures): Promise<void> {
  await using meeting = await Meeting.start(livekit, subject)
  subject.standIn.manner = 'long'
  await pause(1500)
  silent.push(await load(subject.pid, IDLE_MS))
  const answering = once(subject.standIn, 'onset', { signal: AbortSignal.timeout(5000) })
  await Promise.all([answering, meeting.person.say(LONG_ANSWER_MS)])
  talking.push(await load(subject.pid, TALK_MS))
}

function rows(bare: Figures | undefined, ours: Figures | undefined): Row[] {
  const compare = (
    what: string,
    digits: number,
    of: (figures: Figures) => number,
    bar = '',
    most = Infinity,
  ): Row => {
    const [a, b] = [bare && of(bare), ours && of(ours)]
    return {
      what,
      bare: figure(a, digits),
      ours: figure(b, digits),
      bar,
      isReached: b === undefined ? b : b <= most,
    }
  }
  const cpu = (loads: readonly Load[], { idle }: Figures) => mean(loads.map(one => one.cpu)) - idle.cpu
  // What the first room makes a process load is counted here; what a second one leaves behind is not.
  const memory = ([first]: readonly Load[], { idle }: Figures) => (first?.rssMb ?? Number.NaN) - idle.rssMb
  return [
    compare('idle worker, MB resident', 0, ({ idle }) => idle.rssMb, '120', 120),
    compare('idle worker, MB with shared pages divided', 0, ({ idle }) => idle.pssMb),
    compare('idle worker, % of a core', 1, ({ idle }) => idle.cpu),
    compare(
      'first room, silent: % of a core more',
      1,
      f => cpu(f.silent, f),
      'less than talking',
      ours && cpu(ours.talking, ours),
    ),
    compare('first room, both talk: % of a core more', 1, f => cpu(f.talking, f)),
    compare('first room, both talk: MB more', 1, f => memory(f.talking, f)),
  ]
}
