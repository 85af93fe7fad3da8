import type { TestLiveKit } from '../e2e/livekit.ts'
import type { Row } from './report.ts'
import type { Kind } from './subject.ts'

/** What every measure is given. */
export type Bench = {
  livekit: TestLiveKit
  /** Who is measured, in the order of their turns. */
  kinds: readonly Kind[]
  /** The environment that every program gets: where programs are, and nothing that configures ours. */
  basics: Readonly<Record<string, string>>
  /** Says how far it is; not part of the table. */
  tell: (line: string) => void
}

/** Some rows of a table that are measured together. */
export type Measure = {
  /** What `--only` calls it. */
  name: string
  /** Starts what it needs and ends it again, also when it throws. */
  run: (bench: Bench) => Promise<Row[]>
}
