import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Rehearsal, startRehearsal } from '../../agent/rehearsal/server.ts'
import type { Activity } from '../../agent/text/activity.ts'
import { need } from '../setup/need.ts'
import { startLiveKit, type TestLiveKit } from './livekit.ts'
import { Person, until } from './person.ts'
import { type Program, startProgram } from './program.ts'

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
  let livekit: TestLiveKit
  let rehearsal: Rehearsal
  let worker: Program

  beforeAll(async () => {
    ;[livekit, rehearsal] = await Promise.all([startLiveKit(), startRehearsal()])
    worker = await startProgram('agent/main.ts', {
      LIVEKIT_URL: livekit.url,
      LIVEKIT_API_KEY: livekit.apiKey,
      LIVEKIT_API_SECRET: livekit.apiSecret,
      GOOGLE_GEMINI_BASE_URL: rehearsal.url,
      HEALTH_PORT: '0',
      TOOLS: './examples/tools/table.ts,./examples/tools/measures.ts',
      INSTRUCTIONS: 'You are at the table {room} with {people}.',
      GREETING: 'Greet {people} at {room}.',
    })
  })
  afterAll(async () => {
    await worker?.end()
    await rehearsal?.close()
    await livekit?.close()
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
})
