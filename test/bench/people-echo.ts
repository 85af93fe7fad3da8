import { type Ms, SPEECH_RATE } from '../../agent/units.ts'
import { babble } from '../agent/audio/sounds.ts'
import { burstyAnswer } from './answer.ts'
import { pause } from './instant.ts'
import { sentence } from './people-words.ts'
import { own, type Row } from './report.ts'
import { REST_MS, type Sitting } from './sitting.ts'
import { LONG_ANSWER_MS } from './stand-in.ts'

/**
 * Who comes without a headset: how much later than they hear the answer it is back in their microphone, and how much fainter. The two
 * ways through the room, a tenth of a second and more, come on top of that.
 */
const ECHOES = [
  { who: 'p4', delayMs: 50, gainDb: -12 },
  { who: 'p5', delayMs: 200, gainDb: -18 },
  { who: 'p6', delayMs: 350, gainDb: -12 },
] as const
export const WITH_SPEAKERS = ECHOES.length
/** Then who has the echo speaks over it. */
const OVER_AFTER_MS: Ms = 5_500
const OVER_WORDS = 3

export type Echo = {
  /** The loudest second of what arrived while only the echo sounded, dBFS. */
  loudest: number
  /** How often the rehearsal's detector would have been interrupted by it, in how many seconds. */
  falseStarts: number
  seconds: number
  over: { all: number; right: number }
}

/** What of the agent's voice, which is like speech here, comes back to the model through people's speakers. */
export async function echo(sitting: Sitting): Promise<Echo> {
  const { table, uplink, subject } = sitting
  const found: Echo = { loudest: 0, falseStarts: 0, seconds: 0, over: { all: 0, right: 0 } }
  const voice = babble(LONG_ANSWER_MS / 1000, -20, 5, SPEECH_RATE)
  const tone = subject.standIn.answer
  subject.standIn.answer = burstyAnswer(LONG_ANSWER_MS, 4, (from, samples) =>
    voice.slice(from, from + samples),
  )
  await table.obey({ do: 'noise', on: true })
  for (const { who, delayMs, gainDb } of ECHOES) {
    await sitting.join(who, { speaks: false, hears: 'agent' })
    await table.obey({ do: 'echo', who, how: { delayMs, gainDb } })
    await table.obey({ do: 'publish', who })
    await pause(1_000)
    uplink.reset()
    subject.standIn.newest!.answer()
    await pause(OVER_AFTER_MS)
    found.seconds += OVER_AFTER_MS / 1000
    found.falseStarts += uplink.starts
    found.loudest = Math.max(found.loudest, uplink.loudest)
    const lines = sentence(who, 0, OVER_WORDS)
    await sitting.say(lines)
    found.over.all += lines.length
    found.over.right += sitting.heard(lines)
    await pause(LONG_ANSWER_MS - OVER_AFTER_MS - OVER_WORDS * REST_MS + REST_MS)
    await table.obey({ do: 'echo', who, how: undefined })
  }
  subject.standIn.answer = tone
  await table.obey({ do: 'noise', on: false })
  return found
}

export function echoRows({ loudest, falseStarts, seconds, over }: Echo): Row[] {
  const level = 10 * Math.log10(loudest)
  return [
    own(
      'its own voice back through a speaker, 12 to 18 dB fainter, dBFS',
      level.toFixed(0),
      '-60',
      level < -60,
    ),
    own(`interruptions by it in ${Math.round(seconds)} s`, `${falseStarts}`, '0', falseStarts === 0),
    own(
      'words over such an echo that arrived',
      `${over.right} of ${over.all}`,
      'all',
      over.right === over.all,
    ),
  ]
}
