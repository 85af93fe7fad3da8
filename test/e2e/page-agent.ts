import '../../agent/room/native-log.ts'
import { setTimeout } from 'node:timers/promises'
import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  type RemoteParticipant,
  Room,
  RpcError,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node'
import { AccessToken } from 'livekit-server-sdk'
import type { TestLiveKit } from './livekit.ts'

/** An agent that does what it is told: it keeps LiveKit's conventions and has no mind. */
export type PageAgent = AsyncDisposable & {
  /** Every typed line that it was sent, as `identity: text`. */
  readonly read: string[]
  state(state: string, more?: Record<string, string>): Promise<void>
  /** Publishes what a person is said to have said so far. */
  heard(name: string, segment: string, text: string, isFinal: boolean): Promise<void>
  /** Begins an answer's captions. */
  answer(segment: string): Promise<{ write(piece: string): Promise<void>; close(): Promise<void> }>
  write(text: string): Promise<void>
  /** Sends the last words of an answer that somebody talked over. */
  interrupt(segment: string, text: string): Promise<void>
  /** Says that it did something besides talking. */
  act(activity: object): Promise<void>
  /** Shows what it sees: a JPEG with these people in it, by name. */
  see(jpeg: Uint8Array, names: readonly string[]): Promise<void>
  /** What people asked of it by RPC, as `name method payload`; it does nothing about it. */
  readonly calls: string[]
  /** What people are told who ask for anything more. */
  refuse: string
  /** Sounds a tone until the next call; 0 is silence. */
  sound(frequency: number): void
  /** The identity of the guest of this name, as soon as the agent knows of them. */
  identityOf(name: string): Promise<string>
}

const RATE = 48_000
const FRAME = 480

/** Joins `roomName` as a participant of kind agent, in the state `listening`, with a silent track. */
export async function startPageAgent(
  livekit: Pick<TestLiveKit, 'url' | 'apiKey' | 'apiSecret'>,
  roomName: string,
): Promise<PageAgent> {
  const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity: 'agent-1', name: 'Gemini' })
  token.kind = 'agent'
  token.addGrant({ room: roomName, roomJoin: true, agent: true, canUpdateOwnMetadata: true })
  const room = new Room()
  const read: string[] = []
  const calls: string[] = []
  room.registerTextStreamHandler('lk.chat', (reader, { identity }) => {
    void reader.readAll().then(text => read.push(`${nameOf(room, identity)}: ${text}`))
  })
  await room.connect(livekit.url, await token.toJwt(), { autoSubscribe: false, dynacast: false })
  const you = room.localParticipant!
  for (const method of ['ask', 'deafen', 'manners', 'talk', 'pin'])
    you.registerRpcMethod(`roundtable.${method}`, async ({ callerIdentity, payload }) => {
      if (agent.refuse !== '') throw new RpcError(403, agent.refuse)
      calls.push(`${nameOf(room, callerIdentity)} ${method} ${payload}`)
      return '{}'
    })
  await you.setAttributes({ 'lk.agent.state': 'listening' })
  const source = new AudioSource(RATE, 1, 200)
  const track = LocalAudioTrack.createAudioTrack('voice', source)
  await you.publishTrack(track, new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }))
  const tone = soundTone(source)

  const identityOf = async (name: string) => {
    const find = () => [...room.remoteParticipants.values()].find(one => one.name === name)
    const deadline = performance.now() + 20_000
    while (find() === undefined && performance.now() < deadline) await setTimeout(20)
    const found = find()
    if (found === undefined) throw new Error(`${name} is not in the room`)
    return found.identity
  }
  const close = async () => {
    await tone.stop()
    await room.disconnect()
    // Closes its source too; closing that twice corrupts the heap.
    await track.close()
  }
  const agent: PageAgent = {
    refuse: '',
    read,
    state: (state, more = {}) => you.setAttributes({ 'lk.agent.state': state, floor: '', ...more }),
    async heard(name, segment, text, isFinal) {
      const writer = await you.streamText({
        topic: 'lk.transcription',
        senderIdentity: await identityOf(name),
        attributes: { 'lk.segment_id': segment, 'lk.transcription_final': `${isFinal}` },
      })
      await writer.write(text)
      await writer.close()
    },
    async answer(segment) {
      const attributes = { 'lk.segment_id': segment, 'lk.transcription_final': 'false' }
      const writer = await you.streamText({ topic: 'lk.transcription', attributes })
      return { write: piece => writer.write(piece), close: () => writer.close() }
    },
    async write(text) {
      await you.sendText(text, { topic: 'lk.chat' })
    },
    async interrupt(segment, text) {
      const attributes = {
        'lk.segment_id': segment,
        'lk.transcription_final': 'true',
        'lk.interrupted': 'true',
      }
      const writer = await you.streamText({ topic: 'lk.transcription', attributes })
      await writer.write(text)
      await writer.close()
    },
    async act(activity) {
      await you.sendText(JSON.stringify(activity), { topic: 'roundtable.activity' })
    },
    async see(jpeg, names) {
      const people = JSON.stringify(await Promise.all(names.map(identityOf)))
      const writer = await you.streamBytes({
        name: 'picture.jpg',
        topic: 'roundtable.picture',
        mimeType: 'image/jpeg',
        totalSize: jpeg.length,
        attributes: { people },
      })
      await writer.write(jpeg)
      await writer.close()
    },
    calls,
    sound: frequency => tone.set(frequency),
    identityOf,
    [Symbol.asyncDispose]: close,
  }
  return agent
}

function nameOf(room: Room, identity: string): string {
  const one: RemoteParticipant | undefined = room.remoteParticipants.get(identity)
  return one?.name ?? identity
}

/** Feeds the source without an end; `captureFrame` keeps the time by waiting when 200 ms are queued. */
function soundTone(source: AudioSource): { set(frequency: number): void; stop(): Promise<void> } {
  let frequency = 0
  let isOn = true
  let phase = 0
  const feed = async () => {
    while (isOn) {
      const samples = Int16Array.from({ length: FRAME }, () => {
        phase += (2 * Math.PI * frequency) / RATE
        return frequency === 0 ? 0 : 12_000 * Math.sin(phase) * (0.6 + 0.4 * Math.sin(phase / 37))
      })
      await source.captureFrame(new AudioFrame(samples, RATE, 1, FRAME))
    }
  }
  const fed = feed()
  return {
    set(wanted) {
      frequency = wanted
    },
    async stop() {
      isOn = false
      await fed
    },
  }
}
