import { join } from 'node:path'
import { type Config, loadEnvFiles, readConfig } from '../config.ts'
import { ConfigError } from '../errors.ts'
import { type Finding, ill, lineOf, well } from './finding.ts'
import { examineGemini } from './gemini.ts'
import { examineLiveKit } from './livekit.ts'
import { examineMachine } from './machine.ts'
import { examineTools } from './tools.ts'

/** `npm run doctor`: a line for everything that must be well, in the order in which it is found. */
async function main(): Promise<boolean> {
  loadEnvFiles()
  const { config, findings } = settings(process.env)
  const examinations: Promise<Finding | Finding[]>[] = [
    Promise.resolve(findings),
    examineMachine(join(import.meta.dirname, '..', '..')),
  ]
  if (config !== undefined)
    examinations.push(examineTools(config), examineLiveKit(config, process.env), examineGemini(config))
  let isWell = true
  for (const examination of examinations) {
    for (const finding of [await examination].flat()) {
      console.log(lineOf(finding))
      isWell &&= finding.isWell
    }
  }
  return isWell
}

function settings(env: NodeJS.ProcessEnv): { config?: Config; findings: Finding[] } {
  try {
    return { config: readConfig(env), findings: [well('settings', 'all of them can be used')] }
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    return { findings: thrown.problems.map(({ setting, what }) => ill(setting, what)) }
  }
}

// The Live SDK keeps its connections for a while.
process.exit((await main()) ? 0 : 1)
