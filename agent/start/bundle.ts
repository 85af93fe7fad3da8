import { spawn } from 'node:child_process'
import { appendFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { StartError } from '../errors.ts'
import { lastLines } from './logs.ts'

/** Whether the page must be built: it never was, or something that it is made of is younger. `root` is the repository. */
export async function isBundleStale(root: string): Promise<boolean> {
  const built = await modified(join(root, 'web', 'dist', 'index.html'))
  if (built === undefined) return true
  const web = join(root, 'web')
  const names = await readdir(web, { recursive: true })
  const sources = names.filter(name => !/^(dist|server)([/\\]|$)/.test(name)).map(name => join(web, name))
  const times = await Promise.all([...sources, join(root, 'package-lock.json')].map(modified))
  return times.some(time => time !== undefined && time > built)
}

async function modified(path: string): Promise<number | undefined> {
  return stat(path).then(
    file => file.mtimeMs,
    () => undefined,
  )
}

/**
 * Builds the page to `web/dist`, which changes in one step: a build that is broken off leaves what was there.
 * @throws StartError with the end of what Vite said.
 */
export async function buildBundle(
  root: string,
  env: NodeJS.ProcessEnv,
  logFile: string,
  signal: AbortSignal,
): Promise<void> {
  const unfinished = join(root, 'node_modules', `.page-${process.pid}`)
  const config = join(root, 'web', 'vite.config.ts')
  const command = [viteProgram(root), 'build', '--config', config, '--outDir', unfinished, '--emptyOutDir']
  try {
    await run([...command, '--logLevel', 'warn'], root, env, logFile, signal)
    const place = join(root, 'web', 'dist')
    await rm(place, { recursive: true, force: true })
    await rename(unfinished, place)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

/** @throws StartError where only the dependencies of production are installed. */
function viteProgram(root: string): string {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve('vite/package.json')
    return join(dirname(manifest), 'bin', 'vite.js')
  } catch (thrown) {
    throw new StartError('The page is not built, and Vite, which builds it, is not installed; run `npm ci`', {
      cause: thrown,
    })
  }
}

function run(
  args: string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  logFile: string,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const child = spawn(process.execPath, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  })
  const write = (text: string) => void appendFile(logFile, text)
  child.stdout.setEncoding('utf8').on('data', write)
  child.stderr.setEncoding('utf8').on('data', write)
  child.once('error', reject)
  child.once('close', code => {
    if (signal.aborted) return reject(signal.reason)
    if (code === 0) return resolve()
    const lines = lastLines(logFile, 10).map(line => `  ${line}`)
    reject(new StartError(`The page cannot be built:\n${lines.join('\n')}`))
  })
  return promise
}
