import { once } from 'node:events'
import type { Ms } from '../../agent/units.ts'
import type { Bench, Measure } from './bench.ts'
import { judgeAnswer } from './hearing.ts'
import { now, pause } from './instant.ts'
import { Meeting } from './meeting.ts'
import { installPeers } from './peers/install.ts'
import { type Heard, RATE } from './probe.ts'
import { figure, type Row } from './report.ts'
import { LONG_ANSWER_MS, type Session } from './stand-in.ts'
import { type Kind, Subject } from './subject.ts'

/** Meetings with each for each fault; their figures stand one beside the other. */
const MEETINGS = 2
/** What a connection ends with; undefined is torn down without a word. */
const CLOSES = [undefined, 1011] as const
const WORDS = 6
const WORD_MS: Ms = 200
/** From word to word: each can be answered before the next. */
const EACH_MS: Ms = 1_500
/** The connection ends in the middle of this word. */
const CUT_AT = 3
/** Of an agent that is not back then we say so. */
const PATIENCE_MS: Ms = 5_000

/** `words` of which at least one answer came before the next word; `answers` in all: more are words that were answered twice. */
type Cut = { backMs: Ms | undefined; words: number; answers: number }
type GoAway = { heardMs: Ms; switchedMs: Ms | undefined }
type Figures = { cuts: Cut[][]; goAways: GoAway[] }

/** Connections that end, with ours and with livekit-agents for JavaScript, each in a room of its own. */
export const peers: Measure = {
  name: 'peers',
  async run(bench) {
    if (!bench.kinds.includes('ours')) return []
    try {
      bench.tell('peers: fetching livekit-agents')
      installPeers()
    } catch (thrown) {
      bench.tell(`peers: skipped, livekit-agents cannot be installed: ${thrown}`)
      return []
    }
    const peer = await suffer('peer', bench)
    const ours = await suffer('ours', bench)
    const row = (what: string, of: (figures: Figures) => readonly string[]): Row => ({
      what,
      bare: '',
      ours: of(ours).join(', '),
      peer: of(peer).join(', '),
      bar: '',
      isReached: undefined,
    })
    return [
      ...CLOSES.flatMap((code, i) => {
        const close = `${code ?? 1006} in the middle of word ${CUT_AT} of ${WORDS}`
        return [
          row(`${close}: the agent is heard again after, s`, ({ cuts }) =>
            cuts[i]!.map(({ backMs }) => seconds(backMs)),
          ),
          row('the same: words answered; answers', ({ cuts }) =>
            cuts[i]!.map(({ words, answers }) => `${words}; ${answers}`),
          ),
        ]
      }),
      row('goAway in an answer of 10 s: heard of it, s', ({ goAways }) =>
        goAways.map(({ heardMs }) => seconds(heardMs)),
      ),
      row('the same: goAway to the next session, s', ({ goAways }) =>
        goAways.map(({ switchedMs }) => seconds(switchedMs)),
      ),
    ]
  },
}

async function suffer(kind: Kind, bench: Bench): Promise<Figures> {
  await using subject = await Subject.start(kind, bench)
  const meet = async <T>(fault: (meeting: Meeting) => Promise<T>): Promise<T[]> => {
    const all: T[] = []
    for (let i = 0; i < MEETINGS; i++) {
      await using meeting = await Meeting.start(bench.livekit, subject)
      await pause(1_000)
      all.push(await fault(meeting))
      bench.tell(`peers: ${kind}, ${JSON.stringify(all.at(-1))}`)
    }
    return all
  }
  const cuts: Cut[][] = []
  for (const code of CLOSES) cuts.push(await meet(meeting => talkThrough(meeting, code)))
  return { cuts, goAways: await meet(goAwayInAnswer) }
}

/** Six words, each answered when it is over; the connection ends in the middle of the third. */
async function talkThrough(
  { person, subject: { standIn } }: Meeting,
  code: number | undefined,
): Promise<Cut> {
  standIn.manner = 'patient'
  const said: Ms[] = []
  const answers: Ms[] = []
  const add = ({ isTone, at }: Heard) => void (isTone && answers.push(at))
  person.on('heard', add)
  let cutAt = Number.POSITIVE_INFINITY
  for (let word = 1; word <= WORDS; word++) {
    const onset = once(standIn, 'onset', { signal: AbortSignal.timeout(PATIENCE_MS) })
    // An agent that is gone hears no more words.
    onset.catch(() => {})
    said.push(await person.say(WORD_MS))
    if (word === CUT_AT) {
      await onset
      newest(standIn).cut(code)
      cutAt = now()
    }
    await pause(EACH_MS)
  }
  await pause(PATIENCE_MS - EACH_MS)
  person.off('heard', add)
  const back = answers.find(at => at > cutAt)
  const words = said.filter((from, i) =>
    answers.some(at => at > from && at < (said[i + 1] ?? Number.POSITIVE_INFINITY)),
  )
  return {
    backMs: back === undefined ? undefined : back - cutAt,
    words: words.length,
    answers: answers.length,
  }
}

/** goAway, with 50 s left, comes two seconds into an answer that is sent faster than it is spoken. */
async function goAwayInAnswer({ person, subject: { standIn } }: Meeting): Promise<GoAway> {
  standIn.manner = 'long'
  const edges: Heard[] = []
  const add = (edge: Heard) => void edges.push(edge)
  person.on('heard', add)
  await person.say(WORD_MS)
  await pause(2_000)
  standIn.manner = 'silent'
  const before = newest(standIn)
  let switchedMs: Ms | undefined
  const see = () => {
    const after = standIn.newest
    if (after !== undefined && after !== before) switchedMs ??= now() - at
  }
  standIn.on('sessions', see)
  const at = now()
  before.goAway(50_000)
  await pause(LONG_ANSWER_MS + 2_000)
  standIn.off('sessions', see)
  person.off('heard', add)
  return { heardMs: judgeAnswer(edges, RATE).lastedMs, switchedMs }
}

function newest({ newest }: Subject['standIn']): Session {
  if (newest === undefined) throw new Error('no session is open')
  return newest
}

const seconds = (ms: Ms | undefined) => (ms === undefined ? 'never' : figure(ms / 1000, 2))
