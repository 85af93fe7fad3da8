import { type Participant, ParticipantKind, RpcError, type RpcInvocationData } from '@livekit/rtc-node'
import { beforeEach, describe, expect, it } from 'vitest'
import { RequestError } from '../../../agent/errors.ts'
import { Log } from '../../../agent/log.ts'
import { answerCalls, type Controls } from '../../../agent/room/controls.ts'
import { FakeClock } from '../../fakes/clock.ts'

const log = new Log({}, 'error', () => {})
let methods: Map<string, (invocation: RpcInvocationData) => Promise<string>>
let clock: FakeClock
let asked: unknown[]

function participant(identity: string, kind = ParticipantKind.STANDARD): Participant {
  return { identity, name: 'Ana', kind, attributes: {} } as unknown as Participant
}

beforeEach(() => {
  methods = new Map()
  clock = new FakeClock()
  asked = []
  const note =
    (name: string) =>
    (...given: unknown[]) => {
      asked.push([name, ...given])
      return { done: name }
    }
  const controls: Controls = {
    ask: () => {
      throw new RequestError('not now', 'Not just now.')
    },
    deafen: note('deafen'),
    manners: note('manners'),
    talk: note('talk'),
    cancelTalk: note('cancel'),
    pin: async () => {
      throw new Error('a secret inside')
    },
    settings: note('settings'),
    tools: note('tools'),
  }
  const people = [participant('ana'), participant('bot', ParticipantKind.AGENT)]
  answerCalls(
    {
      localParticipant: { registerRpcMethod: (name, handler) => void methods.set(name, handler) },
      newcomers: { of: async identity => people.find(one => one.identity === identity) },
    },
    clock,
    log,
    controls,
  )
})

function call(method: string, payload = '', callerIdentity = 'ana'): Promise<string> {
  return methods.get(method)!({ callerIdentity, payload, method, requestId: '1', responseTimeout: 1_000 })
}

const ana = { identity: 'ana', name: 'Ana' }

describe('a call', () => {
  it('reaches its control with who called, and the reply is JSON', async () => {
    expect(await call('roundtable.deafen', '{"on":true}')).toBe('{"done":"deafen"}')
    await call('roundtable.manners', '{"manners":"push-to-talk"}')
    await call('roundtable.talk', '{"on":false}')
    expect(asked).toEqual([
      ['deafen', ana, true],
      ['manners', ana, 'push-to-talk'],
      ['talk', ana, false],
    ])
  })

  it('for settings brings what is to be changed, an object', async () => {
    expect(await call('roundtable.settings', '{"voice":"Kore"}')).toBe('{"done":"settings"}')
    await expect(call('roundtable.settings', '["voice"]')).rejects.toThrow('The payload is not right')
    expect(asked).toEqual([['settings', ana, { voice: 'Kore' }]])
  })

  it("by the names of LiveKit's push-to-talk example does the same", async () => {
    await call('start_turn')
    await call('end_turn')
    await call('cancel_turn')
    expect(asked).toEqual([
      ['talk', ana, true],
      ['talk', ana, false],
      ['cancel', ana],
    ])
  })

  it.each([
    ['roundtable.deafen', ''],
    ['roundtable.deafen', '{"on":"yes"}'],
    ['roundtable.manners', '{"manners":"rude"}'],
    ['roundtable.manners', 'not JSON'],
    ['roundtable.pin', `{"identity":"${'x'.repeat(300)}"}`],
    ['roundtable.talk', `{"on":true,"padding":"${'x'.repeat(5_000)}"}`],
  ])('with a payload that is not right is refused in words: %s %s', async (method, payload) => {
    const error = await call(method, payload).catch(thrown => thrown)
    expect(error).toBeInstanceOf(RpcError)
    expect(error.code).toBe(400)
    expect(error.message.length).toBeLessThan(256)
    expect(asked).toEqual([])
  })

  it('that makes no sense now is refused in the words of whoever knows why', async () => {
    await expect(call('roundtable.ask')).rejects.toMatchObject({ code: 409, message: 'Not just now.' })
  })

  it('that fails tells nothing of the inside', async () => {
    const error = await call('roundtable.pin', '{"identity":null}').catch(thrown => thrown)
    expect(error.code).toBe(500)
    expect(error.message).not.toMatch(/secret/)
  })

  it('of an agent, or of somebody who is not in the room, is refused', async () => {
    await expect(call('roundtable.deafen', '{"on":true}', 'bot')).rejects.toMatchObject({ code: 403 })
    await expect(call('roundtable.deafen', '{"on":true}', 'hidden')).rejects.toMatchObject({ code: 403 })
  })

  it('of one who floods is refused, until a moment has passed', async () => {
    const codes = await Promise.all(
      Array.from({ length: 50 }, () =>
        call('end_turn').then(
          () => 0,
          error => error.code,
        ),
      ),
    )
    expect(codes.filter(code => code === 429)).toHaveLength(30)
    clock.pass(1_000)
    await expect(call('end_turn')).resolves.toBeTruthy()
  })
})
