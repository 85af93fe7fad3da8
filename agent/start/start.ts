import { extname, join } from 'node:path'
import { systemClock } from '../clock.ts'
import type { Config, LiveKitConfig } from '../config.ts'
import { StartError } from '../errors.ts'
import { WORKER_NODE_FLAGS } from '../worker/node-flags.ts'
import { type Binary, obtainLiveKit } from './binary.ts'
import { buildBundle, isBundleStale } from './bundle.ts'
import { checkGemini } from './gemini-check.ts'
import { invitation } from './invitation.ts'
import {
  keyProblems,
  type LiveKitPlan,
  liveKitPart,
  liveKitPorts,
  planLiveKit,
  untilAnswering,
} from './livekit.ts'
import { type LiveKitFile, readLiveKitFile } from './livekit-file.ts'
import { makeLogFolder } from './logs.ts'
import { Part } from './part.ts'
import type { Parts } from './parts.ts'
import { portProblems, type Wanted } from './ports.ts'

/** What our programs end in: .ts in the repository, .js in the package that is built of it. */
const own = extname(import.meta.filename)

export type StartOptions = {
  config: Config
  /** What the parts inherit. */
  env: NodeJS.ProcessEnv
  /** The folder of `web` and `node_modules`. */
  root: string
  /** Gets every part as soon as it is started. */
  parts: Parts
  /** Told what runs where, a line at a time. */
  say: (line: string) => void
  /** Told how far something slow is; a later line replaces an earlier one. */
  progress: (line: string) => void
  signal: AbortSignal
}

/**
 * Starts everything in the order of need, and resolves when all of it is up.
 * @throws ConfigError when livekit.yaml cannot be used; RoomError when a LiveKit server does not let us in; StartError
 * with every port that is held, or when a part cannot start. Parts that were started are in `parts` even then: whoever
 * owns that closes them.
 */
export async function startAll(options: StartOptions): Promise<void> {
  const { config, parts, say } = options
  const file = readLiveKitFile(config.start.liveKitFile)
  const plan = await planLiveKit(config.livekit, file)
  const isAbsent = plan.is === 'absent'
  const problems = [
    ...(isAbsent ? keyProblems(config.livekit, file) : []),
    ...(await portProblems([...(isAbsent ? liveKitPorts(file) : []), ...partPorts(config)])),
  ]
  if (problems.length > 0)
    throw new StartError(problems.map(({ setting, what }) => `${setting}: ${what}`).join('\n'))

  const logFolder = makeLogFolder(config.start.cacheDir, Date.now(), process.pid)
  const step = { ...options, logFolder }
  const [livekit, gemini, doubt] = await Promise.all([
    liveKit(plan, file, step),
    rehearsal(step),
    keyDoubt(config),
    bundle(step),
  ])
  say(`LiveKit  ${livekit}`)
  say(`Gemini   ${gemini.words}`)
  if (doubt !== undefined) say(`         ${doubt} Rooms will try again.`)

  const env = { ...options.env, ...liveKitVariables(plan.livekit), ...gemini.variables }
  const run = (name: string, program: string, readyLine: string, flags: readonly string[] = []) => {
    const command = [process.execPath, ...flags, join(options.root, program)]
    const part = new Part({ name, command, env, readyLine, logFile: join(logFolder, `${name}.log`) })
    return parts.add(part, { leans: true })
  }
  const [saidByWorker, saidByPage] = await Promise.all([
    run('worker', `agent/main${own}`, 'registered', WORKER_NODE_FLAGS),
    run('page', `web/server/main${own}`, 'ready'),
  ])
  const named = config.agentName === '' ? 'in every new room' : `in rooms that ask for ${config.agentName}`
  const health = addressIn(saidByWorker)
  say(`worker   registered, answers ${named}${health === undefined ? '' : `; its health is at ${health}`}`)
  const link = linkOf(saidByPage)
  say(`page     ${new URL(link).origin}`)
  say(`logs     ${logFolder}`)
  say('')
  say(`join     ${link}`)
  say('         open it in two windows')
  for (const line of invitation(link, config.web)) say(line)
}

type Step = StartOptions & { logFolder: string }

/** The ports of the page, the worker and the rehearsal; LiveKit's are `liveKitPorts`. */
export function partPorts(config: Config): Wanted[] {
  const loopback = ['127.0.0.1']
  const wanted = (setting: string, port: number, hosts: readonly string[], forWhom: string): Wanted => ({
    setting,
    port,
    protocol: 'tcp',
    hosts,
    forWhom,
  })
  const { gemini, rehearsalPort, healthPort, web } = config
  return [
    wanted('PORT', web.port, [web.host], 'the page'),
    wanted('HEALTH_PORT', healthPort, loopback, "the worker's health"),
    ...(gemini.at === 'rehearsal' && gemini.isOurs
      ? [wanted('REHEARSAL_PORT', rehearsalPort, [config.rehearsal.host], 'the rehearsal server')]
      : []),
  ]
}

/** The server as a line for people, once it answers. */
async function liveKit(plan: LiveKitPlan, file: LiveKitFile, options: Step): Promise<string> {
  const { url } = plan.livekit
  if (plan.is === 'elsewhere') return `${url} (LIVEKIT_URL)`
  if (plan.is === 'running') return `${url} (was already running on this machine)`
  const { config, env, signal, progress, logFolder, parts } = options
  const binary = await obtainLiveKit({ ...config.start, env, progress, signal })
  signal.throwIfAborted()
  const part = liveKitPart(binary, file, env, join(logFolder, 'livekit.log'))
  await parts.add(part, { leans: false })
  await untilAnswering(part, plan.livekit, signal)
  return `${url} (started here, ${described(binary)})`
}

function described({ version, from, path }: Binary): string {
  return `livekit-server ${version} from ${from === 'PATH' ? 'the PATH' : path}`
}

type Gemini = { words: string; variables: NodeJS.ProcessEnv }

/** Where the Live API is, as a line for people; the rehearsal server is started where there is no key. */
async function rehearsal({ config, env, root, logFolder, parts }: Step): Promise<Gemini> {
  const { gemini, live } = config
  const at = 'baseUrl' in gemini ? ` at ${gemini.baseUrl}` : ''
  if (gemini.at === 'developer') return { words: `${live.model}${at}`, variables: {} }
  if (gemini.at === 'vertex')
    return { words: `${live.model} on Vertex AI, ${gemini.location}${at}`, variables: {} }
  if (!gemini.isOurs) return { words: `rehearsal${at} (GOOGLE_GEMINI_BASE_URL)`, variables: {} }
  const command = [process.execPath, join(root, `agent/rehearsal/main${own}`)]
  const logFile = join(logFolder, 'rehearsal.log')
  const { keys } = config.rehearsal
  // Our own worker has no key, and says so by this one; where only some are let in, it is one of them.
  const letIn = keys.length === 0 ? {} : { REHEARSAL_KEYS: [...keys, 'rehearsal'].join(',') }
  const part = new Part({
    name: 'rehearsal',
    command,
    env: { ...env, ...letIn },
    readyLine: 'ready',
    logFile,
  })
  const url = addressIn(await parts.add(part, { leans: false })) ?? gemini.baseUrl
  const words = `rehearsal at ${url} (no GEMINI_API_KEY is set: a stand-in answers)`
  return { words, variables: { GOOGLE_GEMINI_BASE_URL: url } }
}

/** What is wrong with Google's answer to our key. A stand-in of the user's own is left alone until a room needs it. */
async function keyDoubt({ gemini, live }: Config): Promise<string | undefined> {
  if (gemini.at === 'rehearsal' || gemini.baseUrl !== undefined) return undefined
  return checkGemini(gemini, live, systemClock)
}

async function bundle({ root, env, logFolder, signal, progress }: Step): Promise<void> {
  if (!(await isBundleStale(root))) return
  progress('building the page')
  await buildBundle(root, env, join(logFolder, 'page.log'), signal)
}

/** The parts find the same server as we did, whatever its port. */
function liveKitVariables({ url, apiKey, apiSecret }: LiveKitConfig): NodeJS.ProcessEnv {
  return { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret }
}

/** @throws StartError where the page does not say its link, which only it knows when PORT is 0. */
function linkOf(said: readonly string[]): string {
  const link = addressIn(said)
  if (link === undefined) throw new StartError('The page is up, but did not say its link')
  return link
}

/** The first address in what a part said. */
function addressIn(said: readonly string[]): string | undefined {
  return /https?:\/\/[^\s'"]+/.exec(said.join('\n'))?.[0]
}
