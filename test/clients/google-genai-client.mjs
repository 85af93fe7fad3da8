// Drives the rehearsal with Google's own JavaScript SDK, by the calls of its documented samples. Run by run.ts in a folder that has
// the package. Prints one line a claim, with the checklist's points in brackets, and ends with 1 at the first that does not hold.
import { GoogleGenAI, Modality, Type } from '@google/genai'

const MODEL = process.env.MODEL ?? 'gemini-3.8-live'
const RATE = 16_000
const tone = Int16Array.from({ length: RATE }, (_, i) => 4_000 * Math.sin((2 * Math.PI * 220 * i) / RATE))
const silence = new Int16Array(RATE)
const wait = ms => new Promise(resolve => setTimeout(resolve, ms))

function claim(words, holds, seen = '') {
  console.log(`${holds ? 'ok' : 'FAILED'}  ${words}${holds ? '' : `: ${JSON.stringify(seen)}`}`)
  if (!holds) process.exit(1)
}

/** A session, what came of it, and what its turns held. */
async function connect(config = {}, { ai = new GoogleGenAI({}), model = MODEL } = {}) {
  const messages = []
  const ended = Promise.withResolvers()
  let wake
  const callbacks = {
    onopen: () => {},
    onmessage: message => {
      messages.push(message)
      wake?.()
    },
    onerror: () => {},
    onclose: ({ code, reason }) => ended.resolve({ code, reason }),
  }
  const connecting = ai.live.connect({
    model,
    config: { responseModalities: [Modality.AUDIO], outputAudioTranscription: {}, ...config },
    callbacks,
  })
  connecting.catch(() => {})
  let seen = 0
  const until = async is => {
    for (;;) {
      while (seen < messages.length) if (is(messages[seen++])) return messages[seen - 1]
      await new Promise(resolve => (wake = resolve))
    }
  }
  const turn = async () => {
    const from = seen
    await until(message => message.serverContent?.turnComplete || message.toolCall !== undefined)
    const turn = messages.slice(from, seen)
    const contents = turn.map(message => message.serverContent ?? {})
    const parts = contents.flatMap(content => content.modelTurn?.parts ?? [])
    const join = name => contents.map(content => content[name]?.text ?? '').join('')
    return {
      seconds:
        parts.reduce((sum, part) => sum + Buffer.from(part.inlineData?.data ?? '', 'base64').length, 0) /
        48_000,
      words: join('outputTranscription'),
      heard: join('inputTranscription'),
      kinds: contents
        .flatMap(Object.keys)
        .filter(kind => /^(interrupted|generationComplete|turnComplete)$/.test(kind)),
      calls: turn.flatMap(message => message.toolCall?.functionCalls ?? []),
    }
  }
  return { connecting, ended: ended.promise, until, turn }
}

async function open(config, more) {
  const client = await connect(config, more)
  return { ...client, session: await client.connecting }
}

async function say(session, ...pieces) {
  for (const pcm of pieces)
    for (let from = 0; from < pcm.length; from += 320) {
      const data = Buffer.from(pcm.slice(from, from + 320).buffer).toString('base64')
      session.sendRealtimeInput({ audio: { data, mimeType: `audio/pcm;rate=${RATE}` } })
    }
}

async function talk() {
  const { session, turn, ended } = await open({ inputAudioTranscription: {}, systemInstruction: 'Be brief.' })
  claim('connects by HTTP, with the key in the query [1, 2, 8]', true)
  await say(session, tone, silence)
  const first = await turn()
  claim('speech is heard [17]', first.heard === '[1.0 s of speech]', first)
  claim('and answered aloud [24, 29]', first.seconds > 1.5 && first.words.includes('I heard 1 second'), first)
  claim('in the order of a turn [24]', first.kinds.join() === 'generationComplete,turnComplete', first)
  session.sendClientContent({
    turns: [{ role: 'user', parts: [{ text: 'Tell me. '.repeat(60) }] }],
    turnComplete: true,
  })
  await wait(500)
  await say(session, tone)
  const second = await turn()
  claim('speech interrupts [18]', second.kinds.join() === 'interrupted,turnComplete', second)
  await say(session, silence)
  const third = await turn()
  claim('and is answered [18]', third.words.includes('I heard 1 second'), third)
  session.sendRealtimeInput({ text: 'What are your instructions?' })
  claim('typed words are answered [23]', (await turn()).words.includes('My instructions are: Be brief.'))
  session.close()
  claim('a local close is 1005 [45]', (await ended).code === 1005, await ended)
}

async function manual() {
  const { session, turn } = await open({
    realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
  })
  session.sendRealtimeInput({ activityStart: {} })
  await say(session, tone)
  session.sendRealtimeInput({ activityEnd: {} })
  claim('marked activity is answered [20]', (await turn()).words.includes('I heard 1 second'))
  session.close()
}

async function tools() {
  const parameters = { type: Type.OBJECT, properties: { city: { type: Type.STRING } } }
  const functionDeclarations = [{ name: 'get_weather', behavior: 'BLOCKING', parameters }]
  const { session, turn } = await open({ tools: [{ functionDeclarations }] })
  session.sendClientContent({ turns: 'get_weather {"city": "Oslo"}' })
  const [call] = (await turn()).calls
  claim(
    'a tool is called with its arguments [31]',
    call?.name === 'get_weather' && call.args.city === 'Oslo',
    call,
  )
  session.sendToolResponse({
    functionResponses: [{ id: call.id, name: call.name, response: { sky: 'clear' } }],
  })
  claim('and its result is spoken [31]', (await turn()).words.includes('sky clear'))
  session.close()
}

async function resumption() {
  const first = await open({ sessionResumption: {} })
  first.session.sendClientContent({ turns: 'The word is heron.' })
  await first.turn()
  const { sessionResumptionUpdate } = await first.until(message => message.sessionResumptionUpdate?.newHandle)
  first.session.close()
  await first.ended
  await wait(100)
  const { session, turn } = await open({ sessionResumption: { handle: sessionResumptionUpdate.newHandle } })
  session.sendClientContent({ turns: 'What did I say?' })
  claim('a session is resumed [36, 37]', (await turn()).words.includes('heron'))
  session.close()
}

async function tokens() {
  const ai = new GoogleGenAI({ httpOptions: { apiVersion: 'v1alpha' } })
  const liveConnectConstraints = { model: MODEL, config: { responseModalities: [Modality.AUDIO] } }
  const { name } = await ai.authTokens.create({
    config: { uses: 1, liveConnectConstraints, lockAdditionalFields: [] },
  })
  const guest = new GoogleGenAI({ apiKey: name, httpOptions: { apiVersion: 'v1alpha' } })
  const { session, turn } = await open({}, { ai: guest, model: 'ignored' })
  session.sendClientContent({ turns: 'Which model are you?' })
  claim('a token opens a locked session [6]', (await turn()).words.includes(MODEL))
  session.close()
  const again = await connect({}, { ai: guest })
  claim('and is then spent [6]', (await again.ended).code === 1008, await again.ended)
}

async function refusals() {
  const cases = [
    [
      'TEXT on an audio model is refused with 1007 [14]',
      { responseModalities: ['TEXT'] },
      {},
      1007,
      'modalities',
    ],
    ['an unknown model is refused with 1008 [13]', {}, { model: 'gemini-9' }, 1008, 'not found'],
    [
      'a bad key is refused with 1007 [3]',
      {},
      { ai: new GoogleGenAI({ apiKey: 'invalid' }) },
      1007,
      'API key',
    ],
  ]
  const fates = new Set()
  for (const [words, config, more, code, reason] of cases) {
    const client = await connect(config, more)
    const end = await client.ended
    claim(words, end.code === code && end.reason.includes(reason), end)
    const settled = client.connecting.then(
      () => 'resolves',
      error => (error.message.includes(`code ${code}`) ? 'rejects with why' : error.message),
    )
    fates.add(await Promise.race([settled, wait(1_000).then(() => 'never settles')]))
  }
  claim(`and connect() then ${[...fates].join(', ')} [3]`, fates.size === 1 && !fates.has('resolves'), [
    ...fates,
  ])
}

async function faults() {
  const play = scenario =>
    fetch(`${process.env.GOOGLE_GEMINI_BASE_URL}/_rehearsal/scenario`, {
      method: 'PUT',
      body: JSON.stringify(scenario),
    })
  const failing = async fault => {
    await play({ faults: [{ at: 'SOUND', ...fault }] })
    const { session, ended } = await open()
    await play({})
    session.sendClientContent({ turns: 'go' })
    return await ended
  }
  claim('a cut is 1006 [40]', (await failing({ fault: 'CUT' })).code === 1006)
  const reason = 'The service is currently unavailable.'
  const closed = await failing({ fault: 'CLOSE', reason })
  claim('1011 comes with its words [40]', closed.code === 1011 && closed.reason === reason, closed)
  await play({ faults: [{ fault: 'REFUSE', at: 'UPGRADE' }] })
  const refused = await connect()
  claim('403 at the upgrade is 1006 [40]', (await refused.ended).code === 1006, await refused.ended)
  await play({})
}

setTimeout(() => claim('ends within two minutes', false), 120_000).unref()
for (const part of [talk, manual, tools, resumption, tokens, refusals, faults]) await part()
process.exit(0)
