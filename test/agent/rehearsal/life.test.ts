import { describe, expect, it } from 'vitest'
import { Life, type LifeSpan, ScaledClock } from '../../../agent/rehearsal/life/life.ts'
import { SteppedClock } from './clock.ts'

const span: LifeSpan = {
  connectionMs: 600_000,
  goAwayMs: 50_000,
  audioSessionMs: 900_000,
  videoSessionMs: 120_000,
}

function live(
  clock: SteppedClock,
  given: Partial<LifeSpan> = {},
  born = { bornAt: 0, isCapped: false, hasVideo: false },
) {
  const happened: string[] = []
  const life = new Life(clock, { ...span, ...given }, born, {
    goAway: timeLeft => happened.push(`${clock.now()} goAway ${timeLeft}`),
    end: ({ code }) => happened.push(`${clock.now()} end ${code}`),
  })
  return { life, happened }
}

describe('the age of a connection', () => {
  it('is told once, in time', async () => {
    const clock = new SteppedClock()
    const { happened } = live(clock)
    await clock.pass(1_000_000)
    expect(happened).toEqual(['550000 goAway 50000', '600000 end 1008'])
  })

  it('is shorter from the first picture on, and goAway is told at once when there is less time than asked', async () => {
    const clock = new SteppedClock()
    const { life, happened } = live(clock, {}, { bornAt: 0, isCapped: true, hasVideo: false })
    await clock.pass(100_000)
    life.sawVideo()
    life.sawVideo()
    await clock.pass(100_000)
    expect(happened).toEqual(['100000 goAway 20000', '120000 end 1008'])
  })

  it('ends when it was told to, by hand', async () => {
    const clock = new SteppedClock()
    const { life, happened } = live(clock)
    life.goAway(5_000)
    await clock.pass(1_000_000)
    expect(happened).toEqual(['0 goAway 5000', '5000 end 1008'])
  })

  it('leaves no alarm when it is closed', async () => {
    const clock = new SteppedClock()
    const { life } = live(clock)
    life.close()
    expect(clock.waiting).toBe(0)
  })
})

describe('a scaled clock', () => {
  it('goes on from where it was when the scale changes', async () => {
    const clock = new SteppedClock()
    const scaled = new ScaledClock(clock, 10)
    await clock.pass(100)
    expect(scaled.now()).toBe(1_000)
    scaled.rescale(2)
    expect(scaled.now()).toBe(1_000)
    await clock.pass(100)
    expect(scaled.now()).toBe(1_200)
    let hasRung = false
    scaled.after(100, () => {
      hasRung = true
    })
    await clock.pass(49)
    expect(hasRung).toBe(false)
    await clock.pass(1)
    expect(hasRung).toBe(true)
  })
})
