import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fault } from '../../../../agent/rehearsal/scenario/scenario.ts'
import type { Rehearsal } from '../../../../agent/rehearsal/server.ts'
import { seeded } from '../../../../agent/rehearsal/turns/pacing.ts'
import type { Ms } from '../../../../agent/units.ts'
import { type Deed, STEP_MS, sentence, startListener, Table } from './table.ts'
import { Time } from './time.ts'
import { MOST_WORDS } from './words.ts'

let time: Time
let rehearsal: Rehearsal

beforeAll(async () => {
  time = new Time()
  rehearsal = await startListener(time)
})
afterAll(async () => {
  await rehearsal.close()
})

/** Lets the tables talk until all is said, done and answered, or `most` ms have gone by. */
async function talk(tables: readonly Table[], most: Ms): Promise<void> {
  for (let gone = 0; gone < most && !tables.every(table => table.isAnswered); gone += STEP_MS) {
    for (const table of tables) table.step()
    await time.step(STEP_MS)
  }
  // What comes twice comes late.
  for (let gone = 0; gone < 8_000; gone += STEP_MS) {
    for (const table of tables) table.step()
    await time.step(STEP_MS)
  }
}

/** Runs `scripts` side by side, and tells of each table where it went wrong. */
async function outcomes(scripts: ReadonlyMap<string, readonly Deed[]>) {
  const tables: Table[] = []
  for (const [name, deeds] of scripts) tables.push(await Table.lay(name, time, rehearsal, deeds))
  await talk(tables, 90_000)
  const found = []
  for (const table of tables) {
    const { lost, doubled } = table.account()
    const { at } = table.supervisor.phase
    const left = await table.close(() => time.step(STEP_MS))
    found.push({ table: table.name, lost, doubled, at, left })
  }
  return found
}

const well = (table: string) => ({
  table,
  lost: [],
  doubled: [],
  at: 'live',
  left: { sockets: 0, alarms: 0 },
})

/** Four sentences of four words, and a line and a call between them. */
function conversation(): Deed[] {
  return [
    ...sentence(1_000, 1, 4).deeds,
    { at: 4_500, line: 'l1' },
    ...sentence(6_500, 5, 4).deeds,
    { at: 10_500, line: 'call f1' },
    ...sentence(14_500, 9, 4).deeds,
    ...sentence(19_000, 13, 4).deeds,
  ]
}

const faults: Record<string, Fault> = {
  'is cut': { fault: 'CUT' },
  'ends with 1011': { fault: 'CLOSE', code: 1011, reason: 'Internal error encountered.' },
  'is overloaded': { fault: 'CLOSE', code: 1011, reason: 'The service is currently unavailable.' },
  'ends at its deadline without goAway': {
    fault: 'CLOSE',
    code: 1011,
    reason: 'Deadline expired before operation could complete.',
  },
  'ends with 1000': { fault: 'CLOSE', code: 1000, reason: '' },
  'ends with 1001': { fault: 'CLOSE', code: 1001, reason: '' },
  'ends with 1007': { fault: 'CLOSE', code: 1007, reason: 'Request contains an invalid argument.' },
  'ends with 1008': {
    fault: 'CLOSE',
    code: 1008,
    reason: 'Operation is not implemented, or supported, or enabled.',
  },
  'has little time': { fault: 'GO_AWAY', ms: 4_000 },
  'has no time': { fault: 'GO_AWAY', ms: 500 },
  'has much time': { fault: 'GO_AWAY', ms: 12_000 },
  'goes mute': { fault: 'MUTE' },
  'sends what is not JSON': { fault: 'RAW' },
  'sends a huge message': { fault: 'HUGE' },
  'reads nothing for 5 s': { fault: 'STALL', ms: 5_000 },
  'holds back what it sends for 3 s': { fault: 'HOLD', ms: 3_000 },
  'interrupts nothing': {
    fault: 'SEND',
    message: { serverContent: { interrupted: true, turnComplete: true } },
  },
  'says something new': { fault: 'SEND', message: { somethingNew: { a: 1 } } },
}

/** In a pause, in a sentence, in the answer to it, while a line and a tool are awaited. */
const moments: Ms[] = [500, 1_450, 2_900, 4_520, 6_700, 11_700, 15_600]

describe('a session that', () => {
  it.each(Object.entries(faults))('%s, whenever it does, loses and doubles nothing', async (name, fault) => {
    const scripts = moments.map((at): [string, Deed[]] => [
      `${name} at ${at}`,
      [...conversation(), { at, fault }],
    ])
    const found = await outcomes(new Map(scripts))
    expect(found).toEqual(scripts.map(([script]) => well(script)))
  })

  it.each([250, 1_000, 3_000, 5_000])(
    'cannot be reached for %i ms, whenever that is, loses and doubles nothing',
    async outageMs => {
      const scripts = moments.map((at): [string, Deed[]] => [
        `away ${outageMs} at ${at}`,
        [...conversation(), { at, outageMs }],
      ])
      expect(await outcomes(new Map(scripts))).toEqual(scripts.map(([script]) => well(script)))
    },
  )

  it.each(['POISON', 'FORGET'] as const)('has lost its place (%s) goes on in a new one', async fault => {
    const scripts = moments.map((at): [string, Deed[]] => [
      `${fault} at ${at}`,
      [...conversation(), { at, fault: { fault } }, { at: at + 20, fault: { fault: 'CUT' } }],
    ])
    expect(await outcomes(new Map(scripts))).toEqual(scripts.map(([script]) => well(script)))
  })
})

/** A conversation of some half a minute in which one thing after the other goes wrong. */
function anything(seed: number): Deed[] {
  const random = seeded(seed)
  const deeds: Deed[] = []
  const chance = (from: Ms, to: Ms) => Math.round((from + random() * (to - from)) / STEP_MS) * STEP_MS
  let word = 1
  let line = 1
  let at = chance(0, 1_500)
  while (at < 25_000 && word < MOST_WORDS - 6) {
    const { deeds: spoken, endsAt } = sentence(at, word, 1 + Math.floor(random() * 5))
    deeds.push(...spoken)
    word += spoken.length
    const typed = random()
    if (typed < 0.4)
      deeds.push({ at: chance(at, endsAt + 2_000), line: typed < 0.3 ? `l${line}` : `call f${line}` })
    line++
    at = endsAt + chance(600, 4_000)
  }
  const kinds = Object.values(faults)
  for (let i = 1 + Math.floor(random() * 4); i > 0; i--) {
    const when = chance(0, 25_000)
    if (random() < 0.4) deeds.push({ at: when, outageMs: chance(100, 5_000) })
    else deeds.push({ at: when, fault: kinds[Math.floor(random() * kinds.length)]! })
  }
  return deeds
}

describe('whatever goes wrong, in whatever order', () => {
  const SIDE_BY_SIDE = 20
  it.each(Array.from({ length: 11 }, (_, i) => 1 + i * SIDE_BY_SIDE))(
    'seeds %i and the 19 after it: no word is lost or doubled, nothing is stuck, nothing is left',
    async first => {
      const scripts = Array.from({ length: SIDE_BY_SIDE }, (_, i): [string, Deed[]] => [
        `seed ${first + i}`,
        anything(first + i),
      ])
      expect(await outcomes(new Map(scripts))).toEqual(scripts.map(([script]) => well(script)))
    },
    120_000,
  )
})
