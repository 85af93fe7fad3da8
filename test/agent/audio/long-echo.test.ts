import { expect, it } from 'vitest'
import { Hearing } from '../../../agent/audio/hearing.ts'
import { OwnVoice } from '../../../agent/audio/own-voice.ts'
import { FRAME_MS, samplesIn } from '../../../agent/audio/pcm.ts'
import { Vad, vadSettings } from '../../../agent/rehearsal/hearing/vad.ts'
import { HEARING_RATE, type Ms } from '../../../agent/units.ts'
import { FakeClock } from '../../fakes/clock.ts'
import { babble, faster, noise, reverberant, seeded } from './sounds.ts'

const FRAME = samplesIn(FRAME_MS, HEARING_RATE)
/** The track takes so much at a time. */
const SAID_MS: Ms = 100
const SOONEST_MS: Ms = 50
const LATEST_MS: Ms = 500

/** Ten minutes of answers of one to ten seconds, with pauses of up to five between them, 16 kHz. */
function tenMinutes(random: () => number): Int16Array {
  const tenth = HEARING_RATE / 10
  const voice = babble(40, -18, 3)
  const said = new Int16Array(600 * HEARING_RATE)
  for (let at = HEARING_RATE; at < said.length; ) {
    const length = Math.round(10 + 90 * random()) * tenth
    const from = Math.floor((random() * (voice.length - length)) / tenth) * tenth
    said.set(voice.subarray(from, from + Math.min(length, said.length - at)), at)
    at += length + Math.round(3 + 50 * random()) * tenth
  }
  return said
}

/** How late the echo is: jitter buffers move it by 5 to 15 ms one or three times a second, now here, now there, 50 to 500 ms. */
function wanderingDelay(random: () => number): (at: Ms) => Ms {
  const anywhere = () => SOONEST_MS + (LATEST_MS - SOONEST_MS) * random()
  let [delay, goal, next] = [anywhere(), anywhere(), 0]
  return at => {
    if (at < next) return delay
    next = at + 300 + 700 * random()
    if (random() < 0.05) goal = anywhere()
    const step = 5 + 10 * random()
    const isThere = Math.abs(goal - delay) < 20
    const isUp = isThere ? random() < 0.5 : goal > delay
    delay = Math.max(SOONEST_MS, Math.min(LATEST_MS, delay + (isUp ? step : -step)))
    return delay
  }
}

it('ten minutes of its own voice, 12 dB fainter and 50 to 500 ms late, interrupt the agent never and are not heard', () => {
  const random = seeded(77)
  const said = tenMinutes(random)
  const echo = reverberant(said, 5).map(one => one * 10 ** (-12 / 20))
  const hiss = noise(HEARING_RATE, -72, random)
  const delayAt = wanderingDelay(random)
  const clock = new FakeClock()
  const own = new OwnVoice(clock)
  const vad = new Vad(vadSettings({}, { low: false, silenceMs: 500 }))
  const talk: string[] = []
  const seconds: number[] = []
  let starts = 0
  let [power, samples] = [0, 0]
  const hearing = new Hearing(
    clock,
    {
      onSound: pcm => {
        starts += vad.push(pcm.slice(), HEARING_RATE).filter(({ kind }) => kind === 'start').length
        for (const sample of pcm) power += (sample / 32_768) ** 2
        samples += pcm.length
        if (samples < HEARING_RATE) return
        seconds.push(10 * Math.log10(power / samples))
        power = samples = 0
      },
      onPause: () => {},
      onTalk: (_who, change) => talk.push(`${clock.now()} ${change}`),
    },
    { own },
  )
  const microphone = hearing.open('TR', 'ana')
  const frame = new Int16Array(FRAME)
  for (let at = 0; at < said.length; at += FRAME) {
    const ms = clock.now()
    if (ms % SAID_MS === 0) {
      // Two samples more, for the straight line to the next.
      const piece = said.subarray(at, at + samplesIn(SAID_MS, HEARING_RATE) + 2)
      if (piece.some(sample => sample !== 0)) own.say(faster(piece), ms + 5)
    }
    const from = at - samplesIn(delayAt(ms), HEARING_RATE)
    for (let i = 0; i < FRAME; i++) frame[i] = (echo[from + i] ?? 0) + hiss[(at + i) % hiss.length]!
    microphone.push(frame)
    clock.pass(FRAME_MS)
  }
  hearing.close()
  expect(seconds.length).toBeGreaterThan(590)
  // All of it was there to be heard.
  expect(hearing.losses.echoMs).toBeGreaterThan(300_000)
  expect({ starts, talk }).toEqual({ starts: 0, talk: [] })
  expect(Math.max(...seconds)).toBeLessThan(-60)
}, 60_000)
