import type { Toggle } from './toggle.ts'

/**
 * Talking for as long as a key or a button is held: the microphone is on meanwhile, and is again what it was afterwards.
 * Where the agent is spoken to by pressing, it is told of that too.
 */
export class Holding {
  readonly #microphone: Toggle
  readonly #changed: () => void
  readonly #tell: (isTalking: boolean) => void
  /** The agent hears only who presses. */
  isAsked = false
  #held: { wasOn: boolean; isTold: boolean } | undefined

  /**
   * @param tell tells the agent that one begins or ends to talk to it
   * @param changed is called when the microphone has been switched
   */
  constructor(microphone: Toggle, tell: (isTalking: boolean) => void, changed: () => void) {
    this.#microphone = microphone
    this.#tell = tell
    this.#changed = changed
  }

  get isHeld(): boolean {
    return this.#held !== undefined
  }

  press(): void {
    if (this.#held !== undefined) return
    const wasOn = this.#microphone.isOn
    if (wasOn && !this.isAsked) return
    this.#held = { wasOn, isTold: this.isAsked }
    if (this.isAsked) this.#tell(true)
    if (!wasOn) void this.#microphone.want(true).then(this.#changed)
    this.#changed()
  }

  release(): void {
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    if (held.isTold) this.#tell(false)
    if (!held.wasOn) void this.#microphone.want(false).then(this.#changed)
    this.#changed()
  }

  /** The microphone was switched by hand meanwhile: it stays as it was put. */
  keep(): void {
    if (this.#held !== undefined) this.#held = { ...this.#held, wasOn: true }
  }
}
