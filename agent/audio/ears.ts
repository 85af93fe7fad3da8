import { HEARING_RATE, type Ms } from '../units.ts'
import { samplesIn } from './pcm.ts'
import { Ring } from './ring.ts'

/** People press a little after they begin to talk: so much of what they said before is theirs too, ms. */
const PRE_ROLL_MS: Ms = 300

/** Where one open microphone goes. */
export type Microphone = {
  /** Takes 16 kHz mono PCM16 as it arrives. */
  push(pcm: Int16Array): void
  close(): void
}

/** Lets the sound of those through who are listened to, and keeps for a moment what the others said. */
export class Ears {
  readonly #listensTo: (identity: string) => boolean
  readonly #rings = new Map<Ring, string>()

  constructor(listensTo: (identity: string) => boolean) {
    this.#listensTo = listensTo
  }

  /** The microphone of `identity` on its way to `next`, which gets silence in the place of what is not listened to. */
  open(identity: string, next: Microphone): Microphone {
    const ring = new Ring(samplesIn(PRE_ROLL_MS, HEARING_RATE))
    this.#rings.set(ring, identity)
    let silence = new Int16Array(0)
    return {
      push: pcm => {
        ring.push(pcm)
        if (this.#listensTo(identity)) return next.push(pcm)
        if (silence.length !== pcm.length) silence = new Int16Array(pcm.length)
        next.push(silence)
      },
      close: () => {
        this.#rings.delete(ring)
        next.close()
      },
    }
  }

  /** What `identity` said just before now, 16 kHz mono; of several microphones the first. It is given once. */
  before(identity: string): Int16Array {
    for (const [ring, owner] of this.#rings) {
      if (owner !== identity || ring.length === 0) continue
      const pcm = new Int16Array(ring.length)
      ring.read(pcm)
      return pcm
    }
    return new Int16Array(0)
  }

  /** Forgets what was kept: it was not meant for anybody. */
  forget(): void {
    for (const ring of this.#rings.keys()) ring.skip(ring.length)
  }
}
