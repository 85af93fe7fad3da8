import { cpus, totalmem } from 'node:os'
import { findLiveKit } from '../../agent/start/binary.ts'
import { start } from '../setup/tool.ts'
import type { Bystanders } from './load.ts'

/** The machine and the programs that figures belong to, in one line. */
export async function describeMachine(env: NodeJS.ProcessEnv): Promise<string> {
  const cores = cpus()
  const livekit = await findLiveKit({ ...start, env })
  const memory = Math.round(totalmem() / 2 ** 30)
  const model = cores[0]?.model.replace(/\s+/g, ' ').trim() || 'an unnamed processor'
  return `${model}, ${cores.length} cores, ${memory} GB, Node ${process.version}, livekit-server ${livekit?.version}, all on loopback`
}

/** Whether the figures can be compared with others: a sentence about who else used the machine. */
export function describeQuiet(bystanders: Bystanders): string {
  const { others, host } = bystanders.shares()
  const shares = `Meanwhile other programs used ${others.toFixed(0)} % of it, and its host took ${host.toFixed(0)} %`
  return others + host < 5
    ? `${shares}.`
    : `${shares}: too much for these figures to be compared with others.`
}
