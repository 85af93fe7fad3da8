/** One figure of Prometheus' text, without the prefix that all of ours have. */
export type Metric = {
  /** snake_case with its unit; a counter's ends in `_total`. */
  name: string
  kind: 'counter' | 'gauge'
  value: number
  help?: string
}

/** Prometheus' text format 0.0.4: every name once, under its type. */
export function prometheusText(metrics: readonly Metric[], prefix = 'roundtable_'): string {
  const lines = metrics.flatMap(({ name, kind, value, help }) => [
    ...(help === undefined ? [] : [`# HELP ${prefix}${name} ${help}`]),
    `# TYPE ${prefix}${name} ${kind}`,
    `${prefix}${name} ${value}`,
  ])
  return `${lines.join('\n')}\n`
}
