import { describe, expect, it } from 'vitest'
import { connect, isTurnComplete, soundOf } from '../client.ts'
import { SteppedClock } from '../clock.ts'
import { stage } from './stage.ts'

const clock = new SteppedClock()
const on = stage({ clock })
const sent = () =>
  on.rehearsal.journal.sessions.at(-1)!.entries.filter(entry => 'dir' in entry && entry.dir === 'out')
/** When the message with this member left, ms in the journal. */
const leftAt = (member: string) =>
  sent().find(entry => 'message' in entry && JSON.stringify(entry.message).includes(`"${member}"`))!.at
/** When each message of sound left, ms in the journal. */
const soundsLeftAt = () => sent().flatMap(entry => ('audioBytes' in entry ? [entry.at] : []))

describe('the pace of a turn', () => {
  it('turnComplete waits until the answer can have been heard [24]', async () => {
    on.rehearsal.play({
      turns: [{ does: [{ play: { ms: 800 } }] }],
      behaviour: { pacing: { holdsTurnComplete: true } },
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await clock.until(client.until(isTurnComplete))
    expect(leftAt('generationComplete')).toBe(soundsLeftAt()[0])
    expect(leftAt('turnComplete')).toBeCloseTo(soundsLeftAt()[0]! + 800, 0)
  })

  it.each([4, 2, 1])('speech comes at %i times its own speed [25]', async speed => {
    on.rehearsal.play({
      turns: [{ does: [{ play: { ms: 1_600 } }] }],
      behaviour: { pacing: { speed, mostMs: 80 } },
    })
    await using client = await connect(on.url)
    client.session.sendClientContent({ turns: 'go' })
    await clock.until(client.until(isTurnComplete))
    const lengths = client.messages.map(message => soundOf([message]).length / 24).filter(ms => ms > 0)
    const [first = 0, ...later] = soundsLeftAt()
    expect(later.length).toBeGreaterThan(15)
    let sentMs = 0
    for (const [i, at] of later.entries()) {
      sentMs += lengths[i]!
      // Each when those before it have taken their time; the journal has tenths.
      expect(Math.abs(at - first - sentMs / speed)).toBeLessThan(0.2)
    }
  })
})
