import {
  ParticipantInfo_Kind as Kind,
  ParticipantInfo,
  ParticipantInfo_State as State,
} from '@livekit/protocol'
import { describe, expect, it } from 'vitest'
import { agentAmong, examine, HOLDER, people } from '../../../agent/worker/presence.ts'
import { type Pulse, pulseOf } from '../../../agent/worker/rooms.ts'

const ours = new ParticipantInfo({
  sid: 'PA_1',
  identity: 'agent',
  kind: Kind.AGENT,
  state: State.ACTIVE,
  attributes: { [HOLDER]: 'W_1', 'lk.agent_name': '' },
})
const ana = new ParticipantInfo({ sid: 'PA_2', identity: 'ana', kind: Kind.STANDARD, state: State.ACTIVE })

describe('who is in a room', () => {
  it('an agent is known by our identity, with the worker that holds it', () => {
    expect(agentAmong([ana, ours], '', 'agent')).toEqual({ is: 'alive', sid: 'PA_1', holder: 'W_1' })
    expect(agentAmong([ana], '', 'agent')).toEqual({ is: 'nobody' })
  })

  it("another framework's agent under our name is an agent for this room too, its avatar is not", () => {
    const theirs = new ParticipantInfo({
      sid: 'PA_3',
      identity: 'x',
      kind: Kind.AGENT,
      attributes: { 'lk.agent_name': 'host' },
    })
    expect(agentAmong([theirs], 'host', 'agent-host')).toMatchObject({ is: 'alive', sid: 'PA_3', holder: '' })
    expect(agentAmong([theirs], 'other', 'agent-other')).toEqual({ is: 'nobody' })
    const avatar = theirs.clone()
    avatar.attributes['lk.publish_on_behalf'] = 'x'
    expect(agentAmong([avatar], 'host', 'agent-host')).toEqual({ is: 'nobody' })
  })

  it('a person who goes by our identity is a person', () => {
    const guest = new ParticipantInfo({ identity: 'agent', kind: Kind.STANDARD })
    expect(agentAmong([guest], '', 'agent')).toEqual({ is: 'a person' })
  })

  it('people are those at a screen or on the phone, whom others can see', () => {
    const of = (kind: Kind, hidden = false) => new ParticipantInfo({ kind, permission: { hidden } })
    expect(people([of(Kind.STANDARD), of(Kind.SIP), of(Kind.CONNECTOR)])).toBe(3)
    expect(people([of(Kind.AGENT), of(Kind.EGRESS), of(Kind.INGRESS), of(Kind.STANDARD, true)])).toBe(0)
  })
})

describe('an agent that is listed', () => {
  const of = { agentName: '', identity: 'agent' }
  const hears = (...pulses: Pulse[]) => {
    let asked = 0
    const pulse = async () => pulses[asked++] ?? 'silent'
    return { pulse, asked: () => asked }
  }

  it('lives if it answers, even late', async () => {
    expect(await examine([ours], of, hears('answers').pulse)).toMatchObject({ is: 'alive' })
    expect(await examine([ours], of, hears('silent', 'silent', 'answers').pulse)).toMatchObject({
      is: 'alive',
    })
  })

  it('is a ghost if it is silent three times', async () => {
    const silence = hears()
    expect(await examine([ours], of, silence.pulse)).toEqual({ is: 'ghost', sid: 'PA_1' })
    expect(silence.asked()).toBe(3)
  })

  it('is gone if it leaves meanwhile', async () => {
    expect(await examine([ours], of, hears('silent', 'absent').pulse)).toEqual({ is: 'nobody' })
  })

  it('counts as alive where LiveKit cannot say', async () => {
    expect(await examine([ours], of, hears('unknown').pulse)).toMatchObject({ is: 'alive' })
  })

  it('is not asked while it is still joining: it has no way to answer', async () => {
    const joining = ours.clone()
    joining.state = State.JOINED
    const silence = hears()
    expect(await examine([joining], of, silence.pulse)).toMatchObject({ is: 'alive' })
    expect(silence.asked()).toBe(0)
  })

  it('is not asked again where somebody has found it dead; its successor is', async () => {
    const silence = hears()
    expect(await examine([ours], { ...of, knownGhost: 'PA_1' }, silence.pulse)).toMatchObject({ is: 'ghost' })
    expect(silence.asked()).toBe(0)
    expect(await examine([ours], { ...of, knownGhost: 'PA_0' }, hears('answers').pulse)).toMatchObject({
      is: 'alive',
    })
  })
})

describe("LiveKit's answer to a call that nobody implements", () => {
  it.each<[number, string, Pulse]>([
    [200, '{"payload":""}', 'answers'],
    [400, '{"msg":"twirp error unknown: RpcError 1400: Method not supported at destination"}', 'answers'],
    [408, '{"msg":"twirp error unknown: RpcError 1502: Response timeout"}', 'silent'],
    [500, '{"msg":"twirp error unknown: RpcError 1501: Connection timeout"}', 'silent'],
    [500, '{"code":"internal","msg":"twirp error unknown: transport failure"}', 'silent'],
    [503, '{"code":"unavailable","msg":"twirp error unknown: no response from servers"}', 'absent'],
    [400, '{"msg":"RpcError 1503: Recipient disconnected"}', 'absent'],
    [404, '{"code":"bad_route","msg":"no handler for path"}', 'unknown'],
    [401, 'invalid token', 'unknown'],
  ])('%i %s means: %s', (status, body, pulse) => {
    expect(pulseOf(status, body)).toBe(pulse)
  })
})
