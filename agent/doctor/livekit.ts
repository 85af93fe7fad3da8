import type { Config } from '../config.ts'
import { asError, ConfigError } from '../errors.ts'
import { findLiveKit, LIVEKIT_VERSION } from '../start/binary.ts'
import { keyProblems, liveKitPorts, planLiveKit } from '../start/livekit.ts'
import { type LiveKitFile, readLiveKitFile } from '../start/livekit-file.ts'
import { portProblems, type Wanted } from '../start/ports.ts'
import { partPorts } from '../start/start.ts'
import { type Finding, ill, well } from './finding.ts'

/** The LiveKit server, our key there, both clocks, and every port that `npm start` is going to need. */
export async function examineLiveKit(config: Config, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  let file: LiveKitFile
  try {
    file = readLiveKitFile(config.start.liveKitFile)
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    return thrown.problems.map(({ setting, what }) => ill(setting, what))
  }
  const plan = await planLiveKit(config.livekit, file).catch(asError)
  if (plan instanceof Error) return [ill('LiveKit', plan.message), ...(await examinePorts(partPorts(config)))]
  if (plan.is !== 'absent')
    return [
      well('LiveKit', `${plan.livekit.url} lets us in, and its clock is ours`),
      ...(await examinePorts(partPorts(config))),
    ]
  const keys = keyProblems(config.livekit, file).map(({ setting, what }) => ill(setting, what))
  const ports = await examinePorts([...liveKitPorts(file), ...partPorts(config)])
  return [await binary(config, env), ...keys, ...ports]
}

async function binary({ start }: Config, env: NodeJS.ProcessEnv): Promise<Finding> {
  const found = await findLiveKit({ ...start, env })
  const what =
    found === undefined
      ? `none on this machine: npm start fetches ${LIVEKIT_VERSION}`
      : `${found.version} at ${found.path}: npm start runs it`
  return well('livekit-server', what)
}

/** What holds one of our ports may be ourselves. */
const OURS = /(agent|web)\/(\w+\/)?main\.ts \(pid \d+\)/

async function examinePorts(wanted: readonly Wanted[]): Promise<Finding[]> {
  const problems = await portProblems(wanted)
  if (problems.length === 0) return [well('ports', wanted.map(({ port }) => port || 'any').join(', '))]
  return problems.map(({ setting, what }) => {
    const [ourselves] = OURS.exec(what) ?? []
    return ourselves === undefined ? ill(setting, what) : well(setting, `held by our own ${ourselves}`)
  })
}
