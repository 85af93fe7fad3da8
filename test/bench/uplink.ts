import { Vad, vadSettings } from '../../agent/rehearsal/hearing/vad.ts'
import { HEARING_RATE, type Ms, type Samples } from '../../agent/units.ts'
import { now } from './instant.ts'
import type { StandIn } from './stand-in.ts'
import { type HeardWord, MOST_PEOPLE, WordDecoder } from './words.ts'

/** Above this a sample is somebody's, -38 dBFS; the noise of open microphones is far below. */
const LOUD = 400

/** What arrives at the stand-in, judged as it comes. */
export class Uplink {
  readonly #decoder = new WordDecoder(MOST_PEOPLE, HEARING_RATE)
  #vad = detector()
  #words: HeardWord[] = []
  #samples: Samples = 0
  #at: Ms = now()
  #second = { power: 0, samples: 0 }

  /** When the first and the last loud sample since `reset` arrived; undefined: none did. */
  firstLoudAt: Ms | undefined
  lastLoudAt: Ms | undefined
  peak = 0
  /** How often the rehearsal's detector took the sound for the beginning of speech since `reset`. */
  starts = 0
  /** The loudest second since `reset`, mean square of full scale. */
  loudest = 0

  constructor(standIn: StandIn, heardWord: (word: HeardWord) => void) {
    standIn.on('sound', (pcm, at) => {
      this.#samples += pcm.length
      this.#at = at
      this.starts += this.#vad.push(pcm, HEARING_RATE).filter(({ kind }) => kind === 'start').length
      for (const word of this.#decoder.push(pcm)) {
        this.#words.push(word)
        heardWord(word)
      }
      this.#measure(pcm, at)
    })
  }

  /** Forgets what was heard. */
  reset(): void {
    this.#words = []
    this.#vad = detector()
    this.#second = { power: 0, samples: 0 }
    this.firstLoudAt = this.lastLoudAt = undefined
    this.peak = this.starts = this.loudest = 0
  }

  /** The words since `reset`. */
  get words(): readonly HeardWord[] {
    return this.#words
  }

  /** How much has arrived by when; of two of these follows how fast the stream runs. */
  get received(): Received {
    return { samples: this.#samples, at: this.#at }
  }

  #measure(pcm: Int16Array, at: Ms): void {
    let peak = 0
    for (const sample of pcm) {
      peak = Math.max(peak, Math.abs(sample))
      this.#second.power += (sample / 32_768) ** 2
    }
    this.peak = Math.max(this.peak, peak)
    this.#second.samples += pcm.length
    if (this.#second.samples >= HEARING_RATE) {
      this.loudest = Math.max(this.loudest, this.#second.power / this.#second.samples)
      this.#second = { power: 0, samples: 0 }
    }
    if (peak < LOUD) return
    this.firstLoudAt ??= at
    this.lastLoudAt = at
  }
}

export type Received = { samples: Samples; at: Ms }

/** Samples between two moments by the time between them at 16 kHz: 1 is real time. */
export const clockBetween = (from: Received, to: Received): number =>
  (to.samples - from.samples) / ((to.at - from.at) * (HEARING_RATE / 1000))

/** As ready as the service is to believe in speech. */
const detector = () => new Vad(vadSettings({}, { low: false, silenceMs: 500 }))
