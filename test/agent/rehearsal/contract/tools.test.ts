import {
  Behavior,
  FunctionResponseScheduling,
  type LiveConnectConfig,
  type LiveServerMessage,
  ThinkingLevel,
  Type,
} from '@google/genai'
import { describe, expect, it } from 'vitest'
import type { ItemScript } from '../../../../agent/rehearsal/scenario/scenario.ts'
import {
  type Client,
  connect,
  connectRaw,
  isGenerationComplete,
  isInterrupted,
  isSound,
  isTurnComplete,
  sendSound,
  silence,
  soundOf,
  tone,
  wordsOf,
} from '../client.ts'
import { stage } from './stage.ts'

const on = stage()
const native25 = { model: 'gemini-2.5-flash-native-audio-latest' }
const isCall = (message: LiveServerMessage) => message.toolCall !== undefined
const latest = () => on.rehearsal.journal.sessions.at(-1)!

function tools(behavior?: Behavior): LiveConnectConfig {
  const declaration = (name: string) => ({ name, ...(behavior && { behavior }) })
  return {
    outputAudioTranscription: {},
    tools: [{ functionDeclarations: ['alpha', 'beta'].map(declaration) }],
  }
}

const calling = (names: string[], after?: ItemScript[]) => ({
  turns: [
    {
      matches: '^go$',
      does: [{ call: names.map(name => ({ name, args: { n: 1 } })), ...(after && { after }) }],
    },
  ],
})

async function goAndCall(client: Client): Promise<string[]> {
  client.session.sendClientContent({ turns: 'go' })
  const { toolCall } = await client.until(isCall)
  return toolCall!.functionCalls!.map(({ id = '' }) => id)
}

const answer = (client: Client, id: string, name: string, more: object = {}) =>
  client.session.sendToolResponse({ functionResponses: [{ id, name, response: { output: name }, ...more }] })

describe('a BLOCKING call', () => {
  it('holds everything back until every id is answered [31, 33]', async () => {
    on.rehearsal.play(calling(['alpha', 'beta'], [{ say: 'Both are in.' }]))
    await using client = await connect(on.url, tools(Behavior.BLOCKING))
    const ids = await goAndCall(client)
    expect(new Set(ids).size).toBe(2)
    answer(client, ids[0]!, 'alpha')
    client.session.sendRealtimeInput({ text: 'Are you there?' })
    await expect.poll(() => latest().summary.messagesIn).toBe(4)
    expect(client.messages.some(message => isSound(message) || isTurnComplete(message))).toBe(false)
    answer(client, ids[1]!, 'beta')
    await client.until(isTurnComplete)
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toBe('Both are in.Rehearsal. You wrote: Are you there?')
  })

  it('is the default where a model knows nothing else [31]', async () => {
    on.rehearsal.play(calling(['alpha']))
    await using client = await connect(on.url, tools(), { model: 'gemini-3.1-flash-live-preview' })
    client.session.sendRealtimeInput({ text: 'go' })
    const { toolCall } = await client.until(isCall)
    client.session.sendRealtimeInput({ text: 'hello' })
    await expect.poll(() => latest().summary.messagesIn).toBe(3)
    expect(client.messages.some(isTurnComplete)).toBe(false)
    answer(client, toolCall!.functionCalls![0]!.id!, 'alpha')
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toContain('alpha answered: output alpha.')
  })

  it('is cancelled by speech, with its ids; an answer that comes later is ignored [34]', async () => {
    on.rehearsal.play(calling(['alpha', 'beta'], [{ say: 'Never said.' }]))
    await using client = await connect(on.url, tools(Behavior.BLOCKING))
    const ids = await goAndCall(client)
    sendSound(client.session, tone(300))
    const { toolCallCancellation } = await client.until(message => message.toolCallCancellation !== undefined)
    expect(toolCallCancellation!.ids).toEqual(ids)
    await client.until(isInterrupted)
    await client.until(isTurnComplete)
    answer(client, ids[0]!, 'alpha')
    answer(client, 'nobody-asked', 'alpha')
    sendSound(client.session, silence(600))
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toMatch(/^Rehearsal\. I heard 0\.3 seconds/)
    expect(
      latest().entries.filter(entry => 'event' in entry && entry.event === 'ignoredResponse'),
    ).toHaveLength(2)
  })
})

describe('a NON_BLOCKING call', () => {
  it('lets the talk go on; WHEN_IDLE its answer waits until nobody speaks [32]', async () => {
    on.rehearsal.play({
      turns: [
        { matches: '^go$', does: [{ call: [{ name: 'alpha' }] }, { say: 'I go on.' }] },
        { matches: '^more$', does: [{ play: { ms: 3_000 } }, { say: 'More.' }] },
      ],
      behaviour: { pacing: { speed: 6 } },
    })
    await using client = await connect(on.url, tools(Behavior.NON_BLOCKING))
    const [id] = await goAndCall(client)
    await client.until(isTurnComplete)
    client.session.sendClientContent({ turns: 'more' })
    await client.until(isSound)
    answer(client, id!, 'alpha', { scheduling: FunctionResponseScheduling.WHEN_IDLE })
    await client.until(isTurnComplete)
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toBe(
      'I go on. More.alpha answered: output alpha.'.replace(' More', 'More'),
    )
    expect(client.messages.some(isInterrupted)).toBe(false)
  })

  it('WHEN_IDLE waits also for a person who is speaking [32]', async () => {
    on.rehearsal.play(calling(['alpha']))
    await using client = await connect(on.url, tools(Behavior.NON_BLOCKING))
    const [id] = await goAndCall(client)
    await client.until(isTurnComplete)
    sendSound(client.session, tone(500))
    answer(client, id!, 'alpha')
    sendSound(client.session, tone(500))
    sendSound(client.session, silence(600))
    await client.until(isTurnComplete)
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toMatch(/I heard 1 second .*alpha answered/)
  })

  it('INTERRUPT cuts off what is being said [32]', async () => {
    on.rehearsal.play({
      turns: [{ matches: '^go$', does: [{ call: [{ name: 'alpha' }] }, { play: { ms: 60_000 } }] }],
      behaviour: { pacing: { speed: 4 } },
    })
    await using client = await connect(on.url, tools(Behavior.NON_BLOCKING))
    const [id] = await goAndCall(client)
    await client.until(isSound)
    answer(client, id!, 'alpha', { scheduling: FunctionResponseScheduling.INTERRUPT })
    await client.until(isInterrupted)
    await client.until(isTurnComplete)
    await client.until(isGenerationComplete)
    expect(wordsOf(client.messages)).toBe('alpha answered: output alpha.')
  })

  it.each([
    ['as its own field', { scheduling: 'SILENT' }],
    ['inside the response, as older samples have it', { response: { scheduling: 'SILENT', output: 'x' } }],
  ])('SILENT, %s, is only remembered [32]', async (_, more) => {
    on.rehearsal.play(calling(['alpha']))
    await using client = await connect(on.url, tools(Behavior.NON_BLOCKING), native25)
    const [id] = await goAndCall(client)
    await client.until(isTurnComplete)
    // The 2.5 model of this rehearsal has scheduling, as 3.8 has.
    answer(client, id!, 'alpha', more)
    client.session.sendRealtimeInput({ text: 'What did I say?' })
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toContain('Before this: {')
    expect(wordsOf(client.messages)).not.toContain('answered')
  })

  it('may be answered in parts [32]', async () => {
    on.rehearsal.play(calling(['alpha']))
    await using client = await connect(on.url, tools(Behavior.NON_BLOCKING))
    const [id] = await goAndCall(client)
    await client.until(isTurnComplete)
    for (const [part, willContinue] of [
      ['one', true],
      ['two', true],
      ['three', false],
      ['four', false],
    ] as const) {
      answer(client, id!, 'alpha', { response: { output: part }, willContinue })
      if (part !== 'four') await client.until(isTurnComplete)
    }
    client.session.sendRealtimeInput({ text: 'end' })
    await client.until(isTurnComplete)
    // The fourth came after the last.
    expect(wordsOf(client.messages)).toMatch(/one\..*two\..*three\..*You wrote: end/)
    expect(wordsOf(client.messages)).not.toContain('four')
  })

  it('goes on through an interruption [34]', async () => {
    on.rehearsal.play({
      turns: [{ matches: '^go$', does: [{ call: [{ name: 'alpha' }] }, { play: { ms: 60_000 } }] }],
      behaviour: { pacing: { speed: 4 } },
    })
    await using client = await connect(on.url, tools(Behavior.NON_BLOCKING))
    const [id] = await goAndCall(client)
    await client.until(isSound)
    sendSound(client.session, tone(300))
    await client.until(isInterrupted)
    sendSound(client.session, silence(600))
    await client.until(isGenerationComplete)
    answer(client, id!, 'alpha')
    await client.until(isGenerationComplete)
    expect(wordsOf(client.messages)).toContain('alpha answered')
    expect(client.messages.some(message => message.toolCallCancellation !== undefined)).toBe(false)
  })
})

describe('calls at odd times', () => {
  it('a call comes while seconds of speech are still unheard [33]', async () => {
    on.rehearsal.play({
      turns: [{ does: [{ play: { ms: 60_000 } }, { call: [{ name: 'alpha' }] }] }],
      behaviour: { pacing: { holdsTurnComplete: true } },
    })
    await using client = await connect(on.url, tools(Behavior.BLOCKING))
    client.session.sendClientContent({ turns: 'go' })
    const at = performance.now()
    await client.until(isCall)
    const heardMs = soundOf(client.messages).length / 24
    expect(heardMs).toBe(60_000)
    expect(performance.now() - at).toBeLessThan(heardMs / 2)
  })

  it('a call comes twice, under another id [43]', async () => {
    on.rehearsal.play({
      ...calling(['alpha'], [{ say: 'Done.' }]),
      faults: [{ fault: 'REPEAT_CALL', at: 'CALL' }],
    })
    await using client = await connect(on.url, tools(Behavior.BLOCKING))
    const [id] = await goAndCall(client)
    const { toolCall } = await client.until(isCall)
    const [again] = toolCall!.functionCalls!
    expect(again).toMatchObject({ name: 'alpha', args: { n: 1 } })
    expect(again!.id).not.toBe(id)
    answer(client, again!.id!, 'alpha')
    answer(client, id!, 'alpha')
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toBe('Done.')
  })

  it('calls without ids are answered by name [34]', async () => {
    on.rehearsal.play({ ...calling(['alpha', 'beta'], [{ say: 'Done.' }]), behaviour: { callIds: false } })
    await using client = await connectRaw(on.url)
    client.send({
      setup: {
        model: 'models/gemini-2.5-flash-native-audio-latest',
        tools: [{ functionDeclarations: [{ name: 'alpha' }, { name: 'beta' }] }],
      },
    })
    client.send({ clientContent: { turns: [{ parts: [{ text: 'go' }] }], turnComplete: true } })
    const { toolCall } = await client.until(isCall)
    expect(toolCall!.functionCalls!.some(call => 'id' in call)).toBe(false)
    for (const name of ['beta', 'alpha'])
      client.send({ toolResponse: { functionResponses: [{ name, response: {} }] } })
    await client.until(isTurnComplete)
  })
})

describe('extended thinking', () => {
  it('fills in, ends the turn in progress, calls, and ends idle after the answer [35]', async () => {
    on.rehearsal.play({
      turns: [
        {
          matches: '^go$',
          does: [{ say: 'Let me see.' }, { call: [{ name: 'alpha' }], after: [{ say: 'There it is.' }] }],
        },
      ],
    })
    const config = { ...tools(), thinkingConfig: { thinkingLevel: ThinkingLevel.LOW } }
    await using client = await connect(on.url, config, { model: 'gemini-3.8-live-extended-thinking' })
    const [id] = await goAndCall(client)
    const before = client.messages.filter(isTurnComplete).map(message => message.serverContent)
    expect(before).toEqual([{ turnComplete: true, interactionStatus: 'IN_PROGRESS' }])
    expect(wordsOf(client.messages)).toBe('Let me see.')
    answer(client, id!, 'alpha')
    const { serverContent } = await client.until(
      message =>
        message.serverContent?.interactionStatus !== undefined &&
        message.serverContent.interactionStatus !== 'IN_PROGRESS',
    )
    expect(serverContent).toEqual({ turnComplete: true, interactionStatus: 'IDLE' })
    expect(wordsOf(client.messages)).toBe('Let me see.There it is.')
  })

  it('its call may come long after the filler [35]', async () => {
    const does: ItemScript[] = [{ say: 'Let me see.' }, { waitMs: 200 }, { call: [{ name: 'alpha' }] }]
    on.rehearsal.play({ turns: [{ matches: '^go$', does }] })
    const config = { ...tools(), thinkingConfig: { thinkingLevel: ThinkingLevel.LOW } }
    await using client = await connect(on.url, config, { model: 'gemini-3.8-live-extended-thinking' })
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    await client.until(isCall)
    const at = (is: (entry: string) => boolean) =>
      latest().entries.find(entry => is(JSON.stringify(entry)))!.at
    const silenceMs = at(one => one.includes('toolCall')) - at(one => one.includes('IN_PROGRESS'))
    // Node's timers may be 1 ms early.
    expect(silenceMs).toBeGreaterThanOrEqual(199)
  })

  it('may say its status beside the content [35]', async () => {
    on.rehearsal.play({ behaviour: { interactionStatus: 'top' } })
    await using client = await connectRaw(on.url)
    client.send({
      setup: {
        model: 'models/gemini-3.8-live-extended-thinking',
        generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } },
      },
    })
    client.send({ realtimeInput: { text: 'go' } })
    const end = await client.until(isTurnComplete)
    expect(end).toMatchObject({ interactionStatus: 'IDLE', serverContent: { turnComplete: true } })
    expect(end.serverContent).not.toHaveProperty('interactionStatus')
  })
})

describe('the stand-in itself', () => {
  const declared = {
    outputAudioTranscription: {},
    tools: [
      {
        functionDeclarations: [
          {
            name: 'set_light',
            parameters: {
              type: Type.OBJECT,
              properties: {
                room: { type: Type.STRING, enum: ['kitchen', 'hall'] },
                level: { type: Type.INTEGER, minimum: 3, maximum: 9 },
                colours: { type: Type.ARRAY, items: { type: Type.STRING }, minItems: '2' },
                isOn: { type: Type.BOOLEAN },
              },
              required: ['room', 'level'],
            },
          },
          {
            name: 'get_weather',
            parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } },
          },
        ],
      },
    ],
  }

  it('calls a tool that a typed line names, with arguments that fit, and speaks the result [31]', async () => {
    await using client = await connect(on.url, declared)
    client.session.sendClientContent({ turns: 'Please call set light for me.' })
    const { toolCall } = await client.until(isCall)
    expect(toolCall!.functionCalls).toEqual([
      {
        id: expect.any(String),
        name: 'set_light',
        args: { room: 'kitchen', level: 3, colours: [expect.any(String), expect.any(String)], isOn: true },
      },
    ])
    await client.until(isTurnComplete)
    client.session.sendToolResponse({
      functionResponses: [
        { id: toolCall!.functionCalls![0]!.id!, name: 'set_light', response: { state: 'on' } },
      ],
    })
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toMatch(/I call set light\..*set light answered: state on\./)
  })

  it('takes the arguments from the line where they stand in it, and calls several at once [33]', async () => {
    await using client = await connect(on.url, declared)
    client.session.sendClientContent({ turns: 'get_weather {"city": "Oslo"}' })
    const { toolCall } = await client.until(isCall)
    expect(toolCall!.functionCalls).toMatchObject([{ name: 'get_weather', args: { city: 'Oslo' } }])
    await client.until(isTurnComplete)
    client.session.sendClientContent({ turns: 'get_weather and set_light' })
    expect((await client.until(isCall)).toolCall!.functionCalls).toHaveLength(2)
  })
})
