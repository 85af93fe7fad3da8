import { loadEnvFiles, readConfig } from '../../agent/config.ts'
import { ConfigError, StartError } from '../../agent/errors.ts'
import { startWeb } from './server.ts'

/** `npm run web`: the page and the token endpoint by themselves, until it is told to end. */
async function main(): Promise<void> {
  loadEnvFiles()
  const config = readConfig(process.env)
  const web = await startWeb(config)
  const end = () => void web.close()
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  if (process.send !== undefined) process.once('disconnect', end)
  console.log(`page   ${web.link}`)
  console.log(`rooms  ${config.livekit.url}`)
  console.log('ready')
  const ended = await web.ended
  if (ended.why === 'lost') throw ended.error
  // An open IPC channel would keep the process alive.
  if (process.connected) process.disconnect()
}

try {
  await main()
} catch (thrown) {
  if (!(thrown instanceof ConfigError || thrown instanceof StartError)) throw thrown
  process.stderr.write(`${thrown.message}\n`)
  process.exitCode = thrown instanceof ConfigError ? 2 : 1
}
