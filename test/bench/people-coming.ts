import type { Ms } from '../../agent/units.ts'
import { now, pause } from './instant.ts'
import { sentence } from './people-words.ts'
import { figure, own, type Row } from './report.ts'
import { REST_MS, type Sitting } from './sitting.ts'
import { quantile, seeded } from './statistics.ts'
import { WORDS } from './words.ts'

const MUTES = 6
const DEPARTURES = 4
/** Somebody who is not heard after this is not heard at all. */
const PATIENCE_MS: Ms = 1_500
/** Whoever comes talking does so for this long, and whoever is muted would. */
const TALK_MS: Ms = 1_920

export type Coming = {
  /** From asking LiveKit to publish a microphone to its first sound at the model. */
  joins: Ms[]
  /** From muting to the last sound at the model. */
  leaks: Ms[]
  /** Of the words that were said at the moment of unmuting. */
  unmuted: { all: number; right: number }
  /** Of the words of others while somebody left in mid-word, came back, took their microphone away, and gave it back. */
  besides: { all: number; right: number }
}

export const noComing = (): Coming => ({
  joins: [],
  leaks: [],
  unmuted: { all: 0, right: 0 },
  besides: { all: 0, right: 0 },
})

const random = seeded(8)

/** Mutes somebody in mid-word, and lets them talk the moment they are heard again. */
export async function mutes({ table, uplink }: Sitting, { leaks, unmuted }: Coming): Promise<void> {
  for (let i = 0; i < MUTES; i++) {
    const who = `p${1 + (i % 3)}`
    const began = await table.obey({ do: 'chatter', who })
    await pause(600 + 40 * random())
    uplink.reset()
    const at = await table.obey({ do: 'mute', who })
    await pause(TALK_MS - (now() - began) + REST_MS)
    leaks.push(Math.max(0, (uplink.lastLoudAt ?? at) - at))
    uplink.reset()
    const id = (2 * i + 1) % WORDS
    await table.obey({ do: 'unmute', who, id })
    await pause(REST_MS)
    unmuted.all++
    unmuted.right += Number(uplink.words.some(word => `p${word.person}` === who && word.id === id))
  }
}

/** Somebody comes who is talking already. */
export async function joinLate(sitting: Sitting, who: string, { joins }: Coming): Promise<void> {
  const { table, uplink } = sitting
  uplink.reset()
  const at = await table.obey({ do: 'join-talking', ...(await sitting.entry(who)) })
  while (uplink.firstLoudAt === undefined && now() < at + PATIENCE_MS) await pause(10)
  joins.push(uplink.firstLoudAt === undefined ? Number.POSITIVE_INFINITY : uplink.firstLoudAt - at)
  while (now() < (uplink.lastLoudAt ?? 0) + REST_MS) await pause(20)
}

/** Two go on talking while a third goes and comes. */
export async function departures(sitting: Sitting, { besides }: Coming): Promise<void> {
  const { table } = sitting
  for (let i = 0; i < DEPARTURES; i++) {
    await table.obey({ do: 'chatter', who: 'p3' })
    const lines = [...sentence('p1', 0, 4), ...sentence('p2', 100, 4)]
    const said = sitting.say(lines)
    await pause(300)
    if (i % 2 === 0) {
      await table.obey({ do: 'leave', who: 'p3' })
      await sitting.join('p3')
    } else {
      await table.obey({ do: 'unpublish', who: 'p3' })
      await table.obey({ do: 'publish', who: 'p3' })
    }
    await said
    besides.all += lines.length
    besides.right += sitting.heard(lines)
    await pause(REST_MS)
  }
}

export function comingRows({ joins, leaks, unmuted, besides }: Coming): Row[] {
  const join = quantile(joins, 0.95)
  const leak = Math.max(...leaks)
  return [
    own('from publishing to the first sound at the model, p95 ms', figure(join, 0), '300', join <= 300),
    own('sound at the model after mute, the longest, ms', figure(leak, 0), '60', leak <= 60),
    own(
      'first words after unmute that arrived',
      `${unmuted.right} of ${unmuted.all}`,
      'all',
      unmuted.right === unmuted.all,
    ),
    own(
      'words of two others that arrived while a third left or came',
      `${besides.right} of ${besides.all}`,
      'all',
      besides.right === besides.all,
    ),
  ]
}
