/** What is counted over the life of a process, all rooms together; the counters are part of the product (see /metrics). */
export class Stats {
  readonly #counts = new Map<string, number>()

  /** Adds to the counter `name`, in snake_case; its unit, where it is not a number of things, is the name's last word. */
  add(name: string, amount = 1): void {
    if (amount !== 0) this.#counts.set(name, (this.#counts.get(name) ?? 0) + amount)
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  /** Every counter so far, by name. */
  entries(): [name: string, count: number][] {
    return [...this.#counts].sort(([a], [b]) => a.localeCompare(b))
  }
}
