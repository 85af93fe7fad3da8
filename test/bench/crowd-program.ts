import '../../agent/room/native-log.ts'
/**
 * Many people, each alone with an agent in a room, in one process that costs little: they say a word when told to and
 * judge the answers they hear. Run with an IPC channel by `Crowd`; answers each order when it is done.
 */
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  type RemoteTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node'
import type { Hz, Ms, Samples } from '../../agent/units.ts'
import { ANSWER_TONE } from './answer.ts'
import type { Order, Word } from './crowd.ts'
import { Hearing, judgeAnswer, type Placed } from './hearing.ts'
import { PERSON_TONE } from './stand-in.ts'
import { sine } from './tone.ts'

const HEARD_RATE: Hz = 16_000
const SAID_RATE: Hz = 48_000
const FRAME: Samples = SAID_RATE / 100

/**
 * One microphone for all, without a queue: nothing is encoded while nobody speaks, as with a browser that sends nothing in
 * silence. A queued source would encode silence twenty times over, and this machine is to be busy with the subject.
 */
const microphone = new AudioSource(SAID_RATE, 1, 0)
const people: Placed[][] = []

process.on('message', (order: Order) => void obey(order).then(word => process.send?.(word)))
process.on('disconnect', () => process.exit())
console.log('ready')

async function obey(order: Order): Promise<Word> {
  if (order.do === 'join') await join(order.url, order.token)
  if (order.do === 'say') {
    for (const edges of people) edges.length = 0
    await say(order.ms, from => sine(PERSON_TONE, SAID_RATE, FRAME, from))
  }
  return { answers: people.map(edges => judgeAnswer(edges, HEARD_RATE)) }
}

async function join(url: string, token: string): Promise<void> {
  const room = new Room()
  room.on(RoomEvent.TrackSubscribed, track => void listen(track))
  await room.connect(url, token, { autoSubscribe: true, dynacast: false })
  const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE })
  await room.localParticipant!.publishTrack(
    LocalAudioTrack.createAudioTrack('microphone', microphone),
    options,
  )
}

/** Frames of 10 ms, each at its own time after the first. */
async function say(ms: Ms, frame: (from: Samples) => Int16Array): Promise<void> {
  const began = performance.now()
  for (let said = 0; said < (ms * SAID_RATE) / 1000; said += FRAME) {
    const due = began + (said / SAID_RATE) * 1000
    await new Promise(resolve => setTimeout(resolve, due - performance.now()))
    await microphone.captureFrame(new AudioFrame(frame(said), SAID_RATE, 1, FRAME))
  }
}

async function listen(track: RemoteTrack): Promise<void> {
  const edges: Placed[] = []
  people.push(edges)
  const hearing = new Hearing(ANSWER_TONE, HEARD_RATE)
  for await (const { data } of new AudioStream(track, {
    sampleRate: HEARD_RATE,
    numChannels: 1,
    frameSizeMs: 20,
  }))
    edges.push(...hearing.push(data))
}
