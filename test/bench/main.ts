/** `npm run bench [-- --only NAME] [--bare]`: measures ours beside a bare bridge and prints the table of the README. */
// LiveKit's SDK writes debug lines to standard output unless it believes to be in production; it looks when it is imported.
process.env.NODE_ENV ??= 'production'
const { runBench } = await import('./run.ts')

// A signal alone would end us without the `exit` event, at which the programs that we started are ended.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
try {
  process.exitCode = await runBench(process.argv.slice(2), process.env)
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown)
  process.exitCode = 1
}
// LiveKit's native threads would keep the process alive.
process.exit()
