import { FunctionResponseScheduling, type LiveConnectConfig, TurnCoverage } from '@google/genai'
import { describe, expect, it } from 'vitest'
import { connect, isTurnComplete, sendSound, silence, tone, type Vertex, wordsOf } from '../client.ts'
import { stage } from './stage.ts'

const on = stage()
const native25 = 'gemini-live-2.5-flash-native-audio'
const project: Vertex = { project: 'p', location: 'europe-west4', token: 'an-access-token' }
const words = { outputAudioTranscription: {} }
const latest = () => on.rehearsal.journal.sessions.at(-1)!

const enter = (config: LiveConnectConfig = {}, { vertex = project, model = native25 } = {}) =>
  connect(on.url, config, { vertex, model })

describe('Vertex AI through the SDK', () => {
  it.each<[string, Vertex, string]>([
    ['a key', { key: 'k' }, `publishers/google/models/${native25}`],
    [
      'an access token of a project',
      project,
      `projects/p/locations/europe-west4/publishers/google/models/${native25}`,
    ],
    ['nothing but a base URL', {}, `publishers/google/models/${native25}`],
  ])('lets %s in, each with its own name for the model [1, 2]', async (_, vertex, model) => {
    await using client = await enter({}, { vertex })
    expect(client.messages).toHaveLength(1)
    expect(JSON.stringify(latest().entries[0])).toContain(`"model":"${model}"`)
  })

  it('gives the session an id [15]', async () => {
    await using client = await enter()
    expect(client.messages).toEqual([{ setupComplete: { sessionId: expect.stringMatching(/./) } }])
  })

  it('knows its own models, and refuses the others in its own words [13]', async () => {
    await using _ = await enter({}, { vertex: project, model: 'gemini-3.8-live' })
    await expect(enter({}, { vertex: project, model: 'gemini-3.1-flash-live-preview' })).rejects.toThrow(
      /code 1008.*Publisher Model `projects\/p/,
    )
  })

  it('takes explicitVadSignal and transparent resumption, and counts what it consumed [15, 36, 41]', async () => {
    await using client = await enter({ explicitVadSignal: true, sessionResumption: { transparent: true } })
    sendSound(client.session, tone(500))
    sendSound(client.session, silence(600))
    await client.until(isTurnComplete)
    const { sessionResumptionUpdate } = await client.until(
      message => message.sessionResumptionUpdate?.resumable === true,
    )
    // The setup and 55 chunks of 20 ms.
    expect(sessionResumptionUpdate!.lastConsumedClientMessageIndex).toBe('56')
    const signals = client.messages.map(message => message.voiceActivityDetectionSignal?.vadSignalType)
    expect(signals.filter(one => one !== undefined)).toEqual(['VAD_SIGNAL_TYPE_SOS', 'VAD_SIGNAL_TYPE_EOS'])
  })

  it('counts tokens under names that the SDK turns into those of the Developer API [30]', async () => {
    on.rehearsal.play({ turns: [{ does: [{ play: { ms: 2_000 } }] }] })
    await using client = await enter()
    client.session.sendClientContent({ turns: 'abcd' })
    const { usageMetadata } = await client.until(isTurnComplete)
    expect(usageMetadata).toMatchObject({ promptTokenCount: 1, responseTokenCount: 50, totalTokenCount: 51 })
    const entry = latest().entries.findLast(one => JSON.stringify(one).includes('candidatesTokenCount'))
    expect(entry).toBeDefined()
  })

  it('sends the words of an answer ahead of its sound [29]', async () => {
    on.rehearsal.play({ turns: [{ does: [{ say: 'Some words.' }] }] })
    await using client = await enter(words)
    client.session.sendClientContent({ turns: 'go' })
    await client.until(isTurnComplete)
    const contents = client.messages.map(({ serverContent }) => Object.keys(serverContent ?? {}))
    expect(
      contents
        .flat()
        .filter(key => key !== 'generationComplete')
        .slice(0, 2),
    ).toEqual(['outputTranscription', 'modelTurn'])
  })

  it('refuses the turn coverage that the private preview of 3.8 refuses [14]', async () => {
    const realtimeInputConfig = { turnCoverage: TurnCoverage.TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO }
    await expect(
      enter({ realtimeInputConfig }, { vertex: project, model: 'gemini-3.8-live' }),
    ).rejects.toThrow('code 1007')
    await using _ = await enter({ realtimeInputConfig })
  })

  it('speaks about the answer of a function although it is to be SILENT [32]', async () => {
    on.rehearsal.play({ turns: [{ matches: '^go$', does: [{ call: [{ name: 'alpha' }] }] }] })
    const tools = [{ functionDeclarations: [{ name: 'alpha' }] }]
    await using client = await enter({ ...words, tools }, { vertex: project, model: 'gemini-3.8-live' })
    client.session.sendClientContent({ turns: 'go' })
    const { toolCall } = await client.until(message => message.toolCall !== undefined)
    await client.until(isTurnComplete)
    const { id = '', name = '' } = toolCall!.functionCalls![0]!
    const scheduling = FunctionResponseScheduling.SILENT
    client.session.sendToolResponse({
      functionResponses: [{ id, name, response: { output: 'x' }, scheduling }],
    })
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toContain('alpha answered: output x.')
  })

  it('takes an answer without an id, as it sends its calls without [34]', async () => {
    on.rehearsal.play({
      turns: [{ matches: '^go$', does: [{ call: [{ name: 'alpha' }], after: [{ say: 'Done.' }] }] }],
      behaviour: { callIds: false },
    })
    const tools = [{ functionDeclarations: [{ name: 'alpha' }] }]
    await using client = await enter({ ...words, tools })
    client.session.sendClientContent({ turns: 'go' })
    const { toolCall } = await client.until(message => message.toolCall !== undefined)
    expect(toolCall!.functionCalls).toEqual([{ name: 'alpha', args: {} }])
    client.session.sendToolResponse({ functionResponses: [{ name: 'alpha', response: {} }] })
    await client.until(isTurnComplete)
    expect(wordsOf(client.messages)).toBe('Done.')
  })
})
