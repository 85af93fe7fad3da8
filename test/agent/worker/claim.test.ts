import { AgentDispatch, AgentDispatchState } from '@livekit/protocol'
import { describe, expect, it } from 'vitest'
import { PLACE } from '../../../agent/room/place-sign.ts'
import { claim, GHOST, givenUp, TRY } from '../../../agent/worker/claim.ts'

const NOW = 1_800_000_000_000
const minutes = 60_000

const made = (id: string, age: number, more: ConstructorParameters<typeof AgentDispatch>[0] = {}) =>
  new AgentDispatch({
    id,
    ...more,
    state: new AgentDispatchState({ createdAt: BigInt(NOW - age) * 1_000_000n }),
  })

const at = { room: 'kitchen', agentName: '', wall: NOW }

describe('a room with people and no living agent', () => {
  it('without a dispatch for our name wants none', () => {
    expect(claim([], at)).toEqual({ do: 'leave' })
    expect(claim([made('AD_1', minutes, { agentName: 'host' })], at)).toEqual({ do: 'leave' })
  })

  it('gets a new dispatch in place of the old ones, with all that the newest said', () => {
    const old = made('AD_1', 2 * minutes, { metadata: 'old' })
    const newer = made('AD_2', minutes, {
      metadata: '{"voice":"Puck"}',
      deployment: 'blue',
      attributes: { theirs: 'x' },
    })
    const wish = claim([old, newer, made('AD_3', minutes, { agentName: 'host' })], at)
    expect(wish).toMatchObject({ do: 'dispatch', instead: ['AD_2', 'AD_1'] })
    expect(wish.do === 'dispatch' && wish.request).toMatchObject({
      room: 'kitchen',
      agentName: '',
      metadata: '{"voice":"Puck"}',
      deployment: 'blue',
      attributes: { theirs: 'x', [TRY]: '1' },
    })
  })

  it('tells whoever takes it that its agent is dead, and not that an earlier one was', () => {
    const dead = claim([made('AD_1', minutes)], { ...at, ghost: 'PA_1' })
    expect(dead).toMatchObject({ request: { attributes: { [GHOST]: 'PA_1' } } })
    const again = claim([made('AD_1', minutes, { attributes: { [GHOST]: 'PA_1' } })], at)
    expect(again.do === 'dispatch' && again.request.attributes).not.toHaveProperty([GHOST])
  })

  it('tells whoever takes it where the conversation was', () => {
    const wish = claim([made('AD_1', minutes)], { ...at, place: 'sealed' })
    expect(wish).toMatchObject({ request: { attributes: { [PLACE]: 'sealed' } } })
  })

  it('is left to whoever made a dispatch for it a moment ago', () => {
    expect(claim([made('AD_1', 1000)], at)).toEqual({ do: 'wait', for: 4000 })
    expect(claim([made('AD_1', 5000)], at)).toMatchObject({ do: 'dispatch' })
  })

  it('that was handed on and taken by nobody is not left waiting as long', () => {
    expect(claim([made('AD_1', 1000, { attributes: { [TRY]: '0' } })], at)).toEqual({ do: 'wait', for: 500 })
  })

  it('waits twice as long after every failure in a row, up to two minutes', () => {
    const waits = ['1', '2', '3', '9'].map(tries =>
      claim([made('AD_1', 0, { attributes: { [TRY]: tries } })], at),
    )
    expect(waits).toEqual([10_000, 20_000, 40_000, 120_000].map(ms => ({ do: 'wait', for: ms })))
  })

  it('counts the tries on, and anew once an agent has held for ten minutes', () => {
    const soon = claim([made('AD_1', minutes, { attributes: { [TRY]: '2' } })], at)
    expect(soon).toMatchObject({ request: { attributes: { [TRY]: '3' } } })
    const late = claim([made('AD_1', 11 * minutes, { attributes: { [TRY]: '2' } })], at)
    expect(late).toMatchObject({ request: { attributes: { [TRY]: '1' } } })
  })

  it('is handed on at once by a worker that leaves it', () => {
    const wish = claim([made('AD_1', 100)], { ...at, isHandedOn: true })
    expect(wish).toMatchObject({ do: 'dispatch', request: { attributes: { [TRY]: '0' } }, instead: ['AD_1'] })
  })

  it('is not left waiting for a dispatch from the future, which our clock makes up', () => {
    expect(claim([made('AD_1', -60 * minutes)], at)).toMatchObject({ do: 'dispatch' })
    expect(claim([made('AD_1', -500)], at)).toMatchObject({ do: 'wait' })
  })
})

describe('a room that is given up', () => {
  it('loses the dispatch that brought us and older ones, not a wish that came later', () => {
    const all = [
      made('AD_1', 3000),
      made('AD_2', 2000),
      made('AD_3', 1000),
      made('AD_4', 3000, { agentName: 'host' }),
    ]
    expect(givenUp(all, 'AD_2', '')).toEqual(['AD_1', 'AD_2'])
  })

  it('and was deleted and made anew under the same name meanwhile, keeps what it has', () => {
    expect(givenUp([made('AD_9', 100)], 'AD_1', '')).toEqual([])
  })
})
