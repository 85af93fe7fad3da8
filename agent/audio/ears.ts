import { HEARING_RATE, type Ms } from '../units.ts'
import type { Microphone } from './hearing.ts'
import { samplesIn } from './pcm.ts'
import { Ring } from './ring.ts'
import type { Voice } from './timeline.ts'

/** People press a little after they begin to talk: so much of what they said before is theirs too, ms. */
const PRE_ROLL_MS: Ms = 300

/** Lets the sound of those through who are listened to, and keeps for a moment what the others said. */
export class Ears {
  readonly #listensTo: (identity: string) => boolean
  readonly #rings = new Map<Ring, Voice>()

  constructor(listensTo: (identity: string) => boolean) {
    this.#listensTo = listensTo
  }

  /** A microphone on its way to `next`, which gets silence in the place of what is not listened to. */
  open(voice: Voice, next: Microphone): Microphone {
    const ring = new Ring(samplesIn(PRE_ROLL_MS, HEARING_RATE))
    this.#rings.set(ring, voice)
    let silence = new Int16Array(0)
    return {
      push: pcm => {
        ring.push(pcm)
        if (this.#listensTo(voice.identity)) return next.push(pcm)
        if (silence.length !== pcm.length) silence = new Int16Array(pcm.length)
        next.push(silence)
      },
      close: () => {
        this.#rings.delete(ring)
        next.close()
      },
    }
  }

  /** What `identity` said just before now, 16 kHz mono, of each of their microphones. It is given once. */
  before(identity: string): { voice: Voice; pcm: Int16Array }[] {
    const said = [...this.#rings].filter(([ring, voice]) => voice.identity === identity && ring.length > 0)
    return said.map(([ring, voice]) => {
      const pcm = new Int16Array(ring.length)
      ring.read(pcm)
      return { voice, pcm }
    })
  }
}
