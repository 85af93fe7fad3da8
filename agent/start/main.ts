import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { loadEnvFiles, readConfig } from '../config.ts'
import { ConfigError, RoomError, StartError } from '../errors.ts'
import { Parts } from './parts.ts'
import { startAll } from './start.ts'
import { Terminal } from './terminal.ts'
import { type StopWish, stopWish } from './wish.ts'

/** `npm start`: everything on this machine, until somebody stops it or a part dies. Rejects with what went wrong. */
async function main(): Promise<void> {
  loadEnvFiles()
  const config = readConfig(process.env)
  const terminal = new Terminal(process.stdout)
  const parts = new Parts()
  const wish = stopWish(config.start.isUnderNpm)
  void wish.again.then(() => parts.kill())
  void terminal.gone.then(wish.stop)
  const starting = startAll({
    config,
    env: process.env,
    root: join(import.meta.dirname, '..', '..'),
    parts,
    say: terminal.say,
    progress: terminal.progress,
    signal: wish.signal,
  })
  try {
    await untilEnd(starting, parts, terminal, wish)
  } finally {
    wish.stop()
    await parts.close()
    // It may be tidying up after itself.
    await Promise.race([Promise.allSettled([starting]), delay(500)])
  }
}

async function untilEnd(
  starting: Promise<void>,
  parts: Parts,
  terminal: Terminal,
  wish: StopWish,
): Promise<void> {
  const died = parts.ended.then(ended => {
    if (ended.why === 'died') throw ended.error
  })
  const stopped = new Promise<void>(resolve => {
    wish.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([starting, died, stopped])
  if (!wish.signal.aborted) terminal.say('ready')
  await Promise.race([died, stopped])
}

try {
  await main()
} catch (thrown) {
  const isTold = thrown instanceof ConfigError || thrown instanceof RoomError || thrown instanceof StartError
  console.error(isTold ? thrown.message : thrown)
  process.exitCode = thrown instanceof ConfigError ? 2 : 1
}
// Everything is closed; a connection that lingers in a pool must not hold the terminal.
setTimeout(() => process.exit(), 200).unref()
