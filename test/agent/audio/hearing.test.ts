import { beforeEach, describe, expect, it } from 'vitest'
import { Hearing, type Microphone } from '../../../agent/audio/hearing.ts'
import { FakeClock } from '../../fakes/clock.ts'
import { tone } from './sounds.ts'

const FRAME = 160

let clock: FakeClock
let hearing: Hearing
let heard: number[]
let pauses: number
let talk: string[]

beforeEach(() => {
  clock = new FakeClock()
  heard = []
  pauses = 0
  talk = []
  hearing = new Hearing(clock, {
    onSound: pcm => heard.push(...pcm),
    onPause: () => pauses++,
    onTalk: (who, change) => talk.push(`${who} ${change}`),
  })
})

/** Ten milliseconds of one value, so that each sample says which frame it came from. */
const frame = (value: number) => new Int16Array(FRAME).fill(value)

/** As loud, and another voice: up and down 800 times a second. */
const other = (value: number) => Int16Array.from({ length: FRAME }, (_, i) => (i % 20 < 10 ? value : -value))

/** Speech of the loudness that everybody is brought to: it is left as it is. */
const USUAL = 1642

/** Speaks `count` frames in real time. */
function speak(microphone: Microphone, value: number, count: number): void {
  for (let i = 0; i < count; i++) {
    microphone.push(frame(value))
    clock.pass(10)
  }
}

describe('one person', () => {
  it('is heard at once: sound that is on time waits for no timer', () => {
    const ana = hearing.open('TR_1', 'ana')
    ana.push(frame(4000))
    expect(heard).toHaveLength(FRAME)
    expect(Math.max(...heard)).toBeGreaterThan(1000)
  })

  it('is heard for exactly as long as they speak: ten seconds in are ten seconds out', () => {
    const ana = hearing.open('TR_1', 'ana')
    speak(ana, USUAL, 1000)
    expect(Math.abs(heard.length - 16_000 * 10)).toBeLessThanOrEqual(FRAME * 3)
    // They come in within two frames, and are then what they said.
    expect(heard.slice(2 * FRAME).every(sample => sample === USUAL)).toBe(true)
  })

  it('who sends nothing is silence, at real time', () => {
    hearing.open('TR_1', 'ana')
    clock.pass(1000)
    expect(heard.length / 16).toBeGreaterThanOrEqual(970)
    expect(heard.length / 16).toBeLessThanOrEqual(1000)
    expect(heard.every(sample => sample === 0)).toBe(true)
  })

  it('whose sound comes late in one piece loses nothing of it', () => {
    const ana = hearing.open('TR_1', 'ana')
    speak(ana, USUAL, 10)
    clock.pass(60)
    for (let i = 0; i < 6; i++) ana.push(frame(-USUAL))
    speak(ana, USUAL, 20)
    clock.pass(100)
    expect(heard.filter(sample => sample < -USUAL + 2)).toHaveLength(6 * FRAME)
  })

  it('whose sound was late once is heard without delay again after a pause', () => {
    const ana = hearing.open('TR_1', 'ana')
    speak(ana, USUAL, 10)
    clock.pass(60)
    for (let i = 0; i < 6; i++) ana.push(frame(USUAL))
    speak(ana, USUAL, 10)
    speak(ana, 0, 20)
    const before = heard.length
    ana.push(frame(4000))
    clock.pass(1)
    expect(Math.max(...heard.slice(before))).toBeGreaterThan(3000)
  })

  it('who sends faster than real time is bounded: the oldest is lost, and counted', () => {
    const ana = hearing.open('TR_1', 'ana')
    for (let i = 0; i < 100; i++) ana.push(frame(5))
    expect(hearing.losses.droppedSamples).toBeGreaterThan(0)
    clock.pass(1000)
    expect(heard.length).toBeLessThanOrEqual(16_000)
  })
})

describe('a stall of the process', () => {
  it('loses no sound that is waiting to be read', () => {
    const ana = hearing.open('TR_1', 'ana')
    speak(ana, USUAL, 10)
    clock.stall(80)
    // The timers of that time ring first, and only then the sound of it is read.
    clock.pass(0)
    for (let i = 0; i < 8; i++) ana.push(frame(-USUAL))
    speak(ana, USUAL, 10)
    clock.pass(200)
    expect(heard.filter(sample => sample < -USUAL + 2)).toHaveLength(8 * FRAME)
  })

  it('of many seconds is not made good in a rush', () => {
    hearing.open('TR_1', 'ana')
    clock.pass(100)
    const before = heard.length
    clock.stall(30_000)
    clock.pass(100)
    expect((heard.length - before) / 16).toBeLessThanOrEqual(1_000)
  })
})

describe('several people', () => {
  it('are summed, and nobody is turned down because somebody joins', () => {
    const ana = hearing.open('TR_1', 'ana')
    const ben = hearing.open('TR_2', 'ben')
    for (let i = 0; i < 50; i++) {
      ana.push(frame(USUAL))
      ben.push(other(USUAL))
      clock.pass(10)
    }
    const off = (sample: number) => Math.min(Math.abs(sample), Math.abs(sample - 2 * USUAL))
    expect(heard.slice(3 * FRAME).every(sample => off(sample) <= 1)).toBe(true)
  })

  it('do not wait for one whose sound is missing', () => {
    const ana = hearing.open('TR_1', 'ana')
    hearing.open('TR_2', 'ben')
    speak(ana, USUAL, 100)
    clock.pass(50)
    expect(heard.filter(sample => sample === USUAL).length).toBeGreaterThanOrEqual(98 * FRAME)
  })

  it('are not disturbed by one who leaves in the middle of a word', () => {
    const ana = hearing.open('TR_1', 'ana')
    const ben = hearing.open('TR_2', 'ben')
    for (let i = 0; i < 10; i++) {
      ben.push(other(USUAL))
      ana.push(frame(USUAL))
      clock.pass(10)
    }
    ben.close()
    speak(ana, USUAL, 10)
    clock.pass(30)
    // Ben goes at once, without a trace and without a click in Ana's voice.
    expect(new Set(heard.slice(2 * FRAME, 9 * FRAME))).toEqual(new Set([0, 2 * USUAL]))
    expect(new Set(heard.slice(10 * FRAME, 20 * FRAME))).toEqual(new Set([USUAL]))
  })

  it('who are more than are mixed at once: the quietest is left out, and that is counted', () => {
    const five = [3000, 2500, 2200, 2000, 600].map((value, i) => ({
      microphone: hearing.open(`TR_${i}`, `p${i}`),
      value,
    }))
    for (let i = 0; i < 100; i++) {
      for (const [p, { microphone, value }] of five.entries())
        microphone.push(tone(400 + 150 * p, FRAME, 20 * Math.log10(value / 32_768), i * FRAME))
      clock.pass(10)
    }
    expect(hearing.losses.leftOutMs).toBeGreaterThan(900)
    expect(hearing.losses.leftOutMs).toBeLessThanOrEqual(1000)
  })
})

describe('who is talking', () => {
  it('is known from the sound, with the pauses between words taken as speech', () => {
    const ana = hearing.open('TR_1', 'ana')
    speak(ana, 6000, 20)
    speak(ana, 0, 20)
    speak(ana, 6000, 20)
    expect(talk).toEqual(['ana began'])
    speak(ana, 0, 60)
    expect(talk).toEqual(['ana began', 'ana ended'])
  })

  it('is not somebody who clicks or breathes', () => {
    const ana = hearing.open('TR_1', 'ana')
    speak(ana, 6000, 2)
    speak(ana, 30, 50)
    expect(talk).toEqual([])
  })

  it('counts for the turn: whoever talked most is named with their track', () => {
    const ana = hearing.open('TR_1', 'ana')
    const ben = hearing.open('TR_2', 'ben')
    expect(hearing.mostHeard()).toBeUndefined()
    for (let i = 0; i < 50; i++) {
      ana.push(frame(i < 10 ? 6000 : 0))
      ben.push(other(i < 30 ? 6000 : 0))
      clock.pass(10)
    }
    expect(hearing.mostHeard()).toEqual({ identity: 'ben', trackId: 'TR_2' })
    hearing.forget()
    expect(hearing.mostHeard()).toBeUndefined()
  })

  it('is remembered in the time of the sound that was sent', () => {
    const ana = hearing.open('TR_1', 'ana')
    const ben = hearing.open('TR_2', 'ben')
    for (let i = 0; i < 200; i++) {
      ana.push(frame(i < 80 ? 6000 : 0))
      ben.push(other(i >= 60 && i < 180 ? 6000 : 0))
      clock.pass(10)
    }
    const { timeline } = hearing
    expect(Math.abs(timeline.nowMs - heard.length / 16)).toBeLessThan(0.01)
    const slices = timeline.slices(0, timeline.nowMs).map(({ fromMs, toMs, who }) => ({
      from: Math.round(fromMs / 50) * 50,
      to: Math.round(toMs / 50) * 50,
      who: who.map(({ identity }) => identity).join('+'),
    }))
    expect(slices).toEqual([
      { from: 0, to: 600, who: 'ana' },
      { from: 600, to: 800, who: 'ana+ben' },
      { from: 800, to: 1800, who: 'ben' },
    ])
  })

  it('ends when their microphone goes off', () => {
    const ana = hearing.open('TR_1', 'ana')
    speak(ana, 6000, 20)
    ana.close()
    expect(talk).toEqual(['ana began', 'ana ended'])
  })
})

describe('when the last microphone goes off', () => {
  it('silence goes on for a while, so that the model hears the turn end, and then nothing is sent', () => {
    const ana = hearing.open('TR_1', 'ana')
    speak(ana, 1, 10)
    ana.close()
    const before = heard.length
    clock.pass(2_000)
    expect((heard.length - before) / 16).toBeGreaterThan(1_900)
    expect(pauses).toBe(0)
    clock.pass(2_000)
    expect(pauses).toBe(1)
    const after = heard.length
    clock.pass(10_000)
    expect(heard.length).toBe(after)
  })

  it('and another goes on, the room is heard again without a pause being told', () => {
    const ana = hearing.open('TR_1', 'ana')
    ana.close()
    clock.pass(1_000)
    const ben = hearing.open('TR_2', 'ben')
    speak(ben, USUAL, 100)
    clock.pass(5_000)
    expect(pauses).toBe(0)
    expect(heard.filter(sample => sample === USUAL).length).toBeGreaterThanOrEqual(98 * FRAME)
  })

  it('a model that ends a turn at the end of the stream is told of it after a second', () => {
    const told = new Hearing(
      clock,
      { onSound: () => {}, onPause: () => pauses++, onTalk: () => {} },
      { streamEndEndsTurn: () => true },
    )
    const ana = told.open('TR_1', 'ana')
    clock.pass(100)
    ana.close()
    clock.pass(900)
    expect(pauses).toBe(0)
    clock.pass(200)
    expect(pauses).toBe(1)
  })

  it('a thousand people who come, talk and go leave nothing behind', () => {
    const ana = hearing.open('TR_ana', 'ana')
    for (let i = 0; i < 1_000; i++) {
      const guest = hearing.open(`TR_${i}`, `guest ${i}`)
      for (let j = 0; j < 5; j++) {
        guest.push(other(6000))
        ana.push(frame(0))
        clock.pass(10)
      }
      guest.close()
    }
    expect(hearing.talking()).toEqual([])
    expect(talk.filter(line => line.endsWith('began'))).toHaveLength(1_000)
    expect(talk.filter(line => line.endsWith('ended'))).toHaveLength(1_000)
    const before = heard.length
    speak(ana, 3000, 10)
    clock.pass(20)
    expect(heard.length - before).toBeGreaterThanOrEqual(9 * FRAME)
    expect(Math.max(...heard.slice(before))).toBeGreaterThan(2_000)
  })

  it('no alarm is left when it is closed', () => {
    hearing.open('TR_1', 'ana')
    hearing.close()
    expect(clock.pending).toBe(0)
  })
})

describe('the sound of a screen', () => {
  it('is its owner’s words on a track of its own, and leaves their voice as loud as it was', () => {
    const ana = hearing.open('TR_1', 'ana')
    speak(ana, 500, 400)
    const before = heard.at(-1)!
    expect(before).toBeGreaterThan(700)
    hearing.forget()
    const film = hearing.open('TR_screen', 'ana', 'screen')
    for (let i = 0; i < 400; i++) {
      ana.push(frame(0))
      film.push(other(12_000))
      clock.pass(10)
    }
    expect(hearing.mostHeard()).toEqual({ identity: 'ana', trackId: 'TR_screen' })
    expect(hearing.talking()).toEqual(['ana'])
    // Loud as it is, it comes down to what everybody is brought to.
    expect(Math.max(...heard.slice(-FRAME))).toBeLessThan(12_000)
    film.close()
    speak(ana, 0, 100)
    speak(ana, 500, 20)
    expect(Math.abs(heard.at(-1)! - before)).toBeLessThan(before * 0.1)
    hearing.close()
  })

  it('that goes off ends what it said, and not what its owner says', () => {
    const ana = hearing.open('TR_1', 'ana')
    const film = hearing.open('TR_screen', 'ana', 'screen')
    for (let i = 0; i < 30; i++) {
      ana.push(frame(USUAL))
      film.push(other(USUAL))
      clock.pass(10)
    }
    film.close()
    expect(hearing.talking()).toEqual(['ana'])
    expect(talk).toEqual(['ana began'])
    speak(ana, USUAL, 30)
    expect(hearing.mostHeard()).toEqual({ identity: 'ana', trackId: 'TR_1' })
    speak(ana, 0, 60)
    expect(talk).toEqual(['ana began', 'ana ended'])
    hearing.close()
  })
})
