import { once } from 'node:events'
import type { Ms } from '../../agent/units.ts'
import type { Measure } from './bench.ts'
import { judgeAnswer } from './hearing.ts'
import { now, pause } from './instant.ts'
import { Meeting } from './meeting.ts'
import { type Heard, RATE } from './probe.ts'
import { figure, type Row } from './report.ts'
import { LONG_ANSWER_MS, type Session } from './stand-in.ts'
import { median, quantile } from './statistics.ts'
import { Subject } from './subject.ts'

const TRIALS = 8
const WORD_MS: Ms = 200
/** Whatever takes longer has failed. */
const PATIENCE_MS: Ms = 15_000
/** A session must have lived for a while, or its loss is taken for a part of the one before. */
const SOUND_MS: Ms = 10_500
const OUTAGES: readonly Ms[] = [3_000, 5_000]
const WORDS = 6

/** What people notice of connections that end: the bare bridge, like the frameworks, goes silent at the first, so only ours is measured. */
export const session: Measure = {
  name: 'session',
  async run(bench) {
    if (!bench.kinds.includes('ours')) return []
    await using subject = await Subject.start('ours', bench)
    await using meeting = await Meeting.start(bench.livekit, subject)
    const rows: Row[] = []
    bench.tell('session: cuts')
    const cuts = await times(TRIALS, () => cutInWord(meeting))
    rows.push(row('a cut in mid-word to hearing the agent answer it, p50 ms', figure(median(cuts), 0)))
    rows.push(row('the same, p95 ms', figure(quantile(cuts, 0.95), 0), '1000', quantile(cuts, 0.95) <= 1000))
    bench.tell('session: goAway')
    const switches = await times(TRIALS, () => goAway(meeting))
    rows.push(row('goAway to the next session, nobody talks, p50 ms', figure(median(switches), 0)))
    const { answer, switchedMs } = await goAwayInAnswer(meeting)
    rows.push(
      row(
        'goAway in an answer of 10 s: heard of it, s',
        figure(answer.lastedMs / 1000, 2),
        '> 9.8',
        answer.lastedMs > 9_800,
      ),
      row('the same: goAway to the next session, s', figure(switchedMs / 1000, 2)),
    )
    for (const outageMs of OUTAGES) {
      bench.tell(`session: away for ${outageMs / 1000} s`)
      const heard = await talkThrough(meeting, outageMs)
      rows.push(
        row(
          `words heard of ${WORDS} said through an outage of ${outageMs / 1000} s`,
          `${heard}`,
          `${WORDS}`,
          heard === WORDS,
        ),
      )
    }
    return rows
  },
}

/** The connection breaks while somebody says a word: how long until they hear the answer to it. */
async function cutInWord({ person, subject }: Meeting): Promise<Ms> {
  const { standIn } = subject
  await pause(SOUND_MS)
  standIn.manner = 'silent'
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const onset = once(standIn, 'onset', { signal })
  await person.say(WORD_MS)
  await onset
  standIn.manner = 'echo'
  const answered = heard(person, signal)
  newest(standIn.sessions).cut()
  const cutAt = now()
  return (await answered).at - cutAt
}

async function goAway({ subject: { standIn } }: Meeting): Promise<Ms> {
  standIn.manner = 'silent'
  await pause(1_500)
  return switched(standIn, () => newest(standIn.sessions).goAway(50_000))
}

/** goAway comes two seconds into an answer that is sent faster than it is spoken. */
async function goAwayInAnswer({ person, subject: { standIn } }: Meeting) {
  await pause(1_500)
  standIn.manner = 'long'
  const edges: Heard[] = []
  const add = (edge: Heard) => void edges.push(edge)
  person.on('heard', add)
  await person.say(WORD_MS)
  await pause(2_000)
  const switching = switched(standIn, () => newest(standIn.sessions).goAway(50_000))
  await pause(LONG_ANSWER_MS)
  person.off('heard', add)
  return { answer: judgeAnswer(edges, RATE), switchedMs: await switching }
}

/**
 * Six words, a second apart; after the answer to the second the service is away. How often a word arrived, over all connections: one
 * that was not answered would rightly be said again, for it is lost with the session that heard it.
 */
async function talkThrough({ person, subject: { standIn } }: Meeting, outageMs: Ms): Promise<number> {
  await pause(SOUND_MS)
  standIn.manner = 'patient'
  let onsets = 0
  const count = () => void onsets++
  standIn.on('onset', count)
  let back: NodeJS.Timeout | undefined
  for (let word = 1; word <= WORDS; word++) {
    const answer = word === 2 ? heard(person, AbortSignal.timeout(PATIENCE_MS)) : undefined
    await person.say(WORD_MS)
    await pause(1_000)
    if (answer === undefined) continue
    await answer
    standIn.isAway = true
    newest(standIn.sessions).cut()
    back = setTimeout(() => (standIn.isAway = false), outageMs)
  }
  await pause(outageMs + 2_000)
  clearTimeout(back)
  standIn.isAway = false
  standIn.off('onset', count)
  return onsets
}

async function switched(standIn: Subject['standIn'], act: () => void): Promise<Ms> {
  const before = newest(standIn.sessions)
  const signal = AbortSignal.timeout(PATIENCE_MS)
  act()
  const at = now()
  while (standIn.sessions.size === 0 || newest(standIn.sessions) === before)
    await once(standIn, 'sessions', { signal })
  return now() - at
}

async function heard(person: Meeting['person'], signal: AbortSignal): Promise<Heard> {
  for (;;) {
    const [edge] = await once(person, 'heard', { signal })
    if (edge.isTone) return edge
  }
}

async function times(count: number, trial: () => Promise<Ms>): Promise<Ms[]> {
  const all: Ms[] = []
  for (let i = 0; i < count; i++) all.push(await trial())
  return all
}

function newest(sessions: ReadonlySet<Session>): Session {
  const last = [...sessions].at(-1)
  if (last === undefined) throw new Error('no session is open')
  return last
}

function row(what: string, ours: string, bar = '', isReached?: boolean): Row {
  return { what, bare: '-', ours, bar, isReached }
}
