import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Tunable } from './job.ts'
import type { Place } from './live/place.ts'
import type { Usage } from './live/usage.ts'
import type { Log } from './log.ts'
import type { Stats } from './stats.ts'
import type { Toolbox } from './tools/toolbox.ts'

/** What a conversation shares with the worker that keeps it. */
export type Keeping = {
  /** Where it is taken up, if another process has left it. */
  from: Place | undefined
  /** Makes its place unreadable for people, and notes it for whoever goes on with it; undefined where it cannot be kept. */
  seal(place: Place): string | undefined
  used(total: Usage): void
  /** How its settings are read and changed from outside. */
  tunable(settings: Tunable): void
}

/** What every conversation of a process shares. */
export type Shared = { config: Config; toolbox: Toolbox; clock: Clock; log: Log; stats: Stats }
