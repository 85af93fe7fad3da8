import { spawn } from 'node:child_process'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { StartError } from '../errors.ts'

export type GoBuildOptions = {
  version: string
  /** An empty folder for the program. */
  into: string
  env: NodeJS.ProcessEnv
  progress: (line: string) => void
  signal: AbortSignal
  /** The Go command; another one in tests. */
  go?: string
}

/**
 * Builds LiveKit's server with Go; its modules are verified by Go's own checksum database. Minutes the first time.
 * Resolves with the path of the program.
 * @throws StartError with the end of what Go said.
 */
export async function buildWithGo({
  version,
  into,
  env,
  progress,
  signal,
  go = 'go',
}: GoBuildOptions): Promise<string> {
  const module = `github.com/livekit/livekit-server/cmd/server@v${version}`
  const began = performance.now()
  const tell = () => {
    const seconds = Math.round((performance.now() - began) / 1000)
    progress(
      `building livekit-server ${version} with Go, which takes some minutes the first time: ${seconds} s`,
    )
  }
  tell()
  const telling = setInterval(tell, 1000)
  try {
    await run(go, ['install', module], { ...env, GOBIN: into, CGO_ENABLED: '0' }, signal)
  } finally {
    clearInterval(telling)
  }
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const program = join(into, `livekit-server${suffix}`)
  await rename(join(into, `server${suffix}`), program)
  return program
}

/** Go in a process group of its own, because it starts many compilers. */
function run(program: string, args: string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const hasGroups = process.platform !== 'win32'
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'], detached: hasGroups })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-2000)
  })
  const stop = () => {
    if (child.pid === undefined) return
    if (hasGroups) process.kill(-child.pid, 'SIGKILL')
    else child.kill()
  }
  signal.addEventListener('abort', stop, { once: true })
  child.once('error', error => reject(new StartError(`${program}: ${error.message}`, { cause: error })))
  child.once('close', code => {
    signal.removeEventListener('abort', stop)
    if (signal.aborted) reject(signal.reason)
    else if (code === 0) resolve()
    else reject(new StartError(`${program} ${args.join(' ')} failed: ${said.trim()}`))
  })
  return promise
}
