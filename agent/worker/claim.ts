import { type AgentDispatch, CreateAgentDispatchRequest } from '@livekit/protocol'
import { PLACE } from '../room/place-sign.ts'
import type { Ms } from '../units.ts'

/*
 * Whether a room without an agent is to have one, and who brings it.
 *
 * A room wants an agent as long as it has a dispatch for our name. LiveKit makes one for every new room ('' by itself,
 * or what the token, the room or an API call names), keeps it beside the room where every worker can read it, and
 * forgets it with the room. So an agent that was sent away for good takes its dispatch along, and no worker comes
 * back; nothing is written into the room's own metadata, which belongs to the application.
 *
 * A worker that finds a room in want does not walk in by itself: it makes a new dispatch in place of the dead one.
 * LiveKit then picks a worker as for any new room, and a dispatch that is seconds old tells the other workers that
 * somebody is at it. Two that act in the same few milliseconds make two jobs, and LiveKit admits one of them only,
 * because both have the same identity.
 */

/** How many times in a row this room was given an agent; on the dispatch, where the next worker reads it. 0: handed on. */
export const TRY = 'roundtable.try'
/** The sid of an agent that was found dead, so that whoever takes the job need not find out again. */
export const GHOST = 'roundtable.ghost'

/** From a dispatch to its agent in the room it takes 0.5 s; a worker that is asked may take some seconds to say no. */
const FRESH_MS: Ms = 5000
/** Handed on by a worker that leaves: if nobody took it within this, nobody was there. */
const HANDED_ON_MS: Ms = 1500
/** An agent that fails over and over is brought back at least this often... */
const MOST_MS: Ms = 120_000
/** ...and counts as sound again after this long. */
const SOUND_MS: Ms = 600_000

export type Claim =
  /** Nobody wants an agent there. */
  | { do: 'leave' }
  /** Somebody is at it, or it failed a moment ago: look again after `for`. */
  | { do: 'wait'; for: Ms }
  /** Make this dispatch, then take back `instead`. */
  | { do: 'dispatch'; request: CreateAgentDispatchRequest; instead: readonly string[] }

/**
 * What to do for a room that has people and no living agent.
 * @param dispatches all that the room has; only those under `agentName` count.
 * @param wall now, in ms since 1970 by our clock; the dispatches carry the server's. Seconds of difference do no harm:
 *   acting too early costs one agent that is evicted again, and a dispatch from our future is taken for old.
 */
export function claim(
  dispatches: readonly AgentDispatch[],
  {
    room,
    agentName,
    wall,
    ghost,
    place,
    isHandedOn = false,
  }: {
    room: string
    agentName: string
    wall: Ms
    ghost?: string | undefined
    /** Where the conversation was, sealed; a dispatch is seen by workers alone. */
    place?: string | undefined
    isHandedOn?: boolean
  },
): Claim {
  const ours = wishesFor(agentName, dispatches)
  const [latest] = ours
  if (latest === undefined) return { do: 'leave' }
  const age = wall - createdAt(latest)
  const wait = patience(latest)
  if (!isHandedOn && age > -SKEW_MS && age < wait) return { do: 'wait', for: wait - Math.max(0, age) }
  const tries = age > SOUND_MS ? 0 : Number(latest.attributes[TRY] ?? 0)
  const { [GHOST]: _, ...kept } = latest.attributes
  const request = new CreateAgentDispatchRequest({
    room,
    agentName,
    metadata: latest.metadata,
    restartPolicy: latest.restartPolicy,
    deployment: latest.deployment,
    attributes: {
      ...kept,
      [TRY]: String(isHandedOn ? 0 : tries + 1),
      ...(ghost === undefined ? {} : { [GHOST]: ghost }),
      ...(place === undefined ? {} : { [PLACE]: place }),
    },
  })
  return { do: 'dispatch', request, instead: ours.map(one => one.id) }
}

/** The dispatches that want an agent of our name, the newest first. */
export function wishesFor(agentName: string, dispatches: readonly AgentDispatch[]): AgentDispatch[] {
  return dispatches.filter(one => one.agentName === agentName).sort((a, b) => createdAt(b) - createdAt(a))
}

/** Two machines that keep time by the network agree on the second. */
const SKEW_MS: Ms = 2000

/** How long a dispatch is left to bear fruit. Twice as long after every try in a row. */
function patience({ attributes }: AgentDispatch): Ms {
  const tries = attributes[TRY]
  if (tries === undefined) return FRESH_MS
  if (tries === '0') return HANDED_ON_MS
  return Math.min(MOST_MS, FRESH_MS * 2 ** Number(tries))
}

/** The dispatches that go when the agent of `dispatch` leaves for good: its own and older ones, not a wish that came later. */
export function givenUp(dispatches: readonly AgentDispatch[], dispatch: string, agentName: string): string[] {
  const own = dispatches.find(one => one.id === dispatch)
  // It is gone, and perhaps the room with it: what is there now belongs to a new room of the same name.
  if (own === undefined) return []
  return dispatches
    .filter(one => one.agentName === agentName && createdAt(one) <= createdAt(own))
    .map(one => one.id)
}

/** In ms; the server counts in ns. */
function createdAt({ state }: AgentDispatch): Ms {
  return Number((state?.createdAt ?? 0n) / 1_000_000n)
}
