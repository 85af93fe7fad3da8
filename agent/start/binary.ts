import { execFile } from 'node:child_process'
import { access, chmod, constants, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { asError, StartError } from '../errors.ts'
import { buildWithGo } from './go-build.ts'
import { downloadRelease, type Machine } from './release.ts'

/** What is fetched where nothing is found. A server on the PATH may have another version. */
export const LIVEKIT_VERSION = '1.13.5'

export type Binary = { path: string; version: string; from: 'PATH' | 'cache' }

export type BinaryOptions = {
  cacheDir: string
  /** See `StartConfig.releaseUrl`. */
  releaseUrl: string
  /** PATH is read from here; Go gets all of it. */
  env: NodeJS.ProcessEnv
  progress: (line: string) => void
  signal: AbortSignal
  machine?: Machine
}

const UNFINISHED = 'unfinished-'

const program = process.platform === 'win32' ? 'livekit-server.exe' : 'livekit-server'

/** The server on the PATH, or in our cache; undefined where neither has one that runs. Fetches nothing. */
export async function findLiveKit({
  cacheDir,
  env,
}: Pick<BinaryOptions, 'cacheDir' | 'env'>): Promise<Binary | undefined> {
  const onPath = await findOnPath(program, env)
  const version = onPath === undefined ? undefined : await versionOf(onPath)
  if (onPath !== undefined && version !== undefined) return { path: onPath, version, from: 'PATH' }
  const path = join(cached(cacheDir), program)
  const cachedVersion = await versionOf(path)
  return cachedVersion === undefined ? undefined : { path, version: cachedVersion, from: 'cache' }
}

/**
 * Like `findLiveKit`, but fetches the release into the cache, or builds it with Go, where there is none. What is in the
 * cache and does not run is replaced. Two at once do not disturb each other.
 * @throws StartError with every way that was tried, and those that are left.
 */
export async function obtainLiveKit(options: BinaryOptions): Promise<Binary> {
  const found = await findLiveKit(options)
  if (found !== undefined) return found
  await mkdir(options.cacheDir, { recursive: true })
  await sweep(options.cacheDir)
  const { machine = process } = options
  const ways = [
    async (into: string) =>
      downloadRelease({ ...options, into, machine, version: LIVEKIT_VERSION, baseUrl: options.releaseUrl }),
    async (into: string) => {
      const go = await findOnPath(process.platform === 'win32' ? 'go.exe' : 'go', options.env)
      if (go === undefined) throw new StartError('Go, which could build it, is not on the PATH')
      return buildWithGo({ ...options, into, go, version: LIVEKIT_VERSION })
    },
  ]
  const failures: string[] = []
  for (const way of ways) {
    const into = await mkdtemp(join(options.cacheDir, UNFINISHED))
    try {
      return await keep(await way(into), into, options.cacheDir)
    } catch (thrown) {
      options.signal.throwIfAborted()
      failures.push(asError(thrown).message)
    } finally {
      await rm(into, { recursive: true, force: true })
    }
  }
  throw new StartError(
    `There is no livekit-server on this machine.\n${failures.map(line => `  ${line}`).join('\n')}\n${howToGetOne()}`,
  )
}

/** Moves what runs to its place in one step, so that a half-written server is never found there. */
async function keep(path: string, folder: string, cacheDir: string): Promise<Binary> {
  await chmod(path, 0o755)
  const version = await versionOf(path)
  if (version === undefined)
    throw new StartError(`the livekit-server that was fetched does not run on this machine`)
  const place = join(cached(cacheDir), program)
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(folder, cached(cacheDir))
      return { path: place, version, from: 'cache' }
    } catch (thrown) {
      // Either somebody else was quicker, and theirs is as good, or what is in the way is broken.
      const rival = await versionOf(place)
      if (rival !== undefined) return { path: place, version: rival, from: 'cache' }
      if (attempt === 3) throw thrown
      await rm(cached(cacheDir), { recursive: true, force: true })
    }
  }
}

/** Removes what runs that were killed left behind; a build takes less than an hour. */
async function sweep(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith(UNFINISHED)) continue
    const path = join(cacheDir, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (Date.now() - mtimeMs > 3_600_000) await rm(path, { recursive: true, force: true })
  }
}

function cached(cacheDir: string): string {
  return join(cacheDir, `livekit-server-${LIVEKIT_VERSION}`)
}

async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env.PATH ?? env.Path ?? '').split(delimiter)) {
    if (folder === '') continue
    const path = join(folder, name)
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (runs) return path
  }
  return undefined
}

/** What the program says to `--version`; undefined where it is absent, broken, or no livekit-server. */
async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 10_000 })
    return /^livekit-server version (\S+)/.exec(stdout)?.[1]
  } catch {
    return undefined
  }
}

function howToGetOne(): string {
  const ways: Partial<Record<NodeJS.Platform, string>> = {
    darwin: 'brew install livekit',
    linux: 'curl -sSL https://get.livekit.io | bash',
    win32: 'download it from https://github.com/livekit/livekit/releases and put it on the PATH',
  }
  const install = ways[process.platform]
  const first = install === undefined ? 'Install livekit-server' : `Install it (${install})`
  return `${first}, or set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET to a server elsewhere.`
}
