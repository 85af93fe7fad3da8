import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import type { Problem } from '../errors.ts'
import { holderOf, type Protocol } from './holder.ts'

/** A port that one of our parts is going to listen on. */
export type Wanted = {
  /** Where it is set, for a message about it. */
  setting: string
  /** 0 is any free one, which is never a problem. */
  port: number
  protocol: Protocol
  /** The addresses to listen on. One that this machine does not have is no problem of the port. */
  hosts: readonly string[]
  /** Who wants it, such as `the page`. */
  forWhom: string
}

/** Every port that cannot be had, with who holds it: another program, or another part of ours. */
export async function portProblems(wanted: readonly Wanted[]): Promise<Problem[]> {
  const found = await Promise.all(wanted.map((one, index) => portProblem(one, wanted.slice(0, index))))
  return found.filter(problem => problem !== undefined)
}

async function portProblem(wanted: Wanted, earlier: readonly Wanted[]): Promise<Problem | undefined> {
  const { setting, port, protocol, hosts, forWhom } = wanted
  if (port === 0) return undefined
  const rival = earlier.find(other => other.port === port && other.protocol === protocol)
  if (rival !== undefined)
    return {
      setting,
      what: `is ${port}, which ${rival.forWhom} has already (${rival.setting}); choose another`,
    }
  for (const host of hosts) {
    const code = await attempt(port, host, protocol)
    if (code === 'EADDRINUSE') {
      const holder = (await holderOf(port, protocol)) ?? 'another program'
      const kind = protocol === 'udp' ? 'UDP port' : 'port'
      return {
        setting,
        what: `${kind} ${port}, for ${forWhom}, is held by ${holder}; end that, or choose another port`,
      }
    }
    if (code === 'EACCES')
      return { setting, what: `port ${port}, for ${forWhom}, is not open to you; choose one above 1023` }
  }
  return undefined
}

/** Binds and lets go again; resolves with the error's code, undefined when it worked. */
function attempt(port: number, host: string, protocol: Protocol): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  if (protocol === 'tcp') {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  } else {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    socket.bind({ port, address: host, exclusive: true }, () => socket.close(() => resolve(undefined)))
  }
  return promise
}
