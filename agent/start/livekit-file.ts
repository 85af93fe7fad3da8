import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { asError, ConfigError } from '../errors.ts'

/** What we must know of LiveKit's own configuration; LiveKit checks the rest. */
export type LiveKitFile = {
  path: string
  port: number
  bindAddresses: readonly string[]
  tcpPort: number | undefined
  udpPort: number | undefined
  keys: Readonly<Record<string, string>>
}

const port = z.int().min(1).max(65_535)

/** https://docs.livekit.io/home/self-hosting/deployment/#configuration; 7880 is LiveKit's own default. */
const shape = z.object({
  port: port.default(7880),
  bind_addresses: z.array(z.string()).default([]),
  // LiveKit also takes a range such as 50000-60000 for UDP, which we leave to it.
  rtc: z.object({ tcp_port: port.optional(), udp_port: port.or(z.string()).optional() }).default({}),
  keys: z.record(z.string(), z.string()).default({}),
})

/** @throws ConfigError about LIVEKIT_CONFIG_FILE when the file is absent, no YAML, or has no usable ports. */
export function readLiveKitFile(path: string): LiveKitFile {
  const read = shape.safeParse(parsed(path))
  if (!read.success) throw problem(path, z.prettifyError(read.error).replaceAll('\n', ' '))
  const { port, bind_addresses, rtc, keys } = read.data
  return {
    path,
    port,
    bindAddresses: bind_addresses,
    tcpPort: rtc.tcp_port,
    udpPort: typeof rtc.udp_port === 'number' ? rtc.udp_port : undefined,
    keys,
  }
}

function parsed(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8')) ?? {}
  } catch (thrown) {
    throw problem(path, asError(thrown).message.split('\n')[0] ?? '')
  }
}

function problem(path: string, what: string): ConfigError {
  return new ConfigError([{ setting: 'LIVEKIT_CONFIG_FILE', what: `${path} cannot be used: ${what}` }])
}
