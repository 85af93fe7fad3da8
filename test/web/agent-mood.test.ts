import { describe, expect, test } from 'vitest'
import { type AgentFacts, agentWords } from '../../web/page/agent-mood.ts'
import { readSign } from '../../web/page/agent-sign.ts'

const names: Record<string, string> = { a: 'you', b: 'Ben', c: 'Cho' }

/** The words for an agent with these attributes. */
const words = (attributes: Record<string, string>, more: Partial<AgentFacts> = {}) =>
  agentWords({
    sign: readSign({ 'lk.agent.state': 'listening', ...attributes }),
    wasHere: true,
    missingMs: 0,
    talking: [],
    nameOf: identity => names[identity],
    ...more,
  })

describe('the agent panel says', () => {
  test.each<[Record<string, string>, string]>([
    [{}, 'Listening'],
    [{ 'roundtable.hearing': '["b"]' }, 'Hearing Ben'],
    [{ 'roundtable.hearing': '["a","b"]' }, 'Hearing you and Ben'],
    [{ 'roundtable.hearing': '["a","b","c"]' }, 'Hearing 3 people'],
    [{ 'roundtable.hearing': '["somebody who has left"]' }, 'Listening'],
    [{ 'lk.agent.state': 'thinking', 'roundtable.hearing': '["b"]' }, 'Thinking'],
    [{ 'lk.agent.state': 'speaking' }, 'Speaking'],
    [{ 'lk.agent.state': 'speaking', floor: 'b' }, 'Answering Ben'],
    [{ 'lk.agent.state': 'speaking', floor: 'x' }, 'Speaking'],
    [{ 'roundtable.choice': 'holding-back' }, 'Holding back'],
    [{ 'lk.agent.state': 'thinking', 'roundtable.choice': 'holding-back' }, 'Holding back'],
    [{ 'roundtable.deafened': 'b', 'roundtable.hearing': '["b"]' }, 'Deafened'],
    [{ 'roundtable.model': 'reconnecting' }, 'Reconnecting'],
    [{ 'lk.agent.state': 'idle', 'roundtable.model': 'reconnecting' }, 'Reconnecting'],
    [{ 'lk.agent.state': 'speaking', 'roundtable.model': 'reconnecting' }, 'Speaking'],
    [{ 'lk.agent.state': 'idle', 'roundtable.model': 'down' }, 'No model'],
    [{ 'lk.agent.state': 'initializing', 'roundtable.model': 'reconnecting' }, 'Starting'],
    [{ 'lk.agent.state': '' }, 'Starting'],
    [{ 'lk.agent.state': 'idle' }, 'Starting'],
    [{ 'roundtable.manners': 'push-to-talk' }, 'Waiting'],
    [{ 'roundtable.manners': 'push-to-talk', 'roundtable.talkers': '["b"]' }, 'Hearing Ben'],
    [{ 'roundtable.manners': 'push-to-talk', 'roundtable.hearing': '["b"]' }, 'Waiting'],
  ])('with %j: %s', (attributes, word) => {
    expect(words(attributes).word).toBe(word)
  })

  test('whom the server hears, for an agent that does not say', () => {
    expect(words({}, { talking: ['Ana', 'Ben'] }).word).toBe('Hearing Ana and Ben')
    expect(words({ 'roundtable.hearing': '[]' }, { talking: ['Ana'] }).word).toBe('Listening')
  })

  test('what can be done about it', () => {
    expect(words({ 'roundtable.deafened': 'a' }).hint).toBe('By you. It hears nothing.')
    expect(words({ 'roundtable.deafened': 'x' }).hint).toBe('By somebody. It hears nothing.')
    expect(words({ 'roundtable.manners': 'push-to-talk', 'roundtable.talkers': '["b","a"]' }).hint).toBe(
      'Next: you',
    )
  })

  test('where it is: asked for after twenty seconds, and waited for once it was here', () => {
    const missing = { sign: undefined, wasHere: false }
    expect(words({}, { ...missing, missingMs: 19_999 }).hint).toBe('')
    expect(words({}, { ...missing, missingMs: 20_000 }).hint).toContain('npm start')
    expect(words({}, { ...missing, wasHere: true }).hint).toBe('It went away. It will be back.')
    expect(words({}, missing).word).toBe('Waiting for the agent')
  })
})

test.each(['', '{}', '[1,{}]', 'null', '["b"', '"b"'])('a list that is %j is nobody', json => {
  const { hearing = [], talkers } = readSign({ 'roundtable.hearing': json, 'roundtable.talkers': json })
  expect([...hearing, ...talkers]).toEqual([])
})

test('an agent of another make has no manners, and so nothing to switch', () => {
  expect(readSign({ 'lk.agent.state': 'listening' })).toMatchObject({ manners: undefined, model: 'up' })
  expect(readSign({ 'roundtable.manners': 'rude' }).manners).toBeUndefined()
})
