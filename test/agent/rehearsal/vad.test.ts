import { describe, expect, it } from 'vitest'
import { Vad, type VadEvent, vadSettings } from '../../../agent/rehearsal/hearing/vad.ts'
import { seeded } from '../../../agent/rehearsal/turns/pacing.ts'
import { silence, tone } from './client.ts'

const high = { low: false, silenceMs: 500 }

function listen(
  pieces: Int16Array[],
  { asked = {}, defaults = high, rate = 16_000, chunk = 320 } = {},
): VadEvent[] {
  const vad = new Vad(vadSettings(asked, defaults))
  const events: VadEvent[] = []
  for (const piece of pieces)
    for (let from = 0; from < piece.length; from += chunk)
      events.push(...vad.push(piece.subarray(from, from + chunk), rate))
  return events
}

/** Noise of an even spectrum at `db` below full scale. */
function noise(ms: number, db: number, rate = 16_000): Int16Array {
  const random = seeded(7)
  const size = 32_768 * 10 ** (db / 20) * Math.sqrt(3)
  return Int16Array.from({ length: (ms * rate) / 1000 }, () => Math.round((random() * 2 - 1) * size))
}

describe('voice activity', () => {
  it('tells where speech began and ended, after the silence that was asked for', () => {
    const events = listen([silence(300), tone(800), silence(1000)], { asked: { silenceDurationMs: 400 } })
    expect(events.map(({ kind, atMs }) => [kind, atMs])).toEqual([
      ['start', 300],
      ['end', 1100],
    ])
    expect(events[1]!.detectedMs).toBe(1500)
  })

  it('gives the same events however the sound is cut', () => {
    const sound = [silence(200), tone(500), silence(700), tone(300), silence(900)]
    const whole = listen(sound, { chunk: 1_000_000 })
    expect(whole).toHaveLength(4)
    for (const chunk of [1, 7, 160, 320, 1_601]) expect(listen(sound, { chunk })).toEqual(whole)
  })

  it.each([8_000, 11_025, 16_000, 22_050, 44_100, 48_000])('places speech the same at %i Hz', rate => {
    const events = listen([silence(300, rate), tone(800, { rate }), silence(800, rate)], { rate })
    expect(events.map(({ atMs }) => atMs)).toEqual([300, 1100])
  })

  it('bridges a pause shorter than the silence', () => {
    const events = listen([tone(300), silence(450), tone(300), silence(600)])
    expect(events.map(({ kind, atMs }) => [kind, atMs])).toEqual([
      ['start', 0],
      ['end', 1050],
    ])
  })

  it('lets a knock pass', () => {
    expect(listen([silence(200), tone(30, { amplitude: 20_000 }), silence(700)])).toEqual([])
  })

  it('believes a start after prefixPaddingMs of speech', () => {
    const [start] = listen([silence(100), tone(600)], { asked: { prefixPaddingMs: 200 } })
    expect(start).toEqual({ kind: 'start', atMs: 100, detectedMs: 300 })
  })

  it('hears a whisper with high start sensitivity only', () => {
    const whisper = [silence(200), tone(500, { amplitude: 200 }), silence(700)]
    const kinds = (asked: object) => listen(whisper, { asked }).map(({ kind }) => kind)
    expect(kinds({ startOfSpeechSensitivity: 'START_SENSITIVITY_HIGH' })).toEqual(['start', 'end'])
    expect(kinds({ startOfSpeechSensitivity: 'START_SENSITIVITY_LOW' })).toEqual([])
  })

  it('holds on to a fading voice longer with low end sensitivity', () => {
    const fading = [silence(200), tone(400), tone(300, { amplitude: 85 }), silence(900)]
    const endOf = (endOfSpeechSensitivity: 'END_SENSITIVITY_HIGH' | 'END_SENSITIVITY_LOW') =>
      listen(fading, { asked: { endOfSpeechSensitivity } }).at(-1)!.atMs
    expect(endOf('END_SENSITIVITY_HIGH')).toBe(600)
    expect(endOf('END_SENSITIVITY_LOW')).toBe(900)
  })

  it('learns to pass over a fan, and still hears speech above it', () => {
    const fan = noise(8_000, -47)
    const events = listen([fan, mixed(noise(600, -47), tone(600)), noise(900, -47)])
    const last = events.slice(-2)
    expect(last.map(({ kind }) => kind)).toEqual(['start', 'end'])
    expect(last[0]!.atMs).toBe(8_000)
    expect(last[1]!.atMs).toBeCloseTo(8_600, -2)
  })

  it.each([-60, -50, -45])('is not misled by a room of %i dB that is there from the beginning', db => {
    const events = listen([noise(1_000, db), mixed(noise(600, db), tone(600)), noise(900, db)])
    expect(events.map(({ kind, atMs }) => [kind, atMs])).toEqual([
      ['start', 1_000],
      ['end', 1_600],
    ])
  })

  it('takes a fan switched on for a room within three seconds', () => {
    const events = listen([
      silence(500),
      noise(4_000, -45),
      mixed(noise(600, -45), tone(600)),
      noise(900, -45),
    ])
    const [start, end] = events.slice(-2)
    expect([start?.atMs, end?.atMs]).toEqual([4_500, 5_100])
    expect(events[1]?.detectedMs ?? 0).toBeLessThan(3_500)
  })

  it('hears who speaks from the first sample', () => {
    const [start] = listen([tone(600), silence(700)])
    expect(start?.atMs).toBe(0)
  })

  it('takes ten seconds without a breath for one speech', () => {
    expect(listen([tone(10_000), silence(600)]).map(({ atMs }) => atMs)).toEqual([0, 10_000])
  })

  it('tells the level of the speech, not of the pauses in it', () => {
    const end = listen([
      tone(300, { amplitude: 6_000 }),
      silence(400),
      tone(300, { amplitude: 6_000 }),
      silence(600),
    ]).at(-1)!
    // A sine's RMS is 3 dB below its peak.
    expect(end.kind === 'end' && end.level).toBeCloseTo(20 * Math.log10(6_000 / 32_768) - 3, 0)
  })

  it('ends what is going on when the stream pauses', () => {
    const vad = new Vad(vadSettings({}, high))
    vad.push(tone(400), 16_000)
    expect(vad.flush()).toMatchObject({ kind: 'end', startMs: 0, atMs: 400 })
    expect(vad.flush()).toBeUndefined()
  })
})

function mixed(a: Int16Array, b: Int16Array): Int16Array {
  return a.map((sample, i) => sample + (b[i] ?? 0))
}
