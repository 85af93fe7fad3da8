import type { Ms } from '../../agent/units.ts'
import { now, pause } from './instant.ts'
import { own, type Row } from './report.ts'
import { isPerson, type Sitting } from './sitting.ts'
import { seeded } from './statistics.ts'
import type { Line } from './table.ts'
import { written } from './transcriber.ts'
import { WORD_MS, WORDS } from './words.ts'

/** Who takes part in it, all with open microphones. */
const PEOPLE = ['p0', 'p1', 'p2', 'p3'] as const
/** Rounds with so many at once; with one also two of them in turn, within one turn of the model. */
const ROUNDS = { alone: 6, inTurn: 4, 2: 6, 3: 5, 4: 5 } as const
/** Between two words of one person; words without a pause run together. */
const GAP_MS: Ms = 110
/** Between two people in turn. */
const TURN_MS: Ms = 300
/** Who talk at once begin so far apart. */
const APART_MS: Ms = 60
/** After this a turn has ended, and its words are written down. */
const SETTLES_MS: Ms = 1_500
/** A caption that has not come this long after its words does not come. */
const PATIENCE_MS: Ms = 2_500

export type Words = {
  /** By how many people talked at once. */
  recall: Map<number, Score>
  /** How much louder a voice is beside others than alone, dB. */
  levels: number[]
  clipped: number
  labels: { alone: Score; together: Score }
}
type Score = { all: number; right: number }

const random = seeded(6)

/** Words of one to four people at once: whether they arrive, how loud, and under which names they are captioned. */
export async function words(sitting: Sitting): Promise<Words> {
  const none = (): Score => ({ all: 0, right: 0 })
  const found: Words = {
    recall: new Map([1, 2, 3, 4].map(count => [count, none()])),
    levels: [],
    clipped: 0,
    labels: { alone: none(), together: none() },
  }
  sitting.transcriber.style = 'whole'
  const alone = await introduce(sitting)
  await pause(SETTLES_MS)
  const someone = (round: number, i: number) => PEOPLE[(round + i) % PEOPLE.length]!
  for (let round = 0; round < ROUNDS.alone; round++)
    await hear(sitting, found, alone, 1, sentence(someone(round, 0), 0, 3))
  for (let round = 0; round < ROUNDS.inTurn; round++) {
    const first = sentence(someone(round, 0), 0, 2)
    const then = first.at(-1)!.afterMs + WORD_MS + TURN_MS
    await hear(sitting, found, alone, 1, [...first, ...sentence(someone(round, 1 + (round % 3)), then, 2)])
  }
  for (const count of [2, 3, 4] as const)
    for (let round = 0; round < ROUNDS[count]; round++) {
      const lines = Array.from({ length: count }, (_, i) => sentence(someone(round, i), APART_MS * i, 3))
      await hear(sitting, found, alone, count, lines.flat())
    }
  return found
}

/** Everybody talks for a while, and their loudness is known then. Resolves with how loud each is alone. */
async function introduce(sitting: Sitting): Promise<Map<string, number>> {
  const levels = new Map<string, number>()
  for (const who of PEOPLE) {
    await sitting.say(Array.from({ length: WORDS }, (_, id) => ({ who, id, afterMs: id * (WORD_MS + 60) })))
    levels.set(who, sitting.uplink.words.at(-1)?.level ?? Number.NaN)
  }
  return levels
}

async function hear(
  sitting: Sitting,
  found: Words,
  alone: ReadonlyMap<string, number>,
  count: number,
  lines: readonly Line[],
): Promise<void> {
  sitting.transcriber.style = sitting.transcriber.style === 'whole' ? 'pieces' : 'whole'
  sitting.captions.clear()
  await sitting.say(lines)
  const recall = found.recall.get(count)!
  recall.all += lines.length
  recall.right += sitting.heard(lines)
  found.clipped += Number(sitting.uplink.peak >= 32_767)
  if (count > 1)
    for (const { person, id, level } of sitting.uplink.words)
      if (id !== undefined) found.levels.push(20 * Math.log10(level / alone.get(`p${person}`)!))
  await untilCaptioned(sitting, lines)
  // What did not reach the model was counted above, and cannot be written down.
  const arrived = lines.filter(line => sitting.heard([line]) > 0)
  const label = count === 1 ? found.labels.alone : found.labels.together
  label.all += arrived.length
  label.right += arrived.filter(line => isUnderTheirName(sitting, line, count === 1)).length
}

/** Each word stands somewhere, and nothing changes any more. */
async function untilCaptioned(sitting: Sitting, lines: readonly Line[]): Promise<void> {
  const deadline = now() + PATIENCE_MS
  while (now() < deadline) {
    const captions = [...sitting.captions.values()]
    const isWhole = lines.every(line => captions.some(({ text }) => holds(text, line)))
    if (isWhole && captions.every(({ isFinal }) => isFinal)) return
    await pause(50)
  }
}

/** Where one talks at a time it has to stand there alone. */
function isUnderTheirName({ captions }: Sitting, line: Line, isAlone: boolean): boolean {
  const names = [...captions.values()].filter(({ text }) => holds(text, line)).map(({ identity }) => identity)
  return names.includes(line.who) && (!isAlone || names.every(name => name === line.who || !isPerson(name)))
}

const holds = (text: string, { who, id }: Line) => text.split(' ').includes(written(who, id))

/** Words of one person, all different. */
export function sentence(who: string, afterMs: Ms, length: number): Line[] {
  const first = Math.floor(random() * WORDS)
  return Array.from({ length }, (_, i) => ({
    who,
    id: (first + 3 * i) % WORDS,
    afterMs: afterMs + i * (WORD_MS + GAP_MS),
  }))
}

export function wordRows({ recall, levels, clipped, labels }: Words): Row[] {
  const farthest = levels.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0] ?? Number.NaN
  const share = ({ all, right }: Score) => (100 * right) / all
  return [
    ...[...recall].map(([count, { all, right }]) =>
      own(`words of ${count} at once that arrived`, `${right} of ${all}`, 'all', right === all),
    ),
    own(
      'a voice beside others against alone, the farthest, dB',
      farthest.toFixed(1),
      '± 3',
      Math.abs(farthest) <= 3,
    ),
    own('rounds in which the sum was clipped', `${clipped}`, '0', clipped === 0),
    own(
      'words that arrived captioned under their name, one at a time, %',
      share(labels.alone).toFixed(1),
      '99',
      share(labels.alone) >= 99,
    ),
    own(
      'words that arrived captioned under their name, two to four at once, %',
      share(labels.together).toFixed(1),
      '95',
      share(labels.together) >= 95,
    ),
  ]
}
