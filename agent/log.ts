/** Facts that go with a log line. Never put a key, a token or what somebody said in here. */
export type Facts = Readonly<Record<string, unknown>>
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const levels: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40 }

/** One JSON line per event on standard error: `time`, `level`, `part`, `event`, then the facts. */
export class Log {
  readonly #base: Facts
  readonly #least: LogLevel
  readonly #write: (line: string) => void

  constructor(base: Facts, least: LogLevel = 'info', write: (line: string) => void = toStandardError) {
    this.#base = base
    this.#least = least
    this.#write = write
  }

  /** A log that adds `facts` to every line, such as the room's name. */
  with(facts: Facts): Log {
    return new Log({ ...this.#base, ...facts }, this.#least, this.#write)
  }

  debug(event: string, facts?: Facts) {
    this.#line('debug', event, facts)
  }
  info(event: string, facts?: Facts) {
    this.#line('info', event, facts)
  }
  warn(event: string, facts?: Facts) {
    this.#line('warn', event, facts)
  }
  error(event: string, facts?: Facts) {
    this.#line('error', event, facts)
  }

  #line(level: LogLevel, event: string, facts: Facts = {}) {
    if (levels[level] < levels[this.#least]) return
    const time = new Date().toISOString()
    this.#write(`${JSON.stringify({ time, level, ...this.#base, event, ...facts }, plain)}\n`)
  }
}

/** An Error says its name and message; a bigint its digits. JSON.stringify alone would print {} or throw. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) {
    const cause = value.cause instanceof Error ? { cause: value.cause } : {}
    return { error: value.name, message: value.message, ...cause }
  }
  return typeof value === 'bigint' ? value.toString() : value
}

function toStandardError(line: string): void {
  process.stderr.write(line)
}
