import { once } from 'node:events'
import type { Ms } from '../../agent/units.ts'
import type { Bench, Measure } from './bench.ts'
import { type HeardAnswer, judgeAnswer } from './hearing.ts'
import { pause } from './instant.ts'
import { Meeting } from './meeting.ts'
import { type Heard, type Probe, RATE } from './probe.ts'
import { figure, type Row } from './report.ts'
import { LONG_ANSWER_MS } from './stand-in.ts'
import { median, quantile, seeded } from './statistics.ts'
import { type Kind, Subject } from './subject.ts'

/**
 * Between a room's stages lie clocks of 10 and 20 ms whose phases are drawn once a session: within one session every word takes the
 * same time to 2 ms, and between two it differs by up to 40. So many short sessions tell more than a few long ones: with four, the
 * medians of two runs of one program were 20 ms apart.
 */
const SESSIONS = 12
/** The long answer and the interruptions, which take their time, are in every third. */
const LONG_EVERY = 3
const ANSWERS = SESSIONS / LONG_EVERY
/** The jitter buffers begin wide, and get narrower only while somebody talks: the first words of a session are said for them alone. */
const FIRST_WORDS = 3
const ECHOES = 5
const INTERRUPTIONS = 5
/** What a trial waits for longer than this is lost, and counted. */
const PATIENCE_MS: Ms = 3000
const WORD_MS: Ms = 120
/** Between two words to the same subject there is a silence of at least this, so that the second is one. */
const REST_MS: Ms = 80
/** After an interruption, how long the ear is watched for sound that comes all the same. */
const WATCH_MS: Ms = 300

type Figures = {
  uplinks: Ms[]
  downlinks: Ms[]
  loops: Ms[]
  silences: Ms[]
  clocks: number[]
  answers: HeardAnswer[]
  lost: number
}

const none = (): Figures => ({
  uplinks: [],
  downlinks: [],
  loops: [],
  silences: [],
  clocks: [],
  answers: [],
  lost: 0,
})

const random = seeded(2)

/** Mouth to ear: both subjects are in rooms at once, and take turns word by word. */
export const latency: Measure = {
  name: 'latency',
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const subjects: Subject[] = []
    for (const kind of bench.kinds) subjects.push(stack.use(await Subject.start(kind, bench)))
    const figures = new Map<Kind, Figures>()
    for (const { kind } of subjects) figures.set(kind, none())
    for (let session = 1; session <= SESSIONS; session++) {
      bench.tell(`latency: session ${session} of ${SESSIONS}`)
      const inTurn = session % 2 === 1 ? subjects : subjects.toReversed()
      await holdSession(bench, inTurn, figures, session % LONG_EVERY === 1)
    }
    return rows(figures.get('bare'), figures.get('ours'))
  },
}

async function holdSession(
  { livekit }: Bench,
  subjects: readonly Subject[],
  figures: ReadonlyMap<Kind, Figures>,
  isLong: boolean,
): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const meetings: Meeting[] = []
  for (const subject of subjects) meetings.push(stack.use(await Meeting.start(livekit, subject)))
  const of = ({ subject }: Meeting) => figures.get(subject.kind)!
  if (isLong) await Promise.all(meetings.map(meeting => hearLongAnswer(meeting, of(meeting))))
  for (let i = 0; i < FIRST_WORDS; i++) for (const meeting of meetings) await trial(meeting, none(), hearEcho)
  for (let i = 0; i < ECHOES; i++) for (const meeting of meetings) await trial(meeting, of(meeting), hearEcho)
  if (!isLong) return
  for (let i = 0; i < INTERRUPTIONS; i++)
    for (const meeting of meetings) await trial(meeting, of(meeting), interrupt)
}

type Trial = (meeting: Meeting, figures: Figures, signal: AbortSignal) => Promise<void>

async function trial(meeting: Meeting, figures: Figures, run: Trial): Promise<void> {
  await run(meeting, figures, AbortSignal.timeout(PATIENCE_MS)).catch(() => figures.lost++)
  // Never the same, so that words begin at every phase of the packets.
  await pause(REST_MS + random() * 20)
}

async function hearEcho({ person, subject }: Meeting, figures: Figures, signal: AbortSignal): Promise<void> {
  subject.standIn.manner = 'echo'
  const arriving = once(subject.standIn, 'onset', { signal })
  const hearing = heard(person, ({ isTone }) => isTone, signal)
  const [said, [arrived], begun] = await Promise.all([person.say(WORD_MS), arriving, hearing])
  figures.uplinks.push(arrived - said)
  figures.downlinks.push(begun.at - arrived)
  figures.loops.push(begun.at - said)
  await heard(person, ({ isTone }) => !isTone, signal)
}

async function interrupt({ person, subject }: Meeting, figures: Figures, signal: AbortSignal): Promise<void> {
  subject.standIn.manner = 'interrupted'
  await Promise.all([heard(person, ({ isTone }) => isTone, signal), person.say(WORD_MS)])
  await pause(300 + random() * 100)
  const sending = once(subject.standIn, 'interrupted', { signal })
  await person.say(WORD_MS)
  const [sent] = await sending
  const edges = await listen(person, WATCH_MS)
  const last = edges.at(-1)
  if (last === undefined || last.isTone) throw new Error('it did not fall silent')
  figures.silences.push(last.at - sent)
}

async function hearLongAnswer({ person, session, subject }: Meeting, figures: Figures): Promise<void> {
  subject.standIn.manner = 'long'
  const from = session.received
  const listening = listen(person, LONG_ANSWER_MS + 1500)
  await person.say(WORD_MS)
  figures.answers.push(judgeAnswer(await listening, RATE))
  const to = session.received
  figures.clocks.push((to.samples - from.samples) / (16 * (to.at - from.at)))
}

/** Everything the person hears begin and end within `ms`. */
async function listen(person: Probe, ms: Ms): Promise<Heard[]> {
  const edges: Heard[] = []
  const add = (edge: Heard) => void edges.push(edge)
  person.on('heard', add)
  await pause(ms)
  person.off('heard', add)
  return edges
}

/** The first edge for which `is` holds. @throws what `signal` says when it fires before. */
function heard(person: Probe, is: (edge: Heard) => boolean, signal: AbortSignal): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const look = (edge: Heard) => {
      if (!is(edge)) return
      stop()
      resolve(edge)
    }
    const giveUp = () => {
      stop()
      reject(signal.reason)
    }
    const stop = () => {
      person.off('heard', look)
      signal.removeEventListener('abort', giveUp)
    }
    person.on('heard', look)
    signal.addEventListener('abort', giveUp, { once: true })
  })
}

function rows(bare: Figures | undefined, ours: Figures | undefined): Row[] {
  const compare = (
    what: string,
    of: (figures: Figures) => number,
    bar = '',
    limit = (bareFigure: number) => bareFigure,
  ) => {
    const [a, b] = [bare && of(bare), ours && of(ours)]
    const isReached = a === undefined || b === undefined ? undefined : b <= limit(a)
    return { what, bare: figure(a, 0), ours: figure(b, 0), bar, isReached }
  }
  const own = (
    what: string,
    show: (figures: Figures) => string,
    bar = '',
    reaches = (_: Figures) => true,
  ) => {
    const isReached = ours && reaches(ours)
    return { what, bare: bare ? show(bare) : '-', ours: ours ? show(ours) : '-', bar, isReached }
  }
  const gaps = ({ answers }: Figures) => answers.reduce((sum, answer) => sum + answer.gaps, 0)
  const gapMs = ({ answers }: Figures) => answers.reduce((sum, answer) => sum + answer.gapMs, 0)
  const lasted = ({ answers }: Figures) => median(answers.map(answer => answer.lastedMs)) / 1000
  const clock = ({ clocks }: Figures) =>
    clocks.toSorted((a, b) => Math.abs(b - 1) - Math.abs(a - 1))[0] ?? Number.NaN
  return [
    compare('tone in the room to Live session, p50 ms', ({ uplinks }) => median(uplinks)),
    compare('Live session to ear, p50 ms', ({ downlinks }) => median(downlinks)),
    compare(
      'loop, p50 ms',
      ({ loops }) => median(loops),
      'bare + 10 %',
      bareMs => bareMs * 1.1,
    ),
    compare('loop, p95 ms', ({ loops }) => quantile(loops, 0.95)),
    compare(
      '`interrupted` to silence, p50 ms',
      ({ silences }) => median(silences),
      'bare + 15 ms',
      bareMs => bareMs + 15,
    ),
    own(
      'words that were answered',
      f => `${f.loops.length + f.silences.length} of ${f.loops.length + f.silences.length + f.lost}`,
      'all',
      f => f.lost === 0,
    ),
    own(
      `gaps in ${ANSWERS} answers of 10 s sent at 4x`,
      f => `${gaps(f)} (${figure(gapMs(f), 0)} ms)`,
      '0',
      f => gaps(f) === 0 && lasted(f) > 9.8,
    ),
    own('such an answer lasts, s', f => figure(lasted(f), 2)),
    own(
      'stream clock over 10 s, the worst',
      f => figure(clock(f), 4),
      '1 ± 0.005',
      f => Math.abs(clock(f) - 1) <= 0.005,
    ),
  ]
}
