import { FRAME_SAMPLES, type Lane } from './lane.ts'
import { levelOf } from './pcm.ts'

/** What one step of the mixer produced. */
export type Mix = {
  /** 160 samples of 16 kHz mono; the mixer's own buffer, valid until the next step. */
  pcm: Int16Array
  /** The level of each lane in this frame, dBFS, by lane. */
  levels: ReadonlyMap<Lane, number>
}

/**
 * Sums every lane's next 10 ms into one stream. It owns no time: each `step()` is one frame, and a lane with nothing ready is silence.
 * Sums wide, then clips: nobody is turned down because somebody else joins.
 */
export class Mixer {
  readonly #lanes = new Set<Lane>()
  readonly #sum = new Int32Array(FRAME_SAMPLES)
  readonly #part = new Int16Array(FRAME_SAMPLES)
  readonly #pcm = new Int16Array(FRAME_SAMPLES)
  readonly #levels = new Map<Lane, number>()

  get size(): number {
    return this.#lanes.size
  }

  add(lane: Lane): void {
    this.#lanes.add(lane)
  }

  remove(lane: Lane): void {
    this.#lanes.delete(lane)
    this.#levels.delete(lane)
  }

  /** Whether every lane has its next frame, so that waiting longer gains nothing. False without lanes. */
  isComplete(): boolean {
    for (const lane of this.#lanes) if (!lane.has(FRAME_SAMPLES)) return false
    return this.#lanes.size > 0
  }

  step(): Mix {
    this.#sum.fill(0)
    for (const lane of this.#lanes) {
      const count = lane.read(this.#part)
      this.#levels.set(lane, levelOf(this.#part))
      for (let i = 0; i < count; i++) this.#sum[i]! += this.#part[i]!
    }
    for (let i = 0; i < FRAME_SAMPLES; i++) this.#pcm[i] = Math.max(-32_768, Math.min(32_767, this.#sum[i]!))
    return { pcm: this.#pcm, levels: this.#levels }
  }
}
