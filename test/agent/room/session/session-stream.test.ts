import { AgentSession } from '@livekit/protocol'
import { ParticipantKind, type Room } from '@livekit/rtc-node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Log } from '../../../../agent/log.ts'
import { SessionStream } from '../../../../agent/room/session/session-stream.ts'
import { Stats } from '../../../../agent/stats.ts'
import { FakeClock } from '../../../fakes/clock.ts'

type Handler = (reader: unknown, info: { identity: string }) => void

/** A room with people in it, each of whom keeps what the agent sends them. */
class FakeRoom {
  readonly handlers = new Map<string, Handler>()
  readonly remoteParticipants = new Map<
    string,
    { identity: string; name: string; kind: number; attributes: object }
  >()
  readonly inbox = new Map<string, AgentSession.AgentSessionMessage[]>()
  isStuck = false
  readonly localParticipant = {
    identity: 'the-agent',
    streamBytes: async ({ destinationIdentities = [] }: { destinationIdentities?: string[] }) => {
      if (this.isStuck) await new Promise(() => {})
      return {
        write: async (bytes: Uint8Array) => {
          for (const to of destinationIdentities)
            this.inbox.get(to)?.push(AgentSession.AgentSessionMessage.fromBinary(bytes))
        },
        close: async () => {},
      }
    },
  }

  join(identity: string, kind = ParticipantKind.STANDARD): void {
    this.remoteParticipants.set(identity, { identity, name: identity.toUpperCase(), kind, attributes: {} })
    this.inbox.set(identity, [])
  }
  registerByteStreamHandler(topic: string, handler: Handler): void {
    this.handlers.set(topic, handler)
  }
  unregisterByteStreamHandler(topic: string): void {
    this.handlers.delete(topic)
  }
  async getRtcStats() {
    return {
      publisherStats: [],
      subscriberStats: [
        {
          toJson: () => ({ inboundRtp: { stream: { kind: 'audio' }, inbound: { jitterBufferDelay: 1.5 } } }),
        },
      ],
    }
  }
  /** Sends these bytes to the agent, in as many pieces as there are. */
  async send(from: string, ...pieces: Uint8Array[]): Promise<void> {
    async function* read() {
      yield* pieces
    }
    this.handlers.get('lk.agent.session')?.(
      { [Symbol.asyncIterator]: read, close: async () => {} },
      { identity: from },
    )
    await settle()
  }
}

const settle = async () => {
  for (let turns = 0; turns < 10; turns++) await new Promise(setImmediate)
}

let room: FakeRoom
let clock: FakeClock
let stats: Stats
let session: SessionStream
let asked: string[]
let requests = 0
beforeEach(() => {
  room = new FakeRoom()
  clock = new FakeClock()
  stats = new Stats()
  asked = []
  let ids = 0
  session = new SessionStream(room as unknown as Room, {
    clock,
    stats,
    log: new Log({}, 'error', () => {}),
    about: () => ({
      tools: ['weather'],
      model: 'a-model',
      options: { manners: 'open' },
      version: '1.2.3',
    }),
    newId: () => `id_${++ids}`,
    ask: ({ name }, line) => asked.push(`${name}: ${line}`),
  })
  session.open()
  room.join('ana')
})
afterEach(() => {
  session.close()
  expect(room.handlers.size).toBe(0)
  expect(clock.pending).toBe(0)
})

type Asked = NonNullable<ConstructorParameters<typeof AgentSession.SessionRequest>[0]>['request'] & {}

function request(what: Asked): Uint8Array {
  const value = new AgentSession.SessionRequest({ requestId: `r${++requests}`, request: what })
  return new AgentSession.AgentSessionMessage({ message: { case: 'request', value } }).toBinary()
}

/** What the agent answers to a request of `from`. */
async function ask(what: Asked, from = 'ana'): Promise<AgentSession.SessionResponse | undefined> {
  await room.send(from, request(what))
  return answers(from).find(({ requestId }) => requestId === `r${requests}`)
}

const answers = (to: string) =>
  room.inbox.get(to)!.flatMap(({ message }) => (message.case === 'response' ? [message.value] : []))
const events = (to: string) =>
  room.inbox.get(to)!.flatMap(({ message }) => (message.case === 'event' ? [message.value.event] : []))
const texts = (items: readonly AgentSession.ChatContext_ChatItem[]) =>
  items.map(({ item }) => {
    if (item.case === 'message')
      return `${item.value.extra.name ?? 'agent'}: ${item.value.content[0]?.payload.value}`
    return item.case === 'functionCall' ? `call ${item.value.name}` : `output ${item.case}`
  })

describe('a request', () => {
  test('for a sign of life is answered under its own id, to its sender alone', async () => {
    room.join('bo')
    const answer = await ask({ case: 'ping', value: {} })
    expect(answer?.response.case).toBe('pong')
    expect(answer?.error).toBeUndefined()
    expect(room.inbox.get('bo')).toEqual([])
  })

  test('for the state says what agent and people do', async () => {
    session.proceedings.state('thinking')
    session.proceedings.talking(true)
    const { response } = (await ask({ case: 'getSessionState', value: {} }))!
    expect(response.value).toMatchObject({
      agentState: AgentSession.AgentState.AS_THINKING,
      userState: AgentSession.UserState.US_SPEAKING,
      agentId: 'the-agent',
      options: { manners: 'open' },
    })
  })

  test('for the history gives what was said, and by whom', async () => {
    const { proceedings } = session
    proceedings.heard({ identity: 'ana', name: 'Ana' }, 'hel', false)
    proceedings.heard({ identity: 'ana', name: 'Ana' }, 'hello', true)
    proceedings.typed({ identity: 'bo', name: 'Bo' }, 'and I')
    const spoken = proceedings.speak()
    spoken.write('Hello ')
    spoken.write('both')
    spoken.close()
    const { response } = (await ask({ case: 'getChatHistory', value: {} }))!
    const { items } = response.value as AgentSession.SessionResponse_GetChatHistoryResponse
    expect(texts(items)).toEqual(['Ana: hello', 'Bo: and I', 'agent: Hello both'])
    expect(items[0]?.item.value).toMatchObject({ role: AgentSession.ChatRole.USER, interrupted: false })
    expect(items[2]?.item.value).toMatchObject({ role: AgentSession.ChatRole.ASSISTANT })
  })

  test('for the agent names its tools, and not its instructions', async () => {
    const { response } = (await ask({ case: 'getAgentInfo', value: {} }))!
    expect(response.value).toMatchObject({ id: 'the-agent', tools: ['weather'] })
    expect(response.value).not.toHaveProperty('instructions', expect.anything())
  })

  test('for the framework, the usage and the statistics is answered', async () => {
    expect((await ask({ case: 'getFrameworkInfo', value: {} }))?.response.value).toMatchObject({
      sdk: 'roundtable',
      sdkVersion: '1.2.3',
    })
    session.proceedings.used(420)
    const usage = (await ask({ case: 'getSessionUsage', value: {} }))?.response
      .value as AgentSession.SessionResponse_GetSessionUsageResponse
    expect(usage.usage?.modelUsage[0]?.usage.value).toMatchObject({ model: 'a-model', inputTokens: 420 })
    const rtc = (await ask({ case: 'getRtcStats', value: {} }))?.response
      .value as AgentSession.SessionResponse_GetRTCStatsResponse
    expect(rtc.subscriberStats[0]?.toJson()).toEqual({
      inboundRtp: { stream: { kind: 'audio' }, inbound: { jitterBufferDelay: 1.5 } },
    })
  })

  test.each<Asked>([
    { case: 'updateIo', value: {} },
    { case: 'finalizeSimulation', value: {} },
    { case: 'runInput', value: { text: '  ' } },
  ])('that cannot be done is answered with words: $case', async what => {
    const answer = await ask(what)
    expect(answer?.error).toMatch(/\w+ \w+/)
    expect(answer?.response.case).toBeUndefined()
  })

  test('in pieces is put together', async () => {
    const bytes = request({ case: 'ping', value: {} })
    await room.send('ana', bytes.subarray(0, 3), bytes.subarray(3))
    expect(answers('ana').at(-1)?.response.case).toBe('pong')
  })
})

describe('run_input', () => {
  test('is a typed line, and its answer is what the agent then said and did', async () => {
    await ask({ case: 'runInput', value: { text: 'What is the weather?' } })
    expect(asked).toEqual(['ANA: What is the weather?'])
    expect(answers('ana')).toEqual([])
    session.proceedings.typed({ identity: 'ana', name: 'Ana' }, 'What is the weather?')
    const weather = { kind: 'tool', id: 'c1', name: 'weather', line: 'looked up weather' } as const
    session.witness.did({ ...weather, state: 'started' })
    session.witness.did({ ...weather, state: 'done' })
    const spoken = session.proceedings.speak()
    spoken.write('Blue.')
    spoken.close()
    await settle()
    const [answer] = answers('ana')
    const { items } = answer!.response.value as AgentSession.SessionResponse_RunInputResponse
    expect(texts(items)).toEqual(['call weather', 'output functionCallOutput', 'agent: Blue.'])
  })

  test('that takes longer than its asker waits is answered before, with words', async () => {
    await ask({ case: 'runInput', value: { text: 'Think.' } })
    clock.pass(4_500)
    await settle()
    expect(answers('ana')[0]?.error).toMatch(/takes longer/)
  })

  test('comes one at a time', async () => {
    room.join('bo')
    await ask({ case: 'runInput', value: { text: 'One' } })
    expect((await ask({ case: 'runInput', value: { text: 'Two' } }, 'bo'))?.error).toMatch(
      /still being answered/,
    )
    expect(asked).toEqual(['ANA: One'])
    clock.pass(4_500)
  })
})

describe('what happens', () => {
  test('is told to those who have asked something, in order', async () => {
    room.join('bo')
    await ask({ case: 'ping', value: {} })
    const { proceedings } = session
    proceedings.state('listening')
    proceedings.talking(true)
    proceedings.heard({ identity: 'bo', name: 'Bo' }, 'hi', true)
    proceedings.talking(false)
    proceedings.tool({ kind: 'tool', id: 'c', name: 'weather', state: 'started', line: 'looked up weather' })
    proceedings.tool({ kind: 'tool', id: 'c', name: 'weather', state: 'failed', line: 'looked up weather' })
    const spoken = proceedings.speak()
    spoken.write('Hi Bo')
    proceedings.interrupted()
    spoken.close()
    proceedings.used(12)
    proceedings.failed('The key was refused.')
    await settle()
    expect(events('ana').map(one => one.case)).toEqual([
      'agentStateChanged',
      'userStateChanged',
      'userInputTranscribed',
      'conversationItemAdded',
      'userStateChanged',
      'functionToolsStarted',
      'functionToolsExecuted',
      'conversationItemAdded',
      'sessionUsageUpdated',
      'error',
    ])
    expect(events('ana')[0]?.value).toMatchObject({
      oldState: AgentSession.AgentState.AS_INITIALIZING,
      newState: AgentSession.AgentState.AS_LISTENING,
    })
    expect(events('ana')[6]?.value).toMatchObject({
      functionCalls: [{ name: 'weather', arguments: '{"line":"looked up weather"}' }],
      functionCallOutputs: [{ callId: 'c', output: 'failed', isError: true }],
    })
    const said = events('ana')[7]?.value as AgentSession.AgentSessionEvent_ConversationItemAdded
    expect(said.item?.item.value).toMatchObject({ interrupted: true })
    expect(events('bo')).toEqual([])
  })

  test('is no item where words turn out to be somebody else’s', async () => {
    await ask({ case: 'ping', value: {} })
    session.proceedings.heard({ identity: 'bo', name: 'Bo' }, 'hi', false)
    session.proceedings.heard({ identity: 'bo', name: 'Bo' }, '', true)
    await settle()
    expect(events('ana').map(one => one.case)).toEqual(['userInputTranscribed', 'userInputTranscribed'])
    expect(session.proceedings.items).toEqual([])
  })

  test('is not told where nothing has changed, nor to those who are gone', async () => {
    await ask({ case: 'ping', value: {} })
    session.proceedings.state('listening')
    session.proceedings.state('listening')
    await settle()
    expect(events('ana')).toHaveLength(1)
    room.remoteParticipants.delete('ana')
    session.proceedings.state('speaking')
    await settle()
    expect(events('ana')).toHaveLength(1)
  })
})

describe('what is not for us', () => {
  test('is refused and counted: too large, too often, by an agent, by nobody', async () => {
    await room.send('ana', new Uint8Array(40_000))
    room.join('bot', ParticipantKind.AGENT)
    await room.send('bot', request({ case: 'ping', value: {} }))
    await room.send('ghost', request({ case: 'ping', value: {} }))
    expect(stats.get('session_requests_refused')).toBe(3)
    for (let i = 0; i < 40; i++) await room.send('ana', request({ case: 'ping', value: {} }))
    expect(answers('ana').length).toBeLessThan(20)
    expect(stats.get('session_requests_refused')).toBeGreaterThan(20)
  })

  test.each([
    ['noise', Uint8Array.from({ length: 300 }, (_, i) => (i * 91) % 256)],
    ['nothing', new Uint8Array(0)],
    [
      'an event of their own',
      new AgentSession.AgentSessionMessage({ message: { case: 'event', value: {} } }).toBinary(),
    ],
  ])('is left alone: %s', async (_what, bytes) => {
    await room.send('ana', bytes)
    expect(room.inbox.get('ana')).toEqual([])
    expect((await ask({ case: 'ping', value: {} }))?.response.case).toBe('pong')
  })

  test('a room that takes nothing any more costs a bounded number of messages', async () => {
    await ask({ case: 'ping', value: {} })
    room.isStuck = true
    for (let i = 0; i < 500; i++) session.proceedings.talking(i % 2 === 0)
    expect(stats.get('session_events_dropped')).toBeGreaterThan(400)
  })

  test('of a conversation of days only the end is kept', async () => {
    for (let i = 0; i < 1_000; i++)
      session.proceedings.typed({ identity: 'ana', name: 'Ana' }, `${i} ${'x'.repeat(500)}`)
    const { items } = session.proceedings
    expect(items.length).toBeLessThanOrEqual(200)
    expect(
      items.reduce((sum, item) => sum + (item.kind === 'message' ? item.text.length : 0), 0),
    ).toBeLessThanOrEqual(60_000)
    expect(items.at(-1)).toMatchObject({ text: expect.stringMatching(/^999 /) })
  })
})
