import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Rehearsal } from '../../agent/rehearsal/server.ts'
import type { Activity } from '../../agent/text/activity.ts'
import { need } from '../setup/need.ts'
import type { TestLiveKit } from './livekit.ts'
import { Person, until } from './person.ts'
import { type House, startHouse } from './program.ts'

const canRun = await need('livekit-server')

/** Every activity that `person` is shown. */
function watch(person: Person): Activity[] {
  const seen: Activity[] = []
  person.room.registerTextStreamHandler('roundtable.activity', reader => {
    reader
      .readAll()
      .then(text => seen.push(JSON.parse(text)))
      .catch(() => {})
  })
  return seen
}

const spoken = (person: Person) =>
  person.captions
    .filter(({ from }) => from === person.agents[0]?.identity)
    .map(({ text }) => text)
    .join(' ')

describe.runIf(canRun)('a tool', () => {
  let house: House
  let livekit: TestLiveKit
  let rehearsal: Rehearsal

  beforeAll(async () => {
    house = await startHouse({
      TOOLS: './examples/tools/table.ts,./examples/tools/measures.ts',
      INSTRUCTIONS: 'You are at the table {room} with {people}.',
      GREETING: 'Greet {people} at {room}.',
      PARTICIPANT_TOOLS: 'true',
    })
    ;({ livekit, rehearsal } = house)
  })
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]()
  })

  it('is called for somebody who asks, answered aloud, and shown as one quiet line', async () => {
    await using ana = await Person.join(livekit, 'kitchen', 'ana')
    const activity = watch(ana)
    await until(() => ana.agentState === 'listening', 'the agent listens')
    await until(() => spoken(ana).includes('Greet Ana at kitchen'), 'the first words are the agent’s')
    await ana.type('convert_measure {"value": 10, "from": "mile", "to": "km"}')
    await until(
      () => spoken(ana).includes('convert measure answered: value 16.09344'),
      'the answer is spoken',
    )
    const line = 'converted mile to km'
    const id = expect.any(String)
    expect(activity).toEqual([
      { kind: 'tool', id, name: 'convert_measure', state: 'started', line },
      { kind: 'tool', id, name: 'convert_measure', state: 'done', line },
    ])
    expect(JSON.stringify(rehearsal.journal.sessions[0]!.entries)).toContain(
      'You are at the table kitchen with Ana.',
    )

    await ana.type('add_note {"text": "Buy flour."} and read_notes')
    await until(
      () => activity.filter(one => one.kind === 'tool' && one.state === 'done').length === 3,
      'both are done',
    )
  })

  it('of a page is declared, called in that page, and gone with its person', async () => {
    await using ana = await Person.join(livekit, 'hall', 'ana')
    const activity = watch(ana)
    await until(() => ana.agentState === 'listening', 'the agent listens')
    await until(() => spoken(ana).includes('Greet Ana'), 'the first words are over')
    const ben = await Person.join(livekit, 'hall', 'ben')
    const asked: unknown[] = []
    ben.room.localParticipant!.registerRpcMethod('roundtable.tool', async ({ payload }) => {
      asked.push(JSON.parse(payload))
      return JSON.stringify({ shown: 'page seven' })
    })
    const declare = () =>
      ben.room.localParticipant!.performRpc({
        destinationIdentity: ana.agents[0]!.identity,
        method: 'roundtable.tools',
        payload: JSON.stringify({
          tools: [
            {
              name: 'show_page',
              description: 'Turns to a page of the plan.',
              parameters: { type: 'object', properties: { page: { type: 'integer' } }, required: ['page'] },
            },
          ],
        }),
      })
    // LiveKit tells of somebody who joins in silence only after some seconds; until then they are a stranger.
    const declared = await vi.waitFor(declare, { timeout: 20_000, interval: 200 })
    expect(JSON.parse(declared)).toEqual({ tools: ['show_page'] })
    const newest = () => JSON.stringify(rehearsal.journal.sessions.at(-1)!.entries[0])
    await until(() => newest().includes('In the page of Ben'), 'the session knows of it', 30_000)
    await until(() => ana.agentState === 'listening', 'the agent listens again')

    await ana.type('show_page {"page": 7}')
    await until(() => spoken(ana).includes('show page answered: shown page seven'), 'it is spoken about')
    expect(asked).toEqual([{ name: 'show_page', arguments: { page: 7 } }])
    expect(activity).toContainEqual(
      expect.objectContaining({ state: 'done', line: 'used show page on the page of Ben' }),
    )
    await ben.leave()
    await until(() => !newest().includes('show_page'), 'it went with him', 30_000)
  })

  it('is asked for on the telephone: heard as a person, by the end of the number, keys as typed', async () => {
    const caller = { kind: 'sip', name: 'Phone +15551234567' } as const
    await using ana = await Person.join(livekit, 'lobby', 'sip_+15551234567', caller)
    await until(() => ana.agentState === 'listening', 'the agent listens')
    await until(() => spoken(ana).includes('Greet Phone …4567 at lobby'), 'they are greeted')
    for (const [key, code] of [
      ['4', 4],
      ['2', 2],
      ['#', 11],
    ] as const)
      await ana.room.localParticipant!.publishDtmf(code, key)
    await until(() => spoken(ana).includes('You wrote: 42'), 'what they pressed is a typed line')
    const session = JSON.stringify(rehearsal.journal.sessions.at(-1)!.entries)
    expect(session).not.toContain('5551234567')
  })
})
