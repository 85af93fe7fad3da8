import { RpcError } from '@livekit/rtc-node'
import { beforeEach, describe, expect, it } from 'vitest'
import { RequestError } from '../../../agent/errors.ts'
import { models } from '../../../agent/live/models.ts'
import { type GuestTool, GuestTools } from '../../../agent/room/guest-tools.ts'
import { Registry } from '../../../agent/tools/registry.ts'
import { readyTool, type ToolContext } from '../../../agent/tools/tool.ts'
import { FakeClock } from '../../fakes/clock.ts'

let registry: Registry
let clock: FakeClock
let guests: GuestTools
let changes: number
let called: object[]
let answer: () => Promise<string>

beforeEach(() => {
  registry = new Registry([readyTool({ name: 'leave', description: 'd', run: () => 1 }, 'built in')])
  clock = new FakeClock()
  changes = 0
  called = []
  answer = async () => '{"ok":true}'
  const caller = {
    performRpc(params: object) {
      called.push(params)
      return answer()
    },
  }
  guests = new GuestTools(registry, caller, clock, () => changes++)
})

const ana = { identity: 'ana', name: 'Ana' }
const ben = { identity: 'ben', name: 'Ben' }
const show: GuestTool = {
  name: 'show',
  description: 'Shows a page.',
  parameters: { type: 'object', properties: { page: { type: 'integer' } } },
}
const numbered = (count: number): GuestTool[] =>
  Array.from({ length: count }, (_, i) => ({ name: `t${i}`, description: 'd' }))

function refusal(act: () => unknown): string {
  try {
    act()
  } catch (thrown) {
    if (thrown instanceof RequestError) return thrown.message
    throw thrown
  }
  return ''
}

const run = (name: string, signal = new AbortController().signal) =>
  registry.get(name)!.run({ page: 2 }, { signal } as ToolContext) as Promise<unknown>

describe('tools of a page', () => {
  it('are declared to the model as what they are, and taken back when their person leaves', () => {
    expect(guests.declare(ana, [show])).toEqual({ tools: ['show'] })
    const declared = registry.declarations(models[0]!).find(({ name }) => name === 'show')
    expect(declared?.description).toBe('In the page of Ana, who describes it so: Shows a page.')
    expect(declared?.parametersJsonSchema).toMatchObject({ properties: { page: { type: 'integer' } } })
    guests.left('ana')
    expect(registry.names).toEqual(['leave'])
    guests.left('ana')
    expect(changes).toBe(2)
  })

  it('take the place of those before', () => {
    guests.declare(ana, [show, ...numbered(2)])
    guests.declare(ana, numbered(1))
    expect(registry.names).toEqual(['leave', 't0'])
    guests.declare(ana, [])
    expect(registry.names).toEqual(['leave'])
  })

  it('of several people may have one name: the second has a number', async () => {
    guests.declare(ana, [show])
    expect(guests.declare(ben, [show])).toEqual({ tools: ['show_2'] })
    await run('show_2')
    expect(called).toEqual([
      expect.objectContaining({
        destinationIdentity: 'ben',
        method: 'roundtable.tool',
        payload: '{"name":"show","arguments":{"page":2}}',
      }),
    ])
  })

  it.each([
    ['the name of one of ours', [{ name: 'leave', description: 'd' }], 'The name "leave" is taken'],
    ['no name', [{ name: '../x', description: 'd' }], 'needs a name'],
    ['no description', [{ name: 'x', description: '' }], 'has no description'],
    ['a schema of no object', [{ ...show, parameters: { type: 'string' } }], 'has a schema of "string"'],
    ['a large schema', [{ ...show, parameters: { title: 'x'.repeat(5_000) } }], 'more than 4000 characters'],
    ['nine of them', numbered(9), 'A page may declare 8 tools'],
    ['the same name twice', [show, show], 'The name "show" is taken'],
  ])('with %s are refused whole', (_, given, words) => {
    guests.declare(ana, [{ ...show, name: 'before' }])
    expect(refusal(() => guests.declare(ana, given))).toContain(words)
    expect(registry.names).toEqual(['leave', 'before'])
  })

  it('are sixteen in a room at most', () => {
    guests.declare(ana, numbered(8))
    guests.declare(ben, numbered(8))
    expect(refusal(() => guests.declare({ identity: 'cleo', name: 'Cleo' }, [show]))).toContain('16 tools')
  })

  it('that change all the time are made to wait: each may cost a session', () => {
    for (let i = 0; i < 6; i++) guests.declare(ana, [show])
    expect(refusal(() => guests.declare(ana, [show]))).toContain('too often')
    clock.pass(10_000)
    expect(guests.declare(ana, [])).toEqual({ tools: [] })
  })
})

describe('a call to a page', () => {
  beforeEach(() => guests.declare(ana, [show]))

  it.each([
    ['{"page":2}', { page: 2 }],
    ['just words', 'just words'],
    ['', undefined],
  ])('answered with %j is that', async (text, value) => {
    answer = async () => text
    expect(await run('show')).toEqual(value)
  })

  it.each([
    [RpcError.ErrorCode.UNSUPPORTED_METHOD, 'The page of Ana does not run tools'],
    [RpcError.ErrorCode.RECIPIENT_DISCONNECTED, 'Ana has left'],
    [RpcError.ErrorCode.RESPONSE_TIMEOUT, 'The page of Ana does not answer'],
    [RpcError.ErrorCode.RESPONSE_PAYLOAD_TOO_LARGE, 'answered with more than fits'],
    [7, 'The page of Ana says: no such page'],
  ])('that fails with %i is told in words', async (code, words) => {
    answer = () => Promise.reject(new RpcError(code, 'no such page'))
    await expect(run('show')).rejects.toThrow(words)
  })

  it('ends when it is cancelled', async () => {
    answer = () => new Promise(() => {})
    const stop = new AbortController()
    const running = run('show', stop.signal)
    stop.abort(new Error('the call was cancelled'))
    await expect(running).rejects.toThrow('the call was cancelled')
  })
})
