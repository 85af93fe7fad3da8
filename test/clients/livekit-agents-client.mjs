// Drives the rehearsal with the Google plugin of livekit-agents for JavaScript, as an agent's session does. Run by run.ts in a
// folder that has the packages.
import { initializeLogger } from '@livekit/agents'
import * as google from '@livekit/agents-plugin-google'
import { AudioFrame } from '@livekit/rtc-node'

initializeLogger({ pretty: false, level: 'warn' })

const RATE = 16_000
const tone = Int16Array.from({ length: RATE }, (_, i) => 4_000 * Math.sin((2 * Math.PI * 220 * i) / RATE))
const silence = new Int16Array(RATE)
const wait = ms => new Promise(resolve => setTimeout(resolve, ms))

function claim(words, holds, seen = '') {
  console.log(`${holds ? 'ok' : 'FAILED'}  ${words}${holds ? '' : `: ${JSON.stringify(seen)}`}`)
  if (!holds) process.exit(1)
}

async function push(session, ...pieces) {
  for (const piece of pieces)
    for (let from = 0; from < piece.length; from += 320) {
      const chunk = piece.slice(from, from + 320)
      session.pushAudio(new AudioFrame(chunk, RATE, 1, chunk.length))
      await wait(20)
    }
}

async function hear({ messageStream }) {
  let seconds = 0
  let words = ''
  for await (const { audioStream, textStream } of messageStream) {
    const sound = async () => {
      for await (const frame of audioStream) seconds += frame.samplesPerChannel / frame.sampleRate
    }
    const text = async () => {
      for await (const piece of textStream) words += typeof piece === 'string' ? piece : piece.text
    }
    await Promise.all([sound(), text()])
  }
  return { seconds, words }
}

const { RealtimeModel } = google.realtime ?? google.beta.realtime
const model = new RealtimeModel({
  model: process.env.MODEL ?? 'gemini-3.8-live',
  apiKey: process.env.GEMINI_API_KEY,
  voice: 'Kore',
  httpOptions: { baseUrl: process.env.GOOGLE_GEMINI_BASE_URL },
  inputAudioTranscription: {},
  outputAudioTranscription: {},
})
const session = model.session()
const generations = []
let wake
session.on('generation_created', generation => {
  generations.push(generation)
  wake?.()
})
session.on('error', error => console.log('error', error))
const next = async () => {
  while (generations.length === 0) await new Promise(resolve => (wake = resolve))
  return generations.shift()
}
let speechStarted
session.on('input_speech_started', () => speechStarted?.())
setTimeout(() => claim('ends within two minutes', false), 120_000).unref()

await push(session, tone, silence)
const first = await hear(await next())
claim(
  'speech is answered aloud, with its words',
  first.seconds > 1.5 && first.words.includes('I heard 1 second'),
  first,
)

await push(session, tone, silence)
const generation = await next()
const started = new Promise(resolve => (speechStarted = resolve))
await push(session, tone)
await started
await hear(generation)
claim('speaking interrupts the answer', true)
await push(session, silence)
const last = await hear(await next())
claim('and is answered', last.words.includes('I heard'), last)
process.exit(0)
