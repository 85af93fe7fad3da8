import { describe, expect, it } from 'vitest'
import { Pacer, type Pacing, seeded } from '../../../agent/rehearsal/turns/pacing.ts'
import type { Item } from '../../../agent/rehearsal/turns/script.ts'
import { type Delivery, Speaker } from '../../../agent/rehearsal/turns/speaker.ts'
import { Voice } from '../../../agent/rehearsal/voice/voice.ts'
import type { ServerMessage } from '../../../agent/rehearsal/wire/server-message.ts'
import { SteppedClock } from './clock.ts'

/** Ten samples a character, and as long as it takes. */
function voiceOf(ms = 0, clock?: SteppedClock): Voice {
  const close = async () => {}
  return new Voice({
    name: 'fake',
    speak: text => {
      const sound = new Int16Array(text.length * 1_000).fill(100)
      return ms === 0
        ? Promise.resolve(sound)
        : new Promise(resolve => clock!.after(ms, () => resolve(sound)))
    },
    close,
    [Symbol.asyncDispose]: close,
  })
}

const pacing: Pacing = { speed: 4, leastMs: 40, mostMs: 640, holdsTurnComplete: true }
const delivery: Delivery = {
  pacing,
  framing: 'many',
  modality: 'AUDIO',
  voice: 'Puck',
  words: 'beside',
  emptyMessages: false,
}

type Sent = { at: number; message: ServerMessage; samples: number }

function begin(clock: SteppedClock, items: Item[], given: Partial<Delivery> = {}, voice = voiceOf()) {
  const sent: Sent[] = []
  const stop = new AbortController()
  const outlet = {
    send: (message: ServerMessage, pcm?: Int16Array) =>
      void sent.push({ at: clock.now(), message, samples: pcm?.length ?? 0 }),
    call: async () => undefined,
    done: () => {},
  }
  const speaker = new Speaker(clock, voice, { ...delivery, ...given }, outlet, seeded(1))
  const speaking = speaker.speak(items, stop.signal).then(
    () => 'done',
    (error: Error) => error.message,
  )
  return { sent, stop, speaker, speaking }
}

const sound = (seconds: number): Item => ({
  kind: 'say',
  text: '',
  pcm: new Int16Array(seconds * 24_000).fill(7),
})
const words = (sent: readonly Sent[]) =>
  sent.map(({ message }) => message.serverContent?.outputTranscription?.text ?? '').join('')

describe('an answer on its way', () => {
  it.each([1, 4, 20])(
    'leaves at %i times its own speed, and never later than it can be heard',
    async speed => {
      const clock = new SteppedClock()
      const { sent, speaking } = begin(clock, [sound(10)], { pacing: { ...pacing, speed } })
      await clock.pass(10_000)
      expect(await speaking).toBe('done')
      let heard = 0
      for (const { at, samples } of sent) {
        expect(at).toBeCloseTo(heard / speed, 3)
        heard += samples / 24
      }
      expect(heard).toBeCloseTo(10_000, 3)
    },
  )

  it('leaves in the moment that it is asked for, where its sound is at hand', async () => {
    const clock = new SteppedClock()
    const voice = voiceOf()
    await voice.say('Opening.', 'Puck')
    const { sent } = begin(clock, [{ kind: 'say', text: 'Opening.' }], {}, voice)
    expect(sent).toHaveLength(1)
  })

  it('makes its next sentence while the one before is sent', async () => {
    const clock = new SteppedClock()
    const voice = voiceOf(200, clock)
    const two: Item[] = [
      { kind: 'say', text: 'A sentence of some length.' },
      { kind: 'say', text: 'And another.' },
    ]
    const { sent } = begin(clock, two, {}, voice)
    await clock.pass(2_000)
    const gaps = sent.map(({ at }, i) => at - (sent[i - 1]?.at ?? 0))
    // The first waits for the synthesiser; after that nothing waits longer than a chunk takes.
    expect(gaps[0]).toBe(200)
    expect(Math.max(...gaps.slice(1))).toBeLessThanOrEqual(640 / 4)
  })

  it('has all its words, in order, each with the sound that it begins in', async () => {
    const clock = new SteppedClock()
    const { sent, speaker } = begin(clock, [
      { kind: 'say', text: 'One two three.' },
      { kind: 'say', text: 'Four, five.' },
    ])
    await clock.pass(5_000)
    expect(words(sent)).toBe('One two three. Four, five.')
    expect(speaker.spoken.text).toBe('One two three. Four, five.')
  })

  it('stops at once when it is cut off, and remembers what was sent', async () => {
    const clock = new SteppedClock()
    const { sent, stop, speaker, speaking } = begin(clock, [sound(10)])
    await clock.pass(500)
    const count = sent.length
    stop.abort(new Error('Interrupted'))
    await clock.pass(5_000)
    expect(await speaking).toBe('Interrupted')
    expect(sent).toHaveLength(count)
    expect(speaker.spoken.sentMs).toBe(sent.reduce((sum, { samples }) => sum + samples, 0) / 24)
    expect(clock.waiting).toBe(0)
  })

  it('says nothing when it is cut off while its sound is being made', async () => {
    const clock = new SteppedClock()
    const { sent, stop, speaking } = begin(
      clock,
      [{ kind: 'say', text: 'Too late.' }],
      {},
      voiceOf(200, clock),
    )
    await clock.pass(100)
    stop.abort(new Error('Interrupted'))
    await clock.pass(1_000)
    expect(await speaking).toBe('Interrupted')
    expect(sent).toEqual([])
  })

  it('knows how much is still unheard', async () => {
    const clock = new SteppedClock()
    const { speaker } = begin(clock, [sound(4)])
    await clock.pass(1_000)
    expect(speaker.unheardMs).toBeCloseTo(3_000, 3)
    await clock.pass(3_500)
    expect(speaker.unheardMs).toBe(0)
  })

  it('is written where there is no sound', async () => {
    const clock = new SteppedClock()
    const { sent } = begin(
      clock,
      [
        { kind: 'say', text: 'One.' },
        { kind: 'say', text: 'Two.' },
      ],
      { modality: 'TEXT' },
    )
    await clock.pass(1)
    expect(sent.map(({ message }) => message.serverContent?.modelTurn?.parts)).toEqual([
      [{ text: 'One.' }],
      [{ text: ' Two.' }],
    ])
  })
})

describe('chunks', () => {
  it('are the same for the same seed', () => {
    const lengths = (seed: number) => {
      const pacer = new Pacer(pacing, seeded(seed))
      return Array.from({ length: 20 }, () => pacer.length())
    }
    expect(lengths(3)).toEqual(lengths(3))
    expect(lengths(3)).not.toEqual(lengths(4))
  })
})
