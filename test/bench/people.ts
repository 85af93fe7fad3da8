import { freePort } from '../e2e/livekit.ts'
import type { Bench, Measure } from './bench.ts'
import { type Coming, comingRows, departures, joinLate, mutes, noComing } from './people-coming.ts'
import { type Cost, cost, costRows, EAR } from './people-cost.ts'
import { echo, echoRows, WITH_SPEAKERS } from './people-echo.ts'
import { type Interruptions, interruptionRows, interruptions } from './people-interrupt.ts'
import { wordRows, words } from './people-words.ts'
import { figure, own, type Row } from './report.ts'
import { Sitting } from './sitting.ts'
import { Subject } from './subject.ts'
import { clockBetween } from './uplink.ts'
import { MOST_PEOPLE } from './words.ts'

/** Many people at one table, who say words that can be told apart: whose arrive, how soon, and under which name. */
export const people: Measure = {
  name: 'people',
  async run(bench) {
    if (!bench.kinds.includes('ours')) return []
    const floor = bench.kinds.includes('bare') ? await measureFloor(bench) : undefined
    const port = await freePort()
    await using subject = await Subject.start('ours', bench, { HEALTH_PORT: `${port}` })
    await using sitting = await Sitting.begin(bench, subject)
    return await measure(sitting, `http://127.0.0.1:${port}/metrics`, floor)
  },
}

/** What three people hear of the bare bridge when it is interrupted. */
async function measureFloor(bench: Bench): Promise<Interruptions> {
  await using subject = await Subject.start('bare', bench)
  await using sitting = await Sitting.begin(bench, subject)
  sitting.tell('three ears and the bare bridge')
  for (const who of ['p1', 'p2']) await sitting.join(who, { hears: 'agent' })
  return await interruptions(sitting)
}

async function measure(sitting: Sitting, metrics: string, floor: Interruptions | undefined): Promise<Row[]> {
  const costs = new Map<number, Cost>()
  const coming: Coming = noComing()
  sitting.tell('one with an open microphone')
  await sitting.join(EAR, { speaks: false, hears: 'p0' })
  costs.set(1, await cost(sitting, metrics))
  sitting.tell('three who interrupt')
  for (const who of ['p1', 'p2']) await sitting.join(who, { hears: 'agent' })
  const interrupted = await interruptions(sitting)
  sitting.tell('words of one to four at once')
  await sitting.join('p3', { hears: 'agent' })
  const few = sitting.uplink.received
  const said = await words(sitting)
  sitting.tell('who is muted, leaves and comes')
  await mutes(sitting, coming)
  await departures(sitting, coming)
  sitting.tell('its own voice')
  sitting.transcriber.style = undefined
  const own = await echo(sitting)
  const more = sitting.uplink.received
  sitting.transcriber.style = 'whole'
  for (let who = 4 + WITH_SPEAKERS; who < MOST_PEOPLE; who++) await joinLate(sitting, `p${who}`, coming)
  const most = sitting.uplink.received
  sitting.transcriber.style = undefined
  sitting.tell(`${MOST_PEOPLE} with open microphones`)
  costs.set(MOST_PEOPLE, await cost(sitting, metrics))
  const clocks = [...costs.values()].map(({ clock }) => clock)
  return [
    clockRow([clocks[0]!, clockBetween(few, more), clockBetween(more, most), clocks[1]!]),
    ...wordRows(said),
    ...echoRows(own),
    ...interruptionRows(floor, interrupted),
    ...comingRows(coming),
    ...costRows(costs, line => sitting.tell(line)),
  ]
}

function clockRow(clocks: readonly number[]): Row {
  const ours = clocks.map(clock => figure(clock, 4)).join(', ')
  const isReached = clocks.every(clock => Math.abs(clock - 1) <= 0.005)
  return own(
    `stream clock with 1, 4, 4 to ${MOST_PEOPLE}, ${MOST_PEOPLE} people`,
    ours,
    '1 ± 0.005',
    isReached,
  )
}
