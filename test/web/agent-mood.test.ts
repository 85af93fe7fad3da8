import { expect, test } from 'vitest'
import { type AgentFacts, agentWords } from '../../web/page/agent-mood.ts'

const here: AgentFacts = {
  isHere: true,
  wasHere: true,
  missingMs: 0,
  state: 'listening',
  answering: undefined,
  talking: [],
}

test.each<[Partial<AgentFacts>, string]>([
  [{}, 'Listening'],
  [{ talking: ['Ana'] }, 'Hearing Ana'],
  [{ talking: ['Ana', 'Ben'] }, 'Hearing Ana and Ben'],
  [{ talking: ['Ana', 'Ben', 'Cho'] }, 'Hearing 3 people'],
  [{ state: 'thinking', talking: ['Ana'] }, 'Thinking'],
  [{ state: 'speaking' }, 'Speaking'],
  [{ state: 'speaking', answering: 'Ana' }, 'Answering Ana'],
  [{ state: 'initializing' }, 'Starting'],
  [{ state: undefined }, 'Starting'],
  [{ state: 'idle' }, 'Starting'],
  [{ isHere: false }, 'Waiting for the agent'],
])('the agent with %j is "%s"', (facts, word) => {
  expect(agentWords({ ...here, ...facts }).word).toBe(word)
})

test('an agent that does not come is asked for after twenty seconds, and one that went is waited for', () => {
  const missing = { ...here, isHere: false, wasHere: false }
  expect(agentWords({ ...missing, missingMs: 19_999 }).hint).toBe('')
  expect(agentWords({ ...missing, missingMs: 20_000 }).hint).toContain('npm start')
  expect(agentWords({ ...missing, wasHere: true }).hint).toBe('It went away. It will be back.')
})
