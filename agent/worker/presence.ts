import { type ParticipantInfo, ParticipantInfo_Kind, ParticipantInfo_State } from '@livekit/protocol'
import { PLACE } from '../room/place-sign.ts'
import type { Pulse } from './rooms.ts'

/** Our own mark on an agent: which worker process it lives in. Set when the job is taken, seen by everybody, secret to nobody. */
export const HOLDER = 'roundtable.worker'

/** Whether a room has its agent. */
export type Presence =
  | { is: 'nobody' }
  | { is: 'alive'; sid: string; holder: string; place?: string }
  /** Still listed, though its process is gone. `place` is where its conversation was, sealed. */
  | { is: 'ghost'; sid: string; place?: string }
  /** Somebody who is no agent goes by our identity. */
  | { is: 'a person' }

/** The agent among `participants`, as far as the server's list tells: one that is listed is taken for alive. */
export function agentAmong(
  participants: readonly ParticipantInfo[],
  agentName: string,
  identity: string,
): Presence {
  const namesake = participants.find(one => one.identity === identity)
  if (namesake !== undefined && namesake.kind !== ParticipantInfo_Kind.AGENT) return { is: 'a person' }
  const found = namesake ?? participants.find(one => isAgentOf(one, agentName))
  if (found === undefined) return { is: 'nobody' }
  const place = found.attributes[PLACE]
  return {
    is: 'alive',
    sid: found.sid,
    holder: found.attributes[HOLDER] ?? '',
    ...(place === undefined ? {} : { place }),
  }
}

/** Somebody else's worker may be registered under our name too: its agent is one for this room as well. */
function isAgentOf({ kind, attributes }: ParticipantInfo, agentName: string): boolean {
  const isAvatar = (attributes['lk.publish_on_behalf'] ?? '') !== ''
  return kind === ParticipantInfo_Kind.AGENT && !isAvatar && attributes['lk.agent_name'] === agentName
}

/** Those whom an agent is there for: not other agents, recorders or streams. */
export function people(participants: readonly ParticipantInfo[]): number {
  return participants.filter(({ kind, permission }) => personKinds.has(kind) && permission?.hidden !== true)
    .length
}

const personKinds: ReadonlySet<ParticipantInfo_Kind> = new Set([
  ParticipantInfo_Kind.STANDARD,
  ParticipantInfo_Kind.SIP,
  ParticipantInfo_Kind.CONNECTOR,
])

/**
 * How often a silent agent is asked, 2 s each, before it counts as a ghost. An agent whose network blinks for less keeps
 * its room; and the whole stays below the 10 s in which LiveKit wants an answer to its offer.
 */
export const PULSES = 3

/**
 * Looks closer at an agent that is listed. Where LiveKit cannot say, it counts as alive: better to wait for the server's
 * own 20 s than to evict a living one.
 * @param of.knownGhost the sid of an agent that somebody has already found dead.
 * @param pulses how many silences in a row are a death.
 */
export async function examine(
  participants: readonly ParticipantInfo[],
  of: { agentName: string; identity: string; knownGhost?: string | undefined },
  pulse: (identity: string) => Promise<Pulse>,
  pulses = PULSES,
): Promise<Presence> {
  const presence = agentAmong(participants, of.agentName, of.identity)
  if (presence.is !== 'alive') return presence
  const found = participants.find(one => one.sid === presence.sid)
  // Only ours is evicted by our coming; and one that is still joining has no channel to answer on yet.
  if (found?.identity !== of.identity || found.state !== ParticipantInfo_State.ACTIVE) return presence
  const { sid, place } = presence
  const ghost: Presence = { is: 'ghost', sid, ...(place === undefined ? {} : { place }) }
  if (sid === of.knownGhost) return ghost
  for (let asked = 0; asked < pulses; asked++) {
    const heard = await pulse(of.identity)
    if (heard === 'absent') return { is: 'nobody' }
    if (heard !== 'silent') return presence
  }
  return ghost
}
