import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { extname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isLoopback, type LiveKitConfig } from '../config.ts'
import { type Problem, RoomError, StartError } from '../errors.ts'
import type { Ms } from '../units.ts'
import type { Binary } from './binary.ts'
import { checkLiveKit } from './livekit-check.ts'
import type { LiveKitFile } from './livekit-file.ts'
import { Part } from './part.ts'
import type { Wanted } from './ports.ts'

/** Which server this `npm start` is going to use. */
export type LiveKitPlan =
  /** LIVEKIT_URL names it, and it lets us in. */
  | { is: 'elsewhere'; livekit: LiveKitConfig }
  /** It already ran on this machine, and lets us in. */
  | { is: 'running'; livekit: LiveKitConfig }
  /** There is none yet. */
  | { is: 'absent'; livekit: LiveKitConfig }

/** @throws RoomError where there is a LiveKit server that does not let us in. */
export async function planLiveKit(livekit: LiveKitConfig, file: LiveKitFile): Promise<LiveKitPlan> {
  if (!livekit.isLocal) {
    await checkLiveKit(livekit)
    return { is: 'elsewhere', livekit }
  }
  const local = { ...livekit, url: `ws://${hostOf(file)}:${file.port}` }
  if (!(await answers(hostOf(file), file.port))) return { is: 'absent', livekit: local }
  try {
    await checkLiveKit(local, 3000)
    return { is: 'running', livekit: local }
  } catch (error) {
    const isLiveKit = error instanceof RoomError && (error.kind === 'unauthorized' || error.kind === 'clock')
    if (isLiveKit) throw error
    // Whoever it is, the look at the ports says so.
    return { is: 'absent', livekit: local }
  }
}

/** The server that we start knows the keys of its file and no others: problems where ours is not among them. */
export function keyProblems({ isLocal, apiKey, apiSecret }: LiveKitConfig, file: LiveKitFile): Problem[] {
  const { path, keys } = file
  const known = Object.keys(keys)
  if (!isLocal || known.length === 0) return []
  const mend = `change the keys in ${path}, or LIVEKIT_API_KEY and LIVEKIT_API_SECRET`
  if (keys[apiKey] === undefined)
    return [
      { setting: 'LIVEKIT_API_KEY', what: `is "${apiKey}", but ${path} has ${known.join(', ')}; ${mend}` },
    ]
  if (keys[apiKey] !== apiSecret)
    return [{ setting: 'LIVEKIT_API_SECRET', what: `is not what ${path} has for "${apiKey}"; ${mend}` }]
  return []
}

/** The ports of the server that we start. Media may come by every address of this machine. */
export function liveKitPorts(file: LiveKitFile): Wanted[] {
  const setting = `LIVEKIT_CONFIG_FILE (${file.path})`
  const everywhere = ['0.0.0.0']
  const wanted = (port: number, protocol: 'tcp' | 'udp', hosts: readonly string[], what: string): Wanted => ({
    setting,
    port,
    protocol,
    hosts,
    forWhom: `LiveKit's ${what}`,
  })
  const binds = file.bindAddresses.length > 0 ? file.bindAddresses : everywhere
  const ports = [wanted(file.port, 'tcp', binds, 'signalling')]
  if (file.tcpPort !== undefined) ports.push(wanted(file.tcpPort, 'tcp', everywhere, 'media over TCP'))
  if (file.udpPort !== undefined) ports.push(wanted(file.udpPort, 'udp', everywhere, 'media'))
  return ports
}

/** How long the server may take from its start to its first answer. */
const ANSWERS_WITHIN: Ms = 20_000

/** The server as a part. It is up when `untilAnswering` resolves. */
export function liveKitPart(
  binary: Binary,
  file: LiveKitFile,
  env: NodeJS.ProcessEnv,
  logFile: string,
): Part {
  const leash = join(import.meta.dirname, `leash${extname(import.meta.filename)}`)
  const command = [process.execPath, leash, binary.path, '--config', file.path, ...bindArguments(file)]
  return new Part({ name: 'LiveKit server', command, env, logFile })
}

/** @throws StartError when it ends, or stays mute for 20 s. */
export async function untilAnswering(part: Part, { url }: LiveKitConfig, signal: AbortSignal): Promise<void> {
  const address = url.replace(/^ws/, 'http')
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(ANSWERS_WITHIN)])
  let died: StartError | undefined
  void part.ended.then(ended => {
    if (ended.why === 'died') died = ended.error
  })
  while (died === undefined && !deadline.aborted) {
    const answer = await fetch(address, { signal: deadline }).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok) return
    await delay(25)
  }
  signal.throwIfAborted()
  throw died ?? new StartError(`The LiveKit server did not answer within 20 s; its log is ${part.logFile}`)
}

/** The server refuses to start when one of its addresses is missing, as ::1 is in many containers. */
function bindArguments({ bindAddresses }: LiveKitFile): string[] {
  const here = new Set(
    Object.values(networkInterfaces()).flatMap(addresses => addresses?.map(one => one.address) ?? []),
  )
  const usable = bindAddresses.filter(address => !isLoopback(address) || here.has(address))
  const isWhole = usable.length === 0 || usable.length === bindAddresses.length
  return isWhole ? [] : usable.flatMap(address => ['--bind', address])
}

/** Where a client on this machine reaches it. */
function hostOf({ bindAddresses }: LiveKitFile): string {
  const any =
    bindAddresses.length === 0 ||
    bindAddresses.some(address => ['127.0.0.1', '0.0.0.0', '::'].includes(address))
  const host = any ? '127.0.0.1' : bindAddresses[0]!
  return host.includes(':') ? `[${host}]` : host
}

/** Whether something takes connections there. */
function answers(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port, timeout: 1000 })
  socket.once('connect', () => resolve(true))
  socket.once('error', () => resolve(false))
  socket.once('timeout', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
