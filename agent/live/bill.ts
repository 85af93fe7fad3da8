import type { Log } from '../log.ts'
import type { Stats } from '../stats.ts'
import { Account, type Tokens, type Usage } from './usage.ts'

/** What a conversation uses, as it is told to whoever runs it: each turn once, over all connections. */
export class Bill {
  readonly #account: Account
  readonly #log: Log
  readonly #stats: Stats
  readonly #changed: (total: Usage) => void

  constructor(model: string, log: Log, stats: Stats, changed: (total: Usage) => void) {
    this.#account = new Account(model)
    this.#log = log
    this.#stats = stats
    this.#changed = changed
  }

  get total(): Usage {
    return this.#account.total
  }

  /** Another model answers from now on. */
  use(model: string): void {
    this.#account.use(model)
  }

  told(tokens: Tokens): void {
    this.#account.told(tokens)
  }

  /** The turn is over, or its connection is. */
  turnEnded(): void {
    const used = this.#account.turnEnded()
    if (used === undefined) return
    this.#stats.add('live_input_tokens', used.inputTokens)
    this.#stats.add('live_output_tokens', used.outputTokens)
    this.#stats.add('live_cost_microdollars', Math.round(used.usd * 1e6))
    this.#log.debug('turn billed', { ...used })
    this.#changed(this.total)
  }
}
