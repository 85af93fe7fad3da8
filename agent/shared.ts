import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Log } from './log.ts'
import type { Stats } from './stats.ts'
import type { Toolbox } from './tools/toolbox.ts'

/** What every conversation of a process shares. */
export type Shared = { config: Config; toolbox: Toolbox; clock: Clock; log: Log; stats: Stats }
