import { describe, expect, it } from 'vitest'
import { Hearing } from '../../../agent/audio/hearing.ts'
import { OwnVoice } from '../../../agent/audio/own-voice.ts'
import { levelOf } from '../../../agent/audio/pcm.ts'
import { Vad, vadSettings } from '../../../agent/rehearsal/hearing/vad.ts'
import { FakeClock } from '../../fakes/clock.ts'
import { babble, faster, noise, reverberant, seeded } from './sounds.ts'

const FRAME = 160

/** The agent's answer as its track plays it, and as a room gives it back: later, fainter, and with walls. */
function reflected(answer: Int16Array, delayMs: number, gainDb: number, seed: number): Int16Array {
  const gain = 10 ** (gainDb / 20)
  const out = new Int16Array(answer.length + 16_000)
  out.set(
    Int16Array.from(reverberant(answer, seed), one => one * gain),
    delayMs * 16,
  )
  return out
}

/** The same through jitter buffers: some ms of it are left out or said twice now and then, so that it comes sooner or later. */
function wandering(pcm: Int16Array, seed: number): Int16Array {
  const random = seeded(seed)
  const out = new Int16Array(pcm.length)
  let late = 0
  let until = 0
  for (let i = 0; i < pcm.length; i++) {
    if (i >= until) {
      const step = Math.round((5 + 10 * random()) * 16)
      late += late > 500 || (late > -500 && random() < 0.5) ? -step : step
      until = i + Math.round((0.3 + 0.7 * random()) * 16_000)
    }
    out[i] = pcm[i - late] ?? 0
  }
  return out
}

/** `agentAtMs`: so long after the microphones the answer begins. */
type Scene = { answer: Int16Array; lane: Int16Array[]; quietFirstMs?: number; agentAtMs?: number }

/** Plays an answer while people's microphones hear what they hear; what the model gets, and how often it takes that for speech. */
function play({ answer, lane, quietFirstMs = 0, agentAtMs = 0 }: Scene) {
  const clock = new FakeClock()
  const own = new OwnVoice(clock)
  const heard: number[] = []
  const talk: string[] = []
  const hearing = new Hearing(
    clock,
    {
      onSound: pcm => heard.push(...pcm),
      onPause: () => {},
      onTalk: (who, change) => talk.push(`${who} ${change}`),
    },
    { own },
  )
  const microphones = lane.map((_, i) => hearing.open(`TR_${i}`, `p${i}`))
  const random = seeded(9)
  const speech = faster(answer)
  const silence = new Int16Array(FRAME)
  for (let ms = 0; ms < quietFirstMs; ms += 10) {
    for (const microphone of microphones) microphone.push(silence)
    clock.pass(10)
  }
  const startMs = clock.now()
  for (let at = 0; at + FRAME <= lane[0]!.length; at += FRAME) {
    const ms = at / 16
    // The track takes 100 ms at a time, ahead of time.
    const saidMs = ms - agentAtMs
    if (saidMs >= 0 && saidMs % 100 === 0 && saidMs * 24 < speech.length) {
      const pcm = speech.subarray(saidMs * 24, saidMs * 24 + 2_400)
      own.say(pcm, startMs + ms + 5)
    }
    for (const [i, microphone] of microphones.entries()) {
      const hiss = noise(FRAME, -72, random)
      microphone.push(Int16Array.from(lane[i]!.subarray(at, at + FRAME), (one, j) => one + hiss[j]!))
    }
    clock.pass(10)
  }
  const vad = new Vad(vadSettings({}, { low: false, silenceMs: 500 }))
  const pcm = Int16Array.from(heard)
  const starts = vad.push(pcm, 16_000).filter(({ kind }) => kind === 'start').length
  return { pcm, starts, talk, hearing }
}

const answer = babble(6, -18, 3)

describe('the agent’s own voice', () => {
  it('that comes back through a speaker never interrupts it: 50 to 500 ms late, 12 dB fainter or more', () => {
    for (const delayMs of [50, 120, 300, 500])
      for (const gainDb of [-12, -20, -30]) {
        const { starts, pcm, talk } = play({ answer, lane: [reflected(answer, delayMs, gainDb, delayMs)] })
        expect([delayMs, gainDb, starts, talk]).toEqual([delayMs, gainDb, 0, []])
        expect(levelOf(pcm)).toBeLessThan(-60)
      }
  })

  it('is known again when jitter buffers make it come sooner and later', () => {
    for (const delayMs of [90, 215, 333, 470])
      for (const gainDb of [-12, -18, -24]) {
        const lane = wandering(reflected(answer, delayMs, gainDb, delayMs), delayMs + gainDb)
        const { starts, pcm } = play({ answer, lane: [lane] })
        expect([delayMs, gainDb, starts]).toEqual([delayMs, gainDb, 0])
        expect(levelOf(pcm)).toBeLessThan(-60)
      }
  })

  it('is left out of every microphone that hears it, and that is counted', () => {
    const lanes = [60, 180, 400].map((delayMs, i) => reflected(answer, delayMs, -14 - i, i))
    const { starts, hearing } = play({ answer, lane: lanes })
    expect(starts).toBe(0)
    expect(hearing.losses.echoMs).toBeGreaterThan(3_000)
  })

  it('is forgotten when it ends: whoever talks then is heard from the first sound', () => {
    const person = babble(2, -22, 11)
    const lane = new Int16Array(16_000 * 10)
    lane.set(reflected(answer, 200, -15, 1).subarray(0, lane.length))
    lane.set(person, 16_000 * 7.5)
    const { pcm } = play({ answer, lane: [lane] })
    expect(Math.abs(levelOf(pcm.subarray(16_000 * 7.4)) - levelOf(lane.subarray(16_000 * 7.4)))).toBeLessThan(
      3,
    )
  })
})

describe('somebody who talks over it', () => {
  it('is heard at once where nothing of it comes back', () => {
    const lane = new Int16Array(16_000 * 5)
    const person = babble(2, -22, 11)
    lane.set(person, 16_000 * 2)
    const { pcm, talk, starts } = play({ answer, lane: [lane] })
    const at = pcm.findIndex(sample => Math.abs(sample) > 600)
    const said = lane.findIndex(sample => Math.abs(sample) > 600)
    expect(at - said).toBeLessThan(20 * 16)
    expect(talk[0]).toBe('p0 began')
    expect(starts).toBeGreaterThan(0)
  })

  it('is heard as soon, be they who talked last or another', () => {
    const over = 16_000 * 4
    const began = [0, 1].map(who => {
      const lanes = [0, 1].map(() => new Int16Array(16_000 * 6))
      lanes[0]!.set(babble(1, -20, 51), 8_000)
      lanes[who]!.set(babble(2, -20, 52), over)
      const { pcm } = play({ answer, lane: lanes, agentAtMs: 2_000 })
      return pcm.findIndex((sample, at) => at > over - 1_600 && Math.abs(sample) > 200) - over
    })
    expect(Math.abs(began[1]! - began[0]!)).toBeLessThan(320)
    expect(began[0]!).toBeLessThan(800)
  })

  it('is heard at once when they have answered a short word of ours before', () => {
    const short = new Int16Array(16_000 * 3)
    short.set(answer.subarray(0, 4_800))
    short.set(answer.subarray(0, 4_800), 16_000)
    const lane = new Int16Array(16_000 * 3)
    // A moment after our second word, within the time in which an echo of it may come.
    const person = babble(1, -20, 11)
    lane.set(person, 16_000 + 8_000)
    const { pcm } = play({ answer: short, lane: [lane] })
    const at = pcm.findIndex(sample => Math.abs(sample) > 600)
    const said = lane.findIndex(sample => Math.abs(sample) > 600)
    expect(at - said).toBeLessThan(20 * 16)
  })

  it('is not held up when they were talking before it began', () => {
    const person = babble(3, -22, 14)
    const lane = new Int16Array(16_000 * 3)
    lane.set(person.subarray(0, lane.length))
    const { pcm } = play({ answer, lane: [lane], agentAtMs: 700 })
    const alone = play({ answer: new Int16Array(0), lane: [lane] }).pcm
    // Of the sentence under way no frame comes later than without an answer.
    const frames = (sound: Int16Array) =>
      Array.from({ length: 100 }, (_, i) => Math.round(levelOf(sound.subarray(i * FRAME, (i + 1) * FRAME))))
    expect(frames(pcm.subarray(0, FRAME * 100))).toEqual(frames(alone.subarray(0, FRAME * 100)))
  })

  it('from its very first word loses nothing, and waits for no more than a quarter of a second', () => {
    const person = babble(3, -22, 11)
    const lane = new Int16Array(16_000 * 5)
    lane.set(person, 1_600)
    const { pcm } = play({ answer, lane: [lane] })
    const at = pcm.findIndex(sample => Math.abs(sample) > 600)
    const said = lane.findIndex(sample => Math.abs(sample) > 600)
    expect(at - said).toBeLessThan(270 * 16)
    // All of it arrives: as much energy as was said, give or take the levelling.
    const energy = (one: Int16Array) => one.reduce((sum, sample) => sum + sample * sample, 0)
    const share = 10 * Math.log10(energy(pcm) / energy(lane))
    expect(Math.abs(share)).toBeLessThan(4)
  })

  it('is heard through an echo that is 12 dB fainter than they are', () => {
    for (const seed of [11, 12, 13, 14]) {
      const person = babble(2.5, -18, seed)
      const lane = reflected(answer, 180, -12, 5)
      for (let i = 0; i < person.length; i++) lane[16_000 * 3 + i] = lane[16_000 * 3 + i]! + person[i]!
      const { pcm, starts, talk } = play({ answer, lane: [lane] })
      expect(starts).toBeGreaterThan(0)
      expect(talk).toContain('p0 began')
      const share =
        levelOf(pcm.subarray(16_000 * 3, 16_000 * 5.8)) - levelOf(lane.subarray(16_000 * 3, 16_000 * 5.8))
      expect(share).toBeGreaterThan(-5)
    }
  })

  it('on another microphone than the one with the echo is not held up by it', () => {
    const person = new Int16Array(16_000 * 6)
    person.set(babble(2, -20, 21), 16_000 * 3)
    const { talk, starts } = play({
      answer,
      lane: [reflected(answer, 150, -14, 2).subarray(0, person.length), person],
    })
    expect(talk.filter(line => line.startsWith('p0'))).toEqual([])
    expect(talk[0]).toBe('p1 began')
    expect(starts).toBeGreaterThan(0)
  })
})

describe('one voice on two tracks', () => {
  it('counts once: the louder is heard and named, however far apart they are', () => {
    for (const apartMs of [0, 8, 25, 60]) {
      const voice = babble(6, -20, 31)
      const far = new Int16Array(voice.length)
      const near = new Int16Array(voice.length)
      near.set(voice)
      for (let i = apartMs * 16; i < far.length; i++) far[i] = voice[i - apartMs * 16]! * 0.4
      const { pcm, hearing } = play({ answer: new Int16Array(10), lane: [near, far] })
      const { timeline } = hearing
      // Once found it stays found.
      expect(timeline.whoSpoke(2_000, timeline.nowMs).map(({ identity }) => identity)).toEqual(['p0'])
      expect(hearing.losses.crosstalkMs).toBeGreaterThan(3_000)
      const tail = (one: Int16Array) => levelOf(one.subarray(16_000 * 3, 16_000 * 5.5))
      const alone = play({ answer: new Int16Array(10), lane: [near] })
      expect(Math.abs(tail(pcm) - tail(alone.pcm))).toBeLessThan(1)
    }
  })

  it('does not silence the other person: they are heard as soon as they talk themselves', () => {
    const ana = babble(8, -20, 31)
    const ben = Int16Array.from(ana, one => one * 0.25)
    const own = babble(2, -20, 32)
    for (let i = 0; i < own.length; i++) ben[16_000 * 4 + i] = ben[16_000 * 4 + i]! + own[i]!
    const { hearing } = play({ answer: new Int16Array(10), lane: [ana, ben] })
    const shares = hearing.timeline.whoSpoke(4_000, 6_000)
    expect(shares.find(({ identity }) => identity === 'p1')?.ms).toBeGreaterThan(1_200)
    const before = hearing.timeline.whoSpoke(2_000, 3_900)
    expect(before.map(({ identity }) => identity)).toEqual(['p0'])
  })

  it('is not found where two people talk at once', () => {
    for (let seed = 40; seed < 50; seed += 2) {
      const { hearing } = play({
        answer: new Int16Array(10),
        lane: [babble(5, -20, seed), babble(5, -22, seed + 1)],
      })
      expect(hearing.losses.crosstalkMs).toBe(0)
    }
  })
})
