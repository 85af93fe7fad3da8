import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, loadEnvFiles, readConfig } from '../config.ts'
import { asError, ConfigError, StartError } from '../errors.ts'
import { Log } from '../log.ts'
import { readScenario } from './scenario/reading.ts'
import type { Scenario } from './scenario/scenario.ts'
import { type Rehearsal, startRehearsal } from './server.ts'

/** Runs the rehearsal until it is told to end, and returns the program's exit code. */
export async function command(): Promise<number> {
  try {
    loadEnvFiles()
    await run(readConfig(process.env))
    return 0
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof StartError)) throw error
    console.error(error.message)
    return error instanceof ConfigError ? 2 : 1
  }
}

async function run(config: Config): Promise<void> {
  const { host, scenarioFile, keys } = config.rehearsal
  const rehearsal = await startRehearsal({
    port: config.rehearsalPort,
    host,
    log: new Log({ part: 'rehearsal' }, config.logLevel),
    scenario: scenarioFile === undefined ? {} : loadScenario(scenarioFile),
    keys: keys.length === 0 ? 'any' : keys,
  })
  const authorityFile = writeAuthority(rehearsal, config)
  console.log(greeting(rehearsal, authorityFile, keys[0] ?? 'rehearsal'))
  console.log('ready')
  const end = () => void rehearsal.close()
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  // Started by another program: never outlive it.
  if (process.send !== undefined) process.once('disconnect', end)
  await rehearsal.ended
  rmSync(authorityFile, { force: true })
}

function loadScenario(file: string): Scenario {
  try {
    return readScenario(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new ConfigError([
      { setting: 'REHEARSAL_SCENARIO', what: `names ${file}: ${asError(error).message}` },
    ])
  }
}

/** Where the certificate lies that a TLS client is to trust. One file a port: another rehearsal has another authority. */
function writeAuthority({ url, authority }: Rehearsal, { start }: Config): string {
  const folder = join(start.cacheDir, 'rehearsal')
  const file = join(folder, `authority-${new URL(url).port}.pem`)
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, authority)
  } catch (cause) {
    const why = asError(cause).message
    throw new StartError(
      `The rehearsal cannot write its certificate: ${why}; set XDG_CACHE_HOME to a folder that it may write to`,
      { cause },
    )
  }
  return file
}

function greeting({ url, secureUrl }: Rehearsal, authorityFile: string, key: string): string {
  return `Rehearsal: a local stand-in for the Gemini Live API. It understands nothing; it tells what it received.

JavaScript   export GOOGLE_GEMINI_BASE_URL=${url} GEMINI_API_KEY=${key}
Python       export GOOGLE_GEMINI_BASE_URL=${secureUrl} GEMINI_API_KEY=${key} SSL_CERT_FILE=${authorityFile}
             (the Python SDK always dials TLS; SSL_CERT_FILE makes it trust this rehearsal, and nobody else)
Watch        ${url}/_rehearsal/
`
}
