import { Stats } from '../stats.ts'
import type { Ms } from '../units.ts'
import { Faults } from './faults.ts'
import type { Phase } from './phase.ts'
import { DRAIN_MS, startWorker, type WorkerOptions } from './worker.ts'

/** Beyond the time for leaving the rooms the process lives no longer than this, whatever still holds it. */
const LINGER_MS: Ms = 1000

/**
 * A worker as a program: says where it registered and then `registered`; drains on SIGTERM, SIGINT and when the process
 * that started it goes; ends at once on a second signal. Resolves with the exit code: 0 after a drain, 1 where the
 * process itself was broken.
 * @throws RoomError where LiveKit will not have us, StartError where the health port is held.
 */
export async function runWorker(options: WorkerOptions): Promise<number> {
  const { livekit, agentName, log, stats = new Stats(), drainMs = DRAIN_MS } = options
  let code = 0
  let end = () => {}
  using faults = new Faults(log, stats, () => {
    code = 1
    end()
  })
  const ailment = () =>
    faults.areMany ? 'Errors keep coming in this worker: its log tells which' : undefined
  await using worker = await startWorker({ ...options, stats, ailment }, patience())
  end = () => void worker.close()
  using _told = untilTold(() => void worker.close(), drainMs + LINGER_MS)
  worker.registered.then(
    ({ worker: id, server }) => {
      const rooms = agentName === '' ? 'every new room' : `rooms that ask for ${agentName}`
      console.log(`worker ${id} at ${livekit.url} (LiveKit ${server}), for ${rooms}`)
      console.log(`health http://127.0.0.1:${worker.healthPort}/healthz`)
      console.log('registered')
    },
    () => {},
  )
  const ended = await worker.ended
  if (ended.why === 'refused') throw ended.error
  return code
}

/** One line when LiveKit cannot be reached at the start: the log tells the rest, but somebody may be waiting for words. */
function patience(): (phase: Phase) => void {
  let hasSpoken = false
  return phase => {
    if (phase.at !== 'waiting' || phase.hasServed || hasSpoken) return
    hasSpoken = true
    process.stderr.write(`${phase.why.message}; trying again until it does\n`)
  }
}

/** Calls `end` once at the first signal or when our parent's channel closes; a second signal, or `within`, ends the process. */
function untilTold(end: () => void, within: Ms): Disposable {
  const first = () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, again)
    process.off('SIGTERM', first)
    process.off('SIGINT', first)
    setTimeout(() => process.exit(1), within).unref()
    end()
  }
  const again = () => process.exit(1)
  process.on('SIGTERM', first)
  process.on('SIGINT', first)
  if (process.connected) process.once('disconnect', first)
  // It may have gone while we were starting.
  else if (process.send !== undefined) first()
  return {
    [Symbol.dispose]() {
      process.off('disconnect', first)
      for (const listener of [first, again]) process.off('SIGTERM', listener).off('SIGINT', listener)
    },
  }
}
