import type { Problem } from './errors.ts'

/** Reads variables one by one and remembers every problem, so that a person mends them all at once. Empty counts as unset. */
export class Settings {
  readonly problems: Problem[] = []
  readonly #env: NodeJS.ProcessEnv

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
  }

  problem(setting: string, what: string): void {
    this.problems.push({ setting, what })
  }

  text(name: string): string | undefined {
    const value = this.#env[name]?.trim()
    return value === '' ? undefined : value
  }

  /** Like `text`, but a message about it never shows its value. */
  secret(name: string): string | undefined {
    const value = this.text(name)
    // A pasted newline or a stray blank inside a key fails far away, in an HTTP header, with words that name no setting.
    if (value !== undefined && /[\s\p{C}]/u.test(value))
      this.problem(name, 'contains a blank or a control character; paste it again')
    return value
  }

  list(name: string): string[] {
    return (this.text(name) ?? '')
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== '')
  }

  flag(name: string): boolean {
    const value = this.text(name)?.toLowerCase()
    if (value === undefined || ['0', 'false', 'no', 'off'].includes(value)) return false
    if (['1', 'true', 'yes', 'on'].includes(value)) return true
    this.problem(name, `is "${value}"; use true or false`)
    return false
  }

  matching(name: string, pattern: RegExp, unset: string, accepted: string): string {
    const value = this.text(name) ?? unset
    if (!pattern.test(value)) this.problem(name, `is "${value}"; use ${accepted}`)
    return value
  }

  /** One of `accepted`, whatever its case; undefined where it is unset or wrong. */
  choice<const T extends string>(name: string, accepted: readonly T[]): T | undefined {
    const value = this.text(name)
    const found = accepted.find(one => one.toLowerCase() === value?.toLowerCase())
    if (value !== undefined && found === undefined)
      this.problem(name, `is "${value}"; use one of ${accepted.join(', ')}`)
    return found
  }

  whole(name: string, unset: number, { least, most }: { least: number; most: number }): number {
    const value = this.text(name)
    if (value === undefined) return unset
    const number = Number(value)
    if (Number.isInteger(number) && number >= least && number <= most) return number
    this.problem(name, `is "${value}"; use a whole number from ${least} to ${most}`)
    return unset
  }

  /** A TCP port; 0 asks for any free one. */
  port(name: string, unset: number): number {
    return this.whole(name, unset, { least: 0, most: 65_535 })
  }

  url(name: string, protocols: readonly string[]): string | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const parsed = URL.canParse(value) ? new URL(value) : undefined
    if (parsed !== undefined && protocols.includes(parsed.protocol)) return value.replace(/\/+$/, '')
    const shown = protocols.map(protocol => `${protocol}//`).join(', ')
    this.problem(name, `is "${value}"; use an address that begins with ${shown}`)
    return undefined
  }
}
