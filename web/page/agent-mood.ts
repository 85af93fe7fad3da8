/** What the room says about the agent; every other front end can read the same. */
export type AgentFacts = {
  isHere: boolean
  /** It was here before. */
  wasHere: boolean
  /** How long it has not been here, ms. */
  missingMs: number
  /** Its attribute `lk.agent.state`. */
  state: string | undefined
  /** The name of the person it answers (its attribute `floor`), if it says so. */
  answering: string | undefined
  /** The names of the people who talk now. */
  talking: readonly string[]
}

export type Mood = 'absent' | 'starting' | 'listening' | 'hearing' | 'thinking' | 'speaking'
export type AgentWords = { mood: Mood; word: string; hint: string }

/** Long enough for an agent to come into a new room, ms. */
const PATIENCE = 20_000

/** The one word, or two, that the agent panel shows, and a sentence where something has to be done. */
export function agentWords(facts: AgentFacts): AgentWords {
  const { state, answering, talking } = facts
  if (!facts.isHere) return { mood: 'absent', word: 'Waiting for the agent', hint: absence(facts) }
  if (state === 'speaking')
    return {
      mood: 'speaking',
      word: answering === undefined ? 'Speaking' : `Answering ${answering}`,
      hint: '',
    }
  if (state === 'thinking') return { mood: 'thinking', word: 'Thinking', hint: '' }
  if (state !== 'listening') return { mood: 'starting', word: 'Starting', hint: '' }
  if (talking.length > 0) return { mood: 'hearing', word: `Hearing ${names(talking)}`, hint: '' }
  return { mood: 'listening', word: 'Listening', hint: '' }
}

function absence({ wasHere, missingMs }: AgentFacts): string {
  if (wasHere) return 'It went away. It will be back.'
  return missingMs < PATIENCE ? '' : 'The agent is not here. Start it with npm start.'
}

function names(talking: readonly string[]): string {
  const [first, second, ...others] = talking
  if (second === undefined) return first ?? ''
  return others.length === 0 ? `${first} and ${second}` : `${talking.length} people`
}
