import { type Clock, systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import { ConfigError } from '../errors.ts'
import { Log } from '../log.ts'
import { openToolbox } from '../tools/toolbox.ts'
import { type Finding, ill, well } from './finding.ts'

/** Loads what TOOLS names and asks the servers of MCP what they have; nothing is called. */
export async function examineTools({ tools, live }: Config, clock: Clock = systemClock): Promise<Finding[]> {
  if (tools.modules.length + tools.servers.length === 0) return []
  const away: Finding[] = []
  const log = new Log({}, 'error', line => {
    const { error } = JSON.parse(line)
    away.push(ill('MCP', error?.message ?? line))
  })
  try {
    await using toolbox = await openToolbox(tools, live.profile, { log, clock })
    const names = toolbox.tools.map(({ name }) => name)
    return [...away, well('tools', names.length === 0 ? 'none' : names.join(', '))]
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    return thrown.problems.map(({ setting, what }) => ill(setting, what))
  }
}
