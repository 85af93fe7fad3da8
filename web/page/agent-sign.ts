/** When the agent may answer. */
export type Manners = 'open' | 'addressed' | 'push-to-talk'

/** What the agent's attributes say of it; every front end in the room can read the same. People are named by identity. */
export type AgentSign = {
  /** LiveKit's own: initializing, idle, listening, thinking, speaking. */
  state: string | undefined
  /** Who is being answered. */
  floor: string | undefined
  /** Who is heard talking; undefined where the agent does not say. */
  hearing: readonly string[] | undefined
  /** Undefined for an agent that is not ours: then there is nothing to switch. */
  manners: Manners | undefined
  /** There is an answer that is not said aloud. */
  isHoldingBack: boolean
  deafenedBy: string | undefined
  /** Who presses to talk: the first is heard, the others wait. */
  talkers: readonly string[]
  model: 'up' | 'reconnecting' | 'down'
  isRehearsal: boolean
  isRecorded: boolean
  /** Whose pictures come first. */
  pinned: string | undefined
}

/** Reads attributes as they come: what is missing or not understood counts as not said. */
export function readSign(attributes: Readonly<Record<string, string>>): AgentSign {
  const said = (name: string) => {
    const value = attributes[name]
    return value === undefined || value === '' ? undefined : value
  }
  return {
    state: said('lk.agent.state'),
    floor: said('floor'),
    hearing: listOf(said('roundtable.hearing')),
    manners: oneOf(said('roundtable.manners'), ['open', 'addressed', 'push-to-talk']),
    isHoldingBack: said('roundtable.choice') === 'holding-back',
    deafenedBy: said('roundtable.deafened'),
    talkers: listOf(said('roundtable.talkers')) ?? [],
    model: oneOf(said('roundtable.model'), ['reconnecting', 'down']) ?? 'up',
    isRehearsal: said('roundtable.rehearsal') === 'true',
    isRecorded: said('roundtable.recording') === 'true',
    pinned: said('roundtable.pinned'),
  }
}

function oneOf<const T extends string>(value: string | undefined, known: readonly T[]): T | undefined {
  return known.find(one => one === value)
}

function listOf(json: string | undefined): string[] | undefined {
  try {
    const list: unknown = JSON.parse(json ?? '')
    return Array.isArray(list) ? list.filter(one => typeof one === 'string') : undefined
  } catch {
    return undefined
  }
}
