/** One line of the table. */
export type Row = {
  /** What was measured, with its unit. */
  what: string
  /** The bare bridge's figure of the same run. */
  bare: string
  ours: string
  /** That of livekit-agents, where it was measured too. */
  peer?: string
  /** What has to be reached; empty: only for comparison. */
  bar: string
  /** Undefined where there is no bar, or nothing of ours was measured. */
  isReached: boolean | undefined
}

/** The rows as a Markdown table with columns of even width; with one for livekit-agents where it was measured. */
export function table(rows: readonly Row[]): string {
  const withPeer = rows.some(({ peer }) => peer !== undefined)
  const beside = (cell: string) => (withPeer ? [cell] : [])
  const columns = ['', 'bare bridge', 'Roundtable', ...beside('livekit-agents'), 'to reach', '']
  const cells = rows.map(row => [
    row.what,
    row.bare,
    row.ours,
    ...beside(row.peer ?? ''),
    row.bar,
    verdict(row),
  ])
  const widths = columns.map((head, i) => Math.max(3, head.length, ...cells.map(line => line[i]!.length)))
  const line = (parts: readonly string[]) =>
    `| ${parts.map((part, i) => part.padEnd(widths[i]!)).join(' | ')} |`
  return [line(columns), line(widths.map(width => '-'.repeat(width))), ...cells.map(line)].join('\n')
}

function verdict({ isReached, bar }: Row): string {
  if (bar === '') return ''
  if (isReached === undefined) return 'not measured'
  return isReached ? 'ok' : 'not ok'
}

/** A row about Roundtable alone: nothing else does it. */
export function own(what: string, ours: string, bar = '', isReached?: boolean): Row {
  return { what, bare: '', ours, bar, isReached }
}

/** A figure for the table; NaN is one that could not be had. */
export function figure(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '-' : value.toFixed(digits)
}
