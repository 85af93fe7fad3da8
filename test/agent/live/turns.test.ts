import { describe, expect, it } from 'vitest'
import { type Floor, type FloorEvent, nextFloor, Turns } from '../../../agent/live/turns.ts'
import { FakeClock } from '../../fakes/clock.ts'

/** The floors that follow one another, each once. */
function floors(...happenings: FloorEvent[]): Floor[] {
  const seen: Floor[] = []
  const turns = new Turns(new FakeClock(), floor => seen.push(floor))
  for (const event of happenings) turns.happen(event)
  return seen
}

describe('the floor', () => {
  it('goes round: listening, thinking when somebody stops, speaking with the first sound, listening with the last', () => {
    expect(floors('up', 'talk', 'hush', 'voice', 'turnComplete', 'quiet')).toEqual([
      'listening',
      'thinking',
      'speaking',
      'listening',
    ])
  })

  it('is listening again when they go on after a pause', () => {
    expect(floors('up', 'talk', 'hush', 'talk')).toEqual(['listening', 'thinking', 'listening'])
  })

  it('stays with the agent while it can be heard, whatever else happens', () => {
    for (const event of ['talk', 'hush', 'asked', 'turnComplete', 'tired', 'up'] as FloorEvent[])
      for (const now of ['speaking', 'parting'] as const) {
        const after = nextFloor(now, event)
        expect(after).toBe(now === 'parting' && event === 'up' ? 'speaking' : now)
      }
    expect(floors('up', 'voice', 'down', 'talk', 'hush')).toEqual(['listening', 'speaking'])
  })

  it('whose session is lost in mid-answer is down when the voice ends, not listening; if one is open again, it listens', () => {
    expect(floors('up', 'voice', 'down', 'quiet', 'up')).toEqual([
      'listening',
      'speaking',
      'down',
      'listening',
    ])
    expect(floors('up', 'voice', 'down', 'up', 'quiet')).toEqual(['listening', 'speaking', 'listening'])
    expect(floors('up', 'voice', 'down', 'down', 'quiet')).toEqual(['listening', 'speaking', 'down'])
  })

  it('is down while there is no session, whoever talks', () => {
    expect(floors('up', 'down', 'talk', 'hush', 'asked', 'up')).toEqual(['listening', 'down', 'listening'])
  })

  it('thinks when a line was typed', () => {
    expect(floors('up', 'asked')).toEqual(['listening', 'thinking'])
  })

  it('tires of thinking when no answer comes', () => {
    const clock = new FakeClock()
    const seen: Floor[] = []
    const turns = new Turns(clock, floor => seen.push(floor))
    turns.happen('up')
    turns.happen('asked')
    clock.pass(60_000)
    expect(seen).toEqual(['listening', 'thinking', 'listening'])
    expect(clock.pending).toBe(0)
  })
})
