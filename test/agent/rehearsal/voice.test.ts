import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { voices } from '../../../agent/live/models.ts'
import { cast, DEFAULT_VOICE } from '../../../agent/rehearsal/voice/cast.ts'
import { type Synthesiser, startSynthesiser } from '../../../agent/rehearsal/voice/synthesiser.ts'
import { speakable, Voice } from '../../../agent/rehearsal/voice/voice.ts'

let synthesiser: Synthesiser
beforeAll(async () => {
  synthesiser = await startSynthesiser()
})
afterAll(() => synthesiser.close())

describe('the voices', () => {
  it('are the thirty of the Live API', () => {
    expect(Object.keys(cast).sort()).toEqual([...voices].sort())
    expect(cast[DEFAULT_VOICE]).toBeDefined()
  })

  it('can be told apart, each from every other', async () => {
    const sounds = new Map<string, { pitch: number; brightness: number; seconds: number }>()
    for (const name of voices) {
      const pcm = await synthesiser.speak('How are you all today?', cast[name]!)
      sounds.set(name, { pitch: pitchOf(pcm), brightness: brightnessOf(pcm), seconds: pcm.length / 24_000 })
    }
    const alike: string[] = []
    for (const [one, a] of sounds)
      for (const [other, b] of sounds) {
        if (one >= other) continue
        // A semitone is 6 %. Different recordings of the same pitch differ in their colour.
        const apart = [
          ratio(a.pitch, b.pitch) / 1.06,
          ratio(a.brightness, b.brightness) / 1.1,
          ratio(a.seconds, b.seconds) / 1.1,
        ]
        if (Math.max(...apart) < 1) alike.push(`${one} and ${other}`)
      }
    expect(alike).toEqual([])
  })

  it('are equally loud, and begin at once', async () => {
    for (const name of ['Puck', 'Zephyr', 'Charon', 'Fenrir']) {
      const pcm = await synthesiser.speak('How are you all today?', cast[name]!)
      expect(20 * Math.log10(rms(pcm) / 32_768)).toBeGreaterThan(-27)
      expect(20 * Math.log10(rms(pcm) / 32_768)).toBeLessThan(-18)
      expect(pcm.findIndex(sample => Math.abs(sample) > 100) / 24).toBeLessThan(20)
    }
  })

  it('speak the same sentence the same each time', async () => {
    const part = cast.Kore!
    const first = await synthesiser.speak('Once more.', part)
    await synthesiser.speak('Something else in between, rather longer than that.', part)
    expect(await synthesiser.speak('Once more.', part)).toEqual(first)
  })

  it.each(['', '-', '...', '<b>&', 'don\'t "quote" `me`; $(rm -rf)', 'a'.repeat(400)])(
    'survive %j',
    async text => {
      expect(await synthesiser.speak(text, cast.Puck!)).toBeInstanceOf(Int16Array)
    },
  )
})

describe('without Flite', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('espeak-ng speaks, where it is there', async context => {
    const other = await startSynthesiser('').catch(() => undefined)
    if (other?.name !== 'espeak-ng') return context.skip('espeak-ng is not installed')
    const pcm = await other.speak('How are you all today?', cast.Kore!)
    expect(pcm.length).toBeGreaterThan(12_000)
    expect(20 * Math.log10(rms(pcm) / 32_768)).toBeGreaterThan(-27)
  })

  it('and without espeak-ng it is said what to install', async () => {
    vi.stubEnv('PATH', '')
    await expect(startSynthesiser('')).rejects.toThrow(/npm install --include=optional.*espeak-ng/)
  })
})

describe('the sounds kept', () => {
  /** Makes as many samples as the text has characters, and remembers what it was asked. */
  function counting(): Synthesiser & { asked: string[] } {
    const asked: string[] = []
    return {
      name: 'counting',
      asked,
      speak: async text => {
        asked.push(text)
        return new Int16Array(text.length)
      },
      close: async () => {},
      [Symbol.asyncDispose]: async () => {},
    }
  }

  it('a sentence is made once, however many ask at one time', async () => {
    const maker = counting()
    const voice = new Voice(maker)
    await Promise.all([voice.say('Hello.'), voice.say('Hello.'), voice.say('Hello.', 'Kore')])
    await voice.say('Hello.')
    expect(maker.asked).toEqual(['Hello.', 'Hello.'])
    expect(voice.kept('Hello.')).toHaveLength(6)
  })

  it('the one least recently used goes when there is no room', async () => {
    const maker = counting()
    const voice = new Voice(maker, 40)
    await voice.say('aaaaaaaa')
    await voice.say('bbbbbbbb')
    voice.kept('aaaaaaaa')
    await voice.say('cccccccc')
    expect(['aaaaaaaa', 'bbbbbbbb', 'cccccccc'].map(text => voice.kept(text) !== undefined)).toEqual([
      true,
      false,
      true,
    ])
  })

  it('a failure is told to everyone who asked, and the next try is a new one', async () => {
    let isBroken = true
    const voice = new Voice({
      ...counting(),
      speak: async () => {
        if (isBroken) throw new Error('broken')
        return new Int16Array(1)
      },
    })
    await expect(Promise.all([voice.say('a'), voice.say('a')])).rejects.toThrow('broken')
    isBroken = false
    await expect(voice.say('a')).resolves.toHaveLength(1)
  })
})

describe('what can be said', () => {
  it.each([
    ['Grüße aus São Paulo', 'Grusse aus Sao Paulo'],
    ['你好 there', 'words in another script there'],
    ['“quoted” — said …', 'quoted said'],
    ['🙂', 'Something that I cannot say.'],
    ['it’s', "it's"],
  ])('%s', (text, said) => {
    expect(
      speakable(text)
        .replace(/\.\.\.$/, '')
        .trim(),
    ).toBe(said)
  })
})

const ratio = (a: number, b: number) => Math.max(a, b) / Math.min(a, b)

function rms(pcm: Int16Array): number {
  return Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length)
}

/** Median over 40 ms windows of the lag at which the sound is most like itself. */
function pitchOf(pcm: Int16Array): number {
  const window = 960
  const found: number[] = []
  for (let from = 0; from + 2 * window < pcm.length; from += window) {
    const energy = product(pcm, from, 0, window)
    if (energy < window * 500 ** 2) continue
    let best = { likeness: 0.6, hz: 0 }
    for (let lag = 68; lag <= 400; lag++) {
      const scale = Math.sqrt(energy * product(pcm, from + lag, 0, window)) || 1
      const likeness = product(pcm, from, lag, window) / scale
      if (likeness > best.likeness + 0.02) best = { likeness, hz: 24_000 / lag }
    }
    if (best.hz > 0) found.push(best.hz)
  }
  return found.sort((a, b) => a - b)[found.length >> 1] ?? 1
}

function product(pcm: Int16Array, from: number, lag: number, length: number): number {
  let sum = 0
  for (let i = from; i < from + length; i++) sum += pcm[i]! * pcm[i + lag]!
  return sum
}

/** Energy of the difference against energy: higher for brighter sounds. */
function brightnessOf(pcm: Int16Array): number {
  let change = 0
  let energy = 1
  for (let i = 1; i < pcm.length; i++) {
    change += (pcm[i]! - pcm[i - 1]!) ** 2
    energy += pcm[i]! ** 2
  }
  return Math.sqrt(change / energy)
}
