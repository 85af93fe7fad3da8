import { byId } from './dom.ts'
import { Meter } from './meter.ts'

/** Which band of the voice each bar shows: lowest in the middle, rising to both sides, as a mouth does. */
const BANDS = [3, 1, 0, 2, 4]

/** Five bars that follow real sound, and rest in silence. */
export class Bars {
  readonly #bars = [...byId('bars', HTMLElement).children] as HTMLElement[]
  readonly #isStill = matchMedia('(prefers-reduced-motion: reduce)')
  #meter: Meter | undefined
  #metered: MediaStreamTrack | undefined
  #frame: number | undefined

  /** Whose voice `move` follows. */
  listenTo(track: MediaStreamTrack | undefined): void {
    if (track === this.#metered) return
    this.#meter?.close()
    this.#meter = track === undefined ? undefined : new Meter(track)
    this.#metered = track
  }

  /** Moves with that voice until `rest` or `show`. */
  move(): void {
    if (this.#frame !== undefined || this.#isStill.matches) return
    const draw = () => {
      const bands = this.#meter?.bands(BANDS.length) ?? []
      const most = Math.max(0, ...bands)
      this.#bars.forEach((bar, index) => {
        const band = bands[BANDS[index] ?? 0] ?? 0
        bar.style.setProperty('--level', (0.7 * band + 0.3 * most).toFixed(3))
      })
      this.#frame = requestAnimationFrame(draw)
    }
    this.#frame = requestAnimationFrame(draw)
  }

  /** Stands at one level, 0 to 1; the middle most. */
  show(level: number): void {
    this.rest()
    if (this.#isStill.matches) return
    for (const [index, bar] of this.#bars.entries())
      bar.style.setProperty('--level', (Math.sqrt(level) * (1 - 0.3 * Math.abs(index - 2))).toFixed(3))
  }

  rest(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame)
    this.#frame = undefined
    for (const bar of this.#bars) bar.style.removeProperty('--level')
  }

  close(): void {
    this.listenTo(undefined)
    this.rest()
  }
}
