/**
 * One device that is on or off, where switching takes time. The last wish wins: what was asked for while the device was
 * still switching is done after it, and only if it is still wanted.
 */
export class Toggle {
  readonly #set: (on: boolean) => Promise<unknown>
  readonly #failed: (error: unknown) => void
  #wanted = false
  #working: Promise<void> | undefined

  constructor(set: (on: boolean) => Promise<unknown>, failed: (error: unknown) => void) {
    this.#set = set
    this.#failed = failed
  }

  /** What was asked for last, or what became of it. */
  get isOn(): boolean {
    return this.#wanted
  }

  /** Follows a change that came from elsewhere, such as a screen share ended by the browser's own button. */
  follow(on: boolean): void {
    if (this.#working === undefined) this.#wanted = on
  }

  /** Never rejects: a failure is told, and the device counts as off. */
  want(on: boolean): Promise<void> {
    this.#wanted = on
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
    })
    return this.#working
  }

  async #work(): Promise<void> {
    for (;;) {
      const on = this.#wanted
      try {
        await this.#set(on)
      } catch (error) {
        this.#wanted = false
        this.#failed(error)
        return
      }
      if (this.#wanted === on) return
    }
  }
}
