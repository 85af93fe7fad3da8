import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TRAIL_MS } from '../../../agent/audio/hearing.ts'
import { livingModels } from '../../../agent/live/models.ts'
import { readLiveSettings } from '../../../agent/live/settings.ts'
import { Supervisor } from '../../../agent/live/supervisor.ts'
import { Log } from '../../../agent/log.ts'
import { Host } from '../../../agent/manners/host.ts'
import { type Rehearsal, startRehearsal } from '../../../agent/rehearsal/server.ts'
import { Settings } from '../../../agent/settings.ts'
import { Stats } from '../../../agent/stats.ts'
import { FakeClock } from '../../fakes/clock.ts'

const ana = { identity: 'p_ana', name: 'Ana' }
const FRAME = 160

let rehearsal: Rehearsal
let live: Supervisor
let host: Host
let clock: FakeClock

beforeEach(async () => {
  rehearsal = await startRehearsal()
  clock = new FakeClock()
})
afterEach(async () => {
  host.close()
  await live.close()
  await rehearsal.close()
})

const until = (claim: () => boolean) =>
  vi.waitFor(() => expect(claim()).toBe(true), { timeout: 10_000, interval: 5 })

/** A session with this model, and a host whose people talk without a pause. */
async function begin(model: string): Promise<void> {
  const thinking = model.endsWith('extended-thinking') ? { THINKING: 'low' } : {}
  const settings = readLiveSettings(new Settings({ MODEL: model, ...thinking }), 'developer', () => undefined)
  const ups: boolean[] = []
  live = new Supervisor({
    gemini: { at: 'developer', apiKey: 'key', baseUrl: rehearsal.url },
    settings,
    clock,
    log: new Log({}, 'error', () => {}),
    stats: new Stats(),
    onEvent: () => {},
    onUp: isResumed => ups.push(isResumed),
    onDown: () => {},
  })
  const table = { names: ['Roundtable'], guests: () => [ana], asker: () => ana.identity }
  host = new Host('open', clock, new Stats(), table, {
    show: () => {},
    pass: () => {},
    settled: () => {},
    hush: () => {},
    stopped: () => live.endAudio(),
    silenceMs: () => (settings.profile.streamEndEndsTurn ? 0 : TRAIL_MS),
    turn: change => live.markTurn(change),
    reopen: turns => live.change({ turns }),
  })
  live.start()
  await until(() => ups.length === 1)
}

/** Somebody talks for so long; of it the model gets what the host lets it have. */
function talk(ms: number): void {
  for (let at = 0; at < ms; at += 10) {
    const word = Int16Array.from(
      { length: FRAME },
      (_, i) => 8_000 * Math.sin(((at * 16 + i) * 2 * Math.PI * 220) / 16_000),
    )
    if (host.sends !== 'nothing') live.sendAudio(host.sends === 'sound' ? word : new Int16Array(FRAME))
    clock.pass(10)
  }
}

/** What the model has made of what it was sent. */
const heard = () =>
  rehearsal.journal.sessions.at(-1)!.entries.flatMap(entry => ('event' in entry ? entry : []))
const turns = () => heard().filter(({ event }) => event === 'activityEnd')

/** All that was sent before has arrived when this has. */
async function typed(line: string): Promise<void> {
  live.sendText(line)
  await until(() => JSON.stringify(rehearsal.journal.sessions.at(-1)!.entries).includes(`"${line}"`))
}

describe.each(livingModels('developer'))('%s, deafened in the middle of a word', model => {
  it('takes what was said until then for a turn, hears nothing after it, and hears again', async () => {
    await begin(model)
    talk(1_000)
    await until(() => heard().some(({ event }) => event === 'activityStart'))
    host.controls.deafen(ana, true)
    talk(6_000)
    await until(() => turns().length === 1)
    expect(turns()[0]!.speechMs).toBeLessThan(1_200)
    const { summary } = rehearsal.journal.sessions.at(-1)!
    await typed('one')
    const sentMs = summary.heardMs
    talk(2_000)
    await typed('two')
    expect(summary.heardMs).toBe(sentMs)
    host.controls.deafen(ana, false)
    talk(500)
    await until(() => summary.heardMs > sentMs)
  })
})
