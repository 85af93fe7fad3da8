import { systemClock } from '../clock.ts'
import { loadEnvFiles, readConfig } from '../config.ts'
import { conversations } from '../conversations.ts'
import { ConfigError, RoomError, StartError } from '../errors.ts'
import { Log } from '../log.ts'
import { Stats } from '../stats.ts'
import { openToolbox } from '../tools/toolbox.ts'
import { runWorker } from './program.ts'

/**
 * `npm run worker`: registers with LiveKit and talks in every room it is given, until it is told to end. Resolves with
 * the exit code; what kept it from starting it says on standard error.
 */
export async function command(): Promise<number> {
  try {
    loadEnvFiles()
    const config = readConfig(process.env)
    const { livekit, agentName, healthPort, logLevel } = config
    const log = new Log({ part: 'worker' }, logLevel)
    const stats = new Stats()
    const clock = systemClock
    await using toolbox = await openToolbox(config.tools, config.live.profile, { log, clock })
    const converse = conversations({ config, toolbox, clock, log, stats })
    return await runWorker({ livekit, agentName, healthPort, converse, version: '0.1.0', log, stats })
  } catch (thrown) {
    if (!(thrown instanceof ConfigError || thrown instanceof StartError || thrown instanceof RoomError))
      throw thrown
    process.stderr.write(`${thrown.message}\n`)
    return thrown instanceof ConfigError ? 2 : 1
  }
}
