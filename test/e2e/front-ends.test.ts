import { AgentSession } from '@livekit/protocol'
import type { Room } from '@livekit/rtc-node'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { need } from '../setup/need.ts'
import { Camera } from './camera.ts'
import type { TestLiveKit } from './livekit.ts'
import { Person, until } from './person.ts'
import { type House, startHouse } from './program.ts'

const canRun = await need('livekit-server')

const TOPIC = 'lk.agent.session'
type Asked = NonNullable<ConstructorParameters<typeof AgentSession.SessionRequest>[0]>['request'] & {}

/** A front end that reads LiveKit's remote session, made from the protocol alone. */
class RemoteSession {
  readonly events: AgentSession.AgentSessionEvent[] = []
  readonly #room: Room
  readonly #answers = new Map<string, AgentSession.SessionResponse>()
  #requests = 0

  constructor(room: Room) {
    this.#room = room
    room.registerByteStreamHandler(TOPIC, reader => {
      const read = async () => {
        const { message } = AgentSession.AgentSessionMessage.fromBinary(Buffer.concat(await reader.readAll()))
        if (message.case === 'event') this.events.push(message.value)
        if (message.case === 'response') this.#answers.set(message.value.requestId, message.value)
      }
      read().catch(() => {})
    })
  }

  async ask(agent: string, request: Asked): Promise<AgentSession.SessionResponse> {
    const requestId = `request ${++this.#requests}`
    const value = new AgentSession.SessionRequest({ requestId, request })
    const writer = await this.#room.localParticipant!.streamBytes({
      topic: TOPIC,
      destinationIdentities: [agent],
    })
    await writer.write(
      new AgentSession.AgentSessionMessage({ message: { case: 'request', value } }).toBinary(),
    )
    await writer.close()
    await until(() => this.#answers.has(requestId), `an answer to ${request.case}`)
    return this.#answers.get(requestId)!
  }

  /** The texts that were added to the conversation, in order. */
  get texts(): string[] {
    return this.events.flatMap(({ event }) => {
      const item = event.case === 'conversationItemAdded' ? event.value.item?.item : undefined
      return item?.case === 'message' ? [String(item.value.content[0]?.payload.value)] : []
    })
  }
}

describe.runIf(canRun)('to a front end of LiveKit', () => {
  let house: House
  let livekit: TestLiveKit

  beforeAll(async () => {
    house = await startHouse({
      TOOLS: './examples/tools/measures.ts',
    })
    ;({ livekit } = house)
  })
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]()
  })

  it('the agent answers as a remote session, and tells of what happens', async () => {
    await using ana = await Person.join(livekit, 'remote-session', 'ana')
    const session = new RemoteSession(ana.room)
    await until(() => ana.agentState === 'listening', 'the agent listens')
    const agent = ana.agents[0]!.identity

    expect((await session.ask(agent, { case: 'ping', value: {} })).response.case).toBe('pong')
    const framework = await session.ask(agent, { case: 'getFrameworkInfo', value: {} })
    expect(framework.response.value).toMatchObject({ sdk: 'roundtable' })
    const state = await session.ask(agent, { case: 'getSessionState', value: {} })
    expect(state.response.value).toMatchObject({
      agentState: AgentSession.AgentState.AS_LISTENING,
      userState: AgentSession.UserState.US_LISTENING,
      agentId: agent,
    })
    const rtc = await session.ask(agent, { case: 'getRtcStats', value: {} })
    const { publisherStats, subscriberStats } = rtc.response
      .value as AgentSession.SessionResponse_GetRTCStatsResponse
    const kinds = [...publisherStats, ...subscriberStats].flatMap(stats =>
      Object.keys(stats.toJson() as object),
    )
    expect(kinds).toContain('candidatePair')

    await ana.type('the weather in Graz')
    await until(
      () => session.texts.some(text => /heard|Graz/.test(text) && text !== 'the weather in Graz'),
      'an answer',
    )
    expect(session.texts[0]).toBe('the weather in Graz')
    await until(() => {
      const states = session.events.flatMap(({ event }) =>
        event.case === 'agentStateChanged' ? [AgentSession.AgentState[event.value.newState]] : [],
      )
      return /AS_THINKING.*AS_SPEAKING.*AS_LISTENING/.test(states.join(' '))
    }, 'the agent’s states')

    const run = await session.ask(agent, { case: 'runInput', value: { text: 'and in Linz' } })
    const { items } = run.response.value as AgentSession.SessionResponse_RunInputResponse
    expect(items.map(({ item }) => item.case)).toContain('message')
    const history = await session.ask(agent, { case: 'getChatHistory', value: {} })
    const said = history.response.value as AgentSession.SessionResponse_GetChatHistoryResponse
    const lines = said.items.flatMap(({ item }) => (item.case === 'message' ? [item.value] : []))
    expect(
      lines.filter(({ extra }) => extra.name === 'Ana').map(({ content }) => content[0]?.payload.value),
    ).toEqual(['the weather in Graz', 'and in Linz'])
  })

  it('the agent tells as a remote session which tools it uses, and not what they are given', async () => {
    await using ana = await Person.join(livekit, 'remote-tools', 'ana')
    const session = new RemoteSession(ana.room)
    await until(() => ana.agentState === 'listening', 'the agent listens')
    const info = await session.ask(ana.agents[0]!.identity, { case: 'getAgentInfo', value: {} })
    const { tools } = info.response.value as AgentSession.SessionResponse_GetAgentInfoResponse
    expect(tools).toContain('convert_measure')
    await ana.type('convert_measure {"value": 10, "from": "mile", "to": "km"}')
    const told = () => session.events.map(({ event }) => event)
    await until(() => told().some(event => event.case === 'functionToolsExecuted'), 'it is done')
    const started = told().find(event => event.case === 'functionToolsStarted')
    const done = told().find(event => event.case === 'functionToolsExecuted')
    const call = { name: 'convert_measure', arguments: '{"line":"converted mile to km"}' }
    expect(started?.value).toMatchObject({ functionCalls: [call] })
    const output = { name: 'convert_measure', output: 'done', isError: false }
    expect(done?.value).toMatchObject({ functionCalls: [call], functionCallOutputs: [output] })
  })

  it('the agent shows what it was last shown', async () => {
    await using ana = await Person.join(livekit, 'glimpse', 'ana')
    await using ben = await Person.join(livekit, 'glimpse', 'ben')
    const glimpses: { at: number; bytes: Uint8Array; attributes: Record<string, string> }[] = []
    ben.room.registerByteStreamHandler('roundtable.picture', reader => {
      const at = performance.now()
      const { attributes = {} } = reader.info
      reader.readAll().then(
        parts => glimpses.push({ at, bytes: Buffer.concat(parts), attributes }),
        () => {},
      )
    })
    await until(() => ben.agentState === 'listening', 'the agent listens')
    await using _hers = await Camera.show(ana.room)
    await using _his = await Camera.show(ben.room)
    const both = () => glimpses.find(({ attributes }) => attributes.people === '["ana","ben"]')
    await until(() => both() !== undefined && glimpses.length >= 3, 'pictures of both')
    const { bytes, attributes } = both()!
    expect(await sharp(bytes).metadata()).toMatchObject({
      format: 'jpeg',
      width: Number(attributes.width),
      height: Number(attributes.height),
    })
    expect(Math.max(...glimpses.map(glimpse => glimpse.bytes.length))).toBeLessThanOrEqual(12_000)
    const [first, last] = [glimpses[0]!, glimpses.at(-1)!]
    // Never more often; how late each of them comes is the machine's.
    expect(last.at - first.at).toBeGreaterThan((glimpses.length - 1) * 2_000 - 500)
  })
})
