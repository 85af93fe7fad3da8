import type { AgentSign } from './agent-sign.ts'

/** What is known of the agent, with people by the names that the page calls them. */
export type AgentFacts = {
  /** Undefined while it is not in the room. */
  sign: AgentSign | undefined
  /** It was here before. */
  wasHere: boolean
  /** How long it has not been here, ms. */
  missingMs: number
  /** Names of who talks, as the server notices it; for agents that do not say whom they hear. */
  talking: readonly string[]
  /** The name of an identity: `you` for oneself, undefined for somebody who is not here. */
  nameOf(identity: string): string | undefined
}

export type Mood =
  | 'absent'
  | 'starting'
  | 'away'
  | 'deafened'
  | 'listening'
  | 'hearing'
  | 'thinking'
  | 'holding'
  | 'speaking'

export type AgentWords = { mood: Mood; word: string; hint: string }

/** Long enough for an agent to come into a new room, ms. */
const PATIENCE = 20_000

/** The one word, or two, that the agent panel shows, and a sentence where something can be done or must be known. */
export function agentWords(facts: AgentFacts): AgentWords {
  const { sign, nameOf } = facts
  if (sign === undefined) return { mood: 'absent', word: 'Waiting for the agent', hint: absence(facts) }
  const { state, deafenedBy } = sign
  // What has come from the model is still being said while the line to it is mended.
  if (state === 'speaking') return { mood: 'speaking', word: answering(facts, sign), hint: '' }
  if (sign.model === 'down')
    return { mood: 'away', word: 'No model', hint: 'It cannot answer. What it wrote says why.' }
  if (state === undefined || state === 'initializing') return { mood: 'starting', word: 'Starting', hint: '' }
  if (sign.model === 'reconnecting')
    return { mood: 'away', word: 'Reconnecting', hint: 'Its line to the model broke. It will be back.' }
  if (state === 'idle') return { mood: 'starting', word: 'Starting', hint: '' }
  if (deafenedBy !== undefined)
    return {
      mood: 'deafened',
      word: 'Deafened',
      hint: `By ${nameOf(deafenedBy) ?? 'somebody'}. It hears nothing.`,
    }
  if (sign.isHoldingBack)
    return { mood: 'holding', word: 'Holding back', hint: 'Nobody asked it. It says its answer if you do.' }
  if (state === 'thinking') return { mood: 'thinking', word: 'Thinking', hint: '' }
  return sign.manners === 'push-to-talk' ? pressed(facts, sign) : heard(facts, sign)
}

function answering({ nameOf }: AgentFacts, { floor }: AgentSign): string {
  const name = nameOf(floor ?? '')
  return name === undefined ? 'Speaking' : `Answering ${name}`
}

function heard({ talking, nameOf }: AgentFacts, { hearing }: AgentSign): AgentWords {
  const names = hearing?.map(identity => nameOf(identity)).filter(name => name !== undefined) ?? talking
  if (names.length === 0) return { mood: 'listening', word: 'Listening', hint: '' }
  return { mood: 'hearing', word: `Hearing ${listed(names)}`, hint: '' }
}

/** Whoever presses first is heard; the others stand in line. */
function pressed({ nameOf }: AgentFacts, { talkers }: AgentSign): AgentWords {
  const [first, next] = talkers.map(identity => nameOf(identity) ?? 'somebody')
  if (first === undefined)
    return { mood: 'listening', word: 'Waiting', hint: 'Hold the button, or Space, to talk to it.' }
  const hint = next === undefined ? '' : `Next: ${next}`
  return { mood: 'hearing', word: `Hearing ${first}`, hint }
}

function absence({ wasHere, missingMs }: AgentFacts): string {
  if (wasHere) return 'It went away. It will be back.'
  return missingMs < PATIENCE ? '' : 'The agent is not here. Start it with npm start.'
}

function listed(names: readonly string[]): string {
  const [first, second, ...others] = names
  if (second === undefined) return first ?? ''
  return others.length === 0 ? `${first} and ${second}` : `${names.length} people`
}
