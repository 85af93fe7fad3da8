import { HEARING_RATE, type Hz, type Ms } from '../../units.ts'
import { samplesOf } from '../voice/sound.ts'
import { invalidArgument, preconditionFailed, Refusal } from '../wire/refusal.ts'
import type { Media } from '../wire/setup.ts'
import { type Picture, pictureSize } from './picture.ts'
import { decibels, Vad, type VadEvent, type VadSettings } from './vad.ts'

/** What one activity of the user held. */
export type Heard = {
  speechMs: Ms
  /** RMS of the speech, dBFS. */
  level: number
  /** Its sound, where the ear was asked to keep it. */
  pcm: Int16Array
  rate: Hz
}

export type EarEvent =
  | { kind: 'start'; atMs: Ms }
  /** `atMs` is where speech ended, before the silence that proved it. */
  | { kind: 'end'; atMs: Ms; heard: Heard }

export type Hearing = 'automatic' | 'manual'

const MOST_KEPT_MS = 30_000
const RATES = { least: 4_000, most: 192_000 }

/** Takes the realtime input of one session: finds activities in the sound, or has them marked by the client; counts pictures. */
export class Ear {
  readonly #hearing: Hearing
  readonly #vad: Vad
  /** In manual mode, what has been heard since the activity began. */
  #marked: { energy: number; samples: number; ms: Ms } | undefined
  #kept: Int16Array[] = []
  #keptMs: Ms = 0
  #rate: Hz = HEARING_RATE
  #pictures: Picture[] = []
  #heardMs: Ms = 0

  constructor(hearing: Hearing, settings: VadSettings) {
    this.#hearing = hearing
    this.#vad = new Vad(settings)
  }

  get isActive(): boolean {
    return this.#marked !== undefined || this.#vad.isSpeech
  }

  /** ms of audio taken so far, speech or not. */
  get heardMs(): Ms {
    return this.#heardMs
  }

  /** Deaf, it takes the sound and hears nothing. @throws Refusal 1007 where the type is no PCM or its rate no rate. */
  audio(
    { data = Buffer.alloc(0), mimeType = 'audio/pcm' }: Media,
    isDeaf = false,
  ): { pcm: Int16Array; rate: Hz; events: EarEvent[] } {
    const rate = rateOf(mimeType)
    const pcm = samplesOf(data)
    if (isDeaf) return { pcm, rate, events: [] }
    const ms = (pcm.length * 1000) / rate
    this.#heardMs += ms
    this.#rate = rate
    this.#keep(pcm, ms)
    if (this.#hearing === 'automatic') {
      const events = this.#vad.push(pcm, rate).map(event => this.#fromVad(event))
      return { pcm, rate, events }
    }
    if (this.#marked !== undefined) {
      for (const sample of pcm) this.#marked.energy += sample * sample
      this.#marked.samples += pcm.length
      this.#marked.ms += ms
    }
    return { pcm, rate, events: [] }
  }

  /** @throws Refusal 1007 where it is no picture. */
  picture({ data = Buffer.alloc(0), mimeType = '' }: Media): Picture {
    const size = pictureSize(data)
    if (!mimeType.startsWith('image/') || size === undefined) throw invalidArgument()
    const picture = { mimeType, bytes: data.length, ...size }
    this.#pictures.push(picture)
    // Nobody asks about more than these; they are counted, not looked at.
    if (this.#pictures.length > 1000) this.#pictures.shift()
    return picture
  }

  /** The pictures since the last time this was asked. */
  takePictures(): Picture[] {
    const pictures = this.#pictures
    this.#pictures = []
    return pictures
  }

  /** @throws Refusal 1007 where activities are found automatically. */
  markStart(): EarEvent[] {
    if (this.#hearing === 'automatic') throw markRefused()
    if (this.#marked !== undefined) return []
    this.#marked = { energy: 0, samples: 0, ms: 0 }
    this.#forget()
    return [{ kind: 'start', atMs: this.#heardMs }]
  }

  /** @throws Refusal 1007 where activities are found automatically. */
  markEnd(): EarEvent[] {
    if (this.#hearing === 'automatic') throw markRefused()
    const marked = this.#marked
    if (marked === undefined) return []
    this.#marked = undefined
    const level = decibels(marked.energy / Math.max(1, marked.samples))
    return [{ kind: 'end', atMs: this.#heardMs, heard: this.#heard(marked.ms, level) }]
  }

  /** The microphone pauses: what is going on ends. */
  streamEnd(): EarEvent[] {
    const event = this.#vad.flush()
    return event === undefined ? [] : [this.#fromVad(event)]
  }

  #fromVad(event: VadEvent): EarEvent {
    if (event.kind === 'start') return { kind: 'start', atMs: event.atMs }
    return { kind: 'end', atMs: event.atMs, heard: this.#heard(event.atMs - event.startMs, event.level) }
  }

  #heard(speechMs: Ms, level: number): Heard {
    const pcm = new Int16Array(this.#kept.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const piece of this.#kept) {
      pcm.set(piece, at)
      at += piece.length
    }
    this.#forget()
    return { speechMs, level, pcm, rate: this.#rate }
  }

  #keep(pcm: Int16Array, ms: Ms): void {
    if (this.#hearing === 'manual' && this.#marked === undefined) return
    this.#kept.push(pcm)
    this.#keptMs += ms
    // Outside speech only a short pre-roll is worth keeping, or an answer of the caller's own voice would begin with the pause.
    const most = this.isActive ? MOST_KEPT_MS : 300
    while (this.#keptMs > most && this.#kept.length > 1)
      this.#keptMs -= (this.#kept.shift()!.length * 1000) / this.#rate
  }

  #forget(): void {
    this.#kept = []
    this.#keptMs = 0
  }
}

const markRefused = () =>
  new Refusal(
    1007,
    'Explicit activity control is not supported when automatic activity detection is enabled.',
  )

/** `audio/pcm;rate=16000`, with or without the rate, in any case and spacing. */
export function rateOf(mimeType: string): Hz {
  const [type = '', ...parameters] = mimeType.toLowerCase().split(';')
  if (!/^audio\/(pcm|l16|x-raw)$/.test(type.trim())) throw preconditionUnless(mimeType)
  const rate = parameters
    .map(one => /^\s*rate\s*=\s*"?(\d+)"?\s*$/.exec(one)?.[1])
    .find(one => one !== undefined)
  const hz = rate === undefined ? HEARING_RATE : Number(rate)
  if (hz < RATES.least || hz > RATES.most) throw invalidArgument()
  return hz
}

const preconditionUnless = (mimeType: string) =>
  mimeType === '' ? preconditionFailed() : new Refusal(1007, `Unsupported MIME type: ${mimeType}`)
