import '../../agent/room/native-log.ts'
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  ParticipantKind,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node'
import { AccessToken } from 'livekit-server-sdk'
import { expect, vi } from 'vitest'
import { levelOf } from '../../agent/audio/pcm.ts'
import type { TestLiveKit } from './livekit.ts'
import type { Speech } from './speech.ts'

export type Caption = {
  from: string
  text: string
  segment: string
  isFinal: boolean
  isInterrupted: boolean
  track: string | undefined
}

/** Waits until `claim` holds, for as long as a slow machine may need. */
export async function until(claim: () => boolean, what: string, withinMs = 20_000): Promise<void> {
  await vi.waitFor(() => expect(claim(), what).toBe(true), { timeout: withinMs, interval: 10 })
}

/** Somebody in a room as LiveKit's own SDK makes them: they talk, type, and notice what the agent does. */
export class Person implements AsyncDisposable {
  readonly room = new Room()
  readonly identity: string
  readonly captions: Caption[] = []
  readonly chat: { from: string; text: string }[] = []
  /** Every `lk.agent.state` that was seen, each once. */
  readonly states: string[] = []
  /** Level of each 20 ms of the agent's voice, dBFS. */
  readonly levels: number[] = []
  #microphone: AudioSource | undefined

  private constructor(identity: string) {
    this.identity = identity
  }

  static async join(
    livekit: TestLiveKit,
    roomName: string,
    identity: string,
    as: { kind?: 'sip' | 'agent' | 'egress'; name?: string; isHidden?: boolean } = {},
  ): Promise<Person> {
    const person = new Person(identity)
    const token = new AccessToken(livekit.apiKey, livekit.apiSecret, {
      identity,
      name: as.name ?? identity[0]!.toUpperCase() + identity.slice(1),
    })
    if (as.kind) token.kind = as.kind
    token.addGrant({
      room: roomName,
      roomJoin: true,
      agent: as.kind === 'agent',
      hidden: as.isHidden ?? false,
    })
    person.#notice()
    await person.room.connect(livekit.url, await token.toJwt(), {
      autoSubscribe: true,
      dynacast: false,
    })
    return person
  }

  get agents() {
    return [...this.room.remoteParticipants.values()].filter(({ kind }) => kind === ParticipantKind.AGENT)
  }

  /** The state that the agent shows now. */
  get agentState(): string | undefined {
    return this.agents[0]?.attributes['lk.agent.state']
  }

  /** An attribute that the agent shows now; empty where it is not there. */
  sees(attribute: string): string {
    return this.agents[0]?.attributes[attribute] ?? ''
  }

  /** Calls the agent; the reply as it came. */
  call(method: string, payload: object = {}): Promise<string> {
    return this.room.localParticipant!.performRpc({
      destinationIdentity: this.agents[0]!.identity,
      method,
      payload: JSON.stringify(payload),
    })
  }

  /** Whether the agent's voice has been heard lately (in the last `frames` of 20 ms). */
  hears(frames = 5): boolean {
    return this.levels.slice(-frames).some(level => level > -50)
  }

  /** Publishes the microphone, or what else makes sound; its track's id. `preconnectBuffer`: what was said before is sent besides. */
  async unmute(
    rate: number,
    { preconnectBuffer = false, source = TrackSource.SOURCE_MICROPHONE } = {},
  ): Promise<string> {
    this.#microphone = new AudioSource(rate, 1, 1_000)
    const options = new TrackPublishOptions()
    options.source = source
    options.preconnectBuffer = preconnectBuffer
    const publication = await this.room.localParticipant!.publishTrack(
      LocalAudioTrack.createAudioTrack('microphone', this.#microphone),
      options,
    )
    return publication.sid!
  }

  /** Says something at real time; resolves when it has left the microphone. */
  async say({ pcm, rate }: Speech): Promise<void> {
    if (!this.#microphone) await this.unmute(rate)
    const frame = Math.round(rate / 50)
    for (let at = 0; at < pcm.length; at += frame) {
      const part = pcm.slice(at, at + frame)
      await this.#microphone!.captureFrame(new AudioFrame(part, rate, 1, part.length))
    }
    await this.#microphone!.waitForPlayout()
  }

  async type(line: string): Promise<void> {
    await this.room.localParticipant!.sendText(line, { topic: 'lk.chat' })
  }

  async leave(): Promise<void> {
    await this.room.disconnect()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave()
  }

  #notice(): void {
    this.room.on(RoomEvent.ParticipantAttributesChanged, changed => {
      const state = changed['lk.agent.state']
      if (state !== undefined) this.states.push(state)
    })
    this.room.on(RoomEvent.TrackSubscribed, (track, _publication, participant) => {
      if (track.kind !== TrackKind.KIND_AUDIO || participant.kind !== ParticipantKind.AGENT) return
      const listen = async () => {
        for await (const frame of new AudioStream(track, {
          sampleRate: 24_000,
          numChannels: 1,
          frameSizeMs: 20,
        }))
          this.levels.push(levelOf(frame.data))
      }
      listen().catch(() => {})
    })
    this.room.registerTextStreamHandler('lk.transcription', (reader, { identity }) => {
      const { attributes = {} } = reader.info
      const read = async () => {
        const text = await reader.readAll()
        const isFinal = attributes['lk.transcription_final'] === 'true'
        this.captions.push({
          from: identity,
          text,
          segment: attributes['lk.segment_id'] ?? '',
          isFinal,
          isInterrupted: attributes['lk.interrupted'] === 'true',
          track: attributes['lk.transcribed_track_id'],
        })
      }
      read().catch(() => {})
    })
    this.room.registerTextStreamHandler('lk.chat', (reader, { identity }) => {
      reader
        .readAll()
        .then(text => this.chat.push({ from: identity, text }))
        .catch(() => {})
    })
  }
}
