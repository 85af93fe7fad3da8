import '../../agent/room/native-log.ts'
import { EventEmitter } from 'node:events'
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  type RemoteTrack,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node'
import type { Hz, Ms, Samples } from '../../agent/units.ts'
import { ANSWER_TONE } from './answer.ts'
import { Hearing, type Placed } from './hearing.ts'
import { now } from './instant.ts'
import { PERSON_TONE } from './stand-in.ts'
import { sine } from './tone.ts'

/** The rate at which a person speaks and hears. */
export const RATE: Hz = 48_000
const FRAME: Samples = 480
/**
 * Frames that wait in the source. When a frame has been taken the next leaves exactly one frame later, so that the clock of
 * the source, not this process, decides when a tone is said. A process that stalls for longer than this leaves a hole.
 */
const QUEUED = 2

/** The agent's tone began or ended at this ear. */
export type Heard = Placed & {
  /** When the frame arrived, plus the edge's offset in it: the earliest that a sound card could have played it. */
  at: Ms
}

type Happenings = { heard: [Heard]; hearing: [] }

/** A person in a room: says tones at known times and hears when the agent's tone begins and ends. */
export class Probe extends EventEmitter<Happenings> implements AsyncDisposable {
  readonly #room = new Room()
  readonly #source = new AudioSource(RATE, 1, QUEUED * 10)
  #saying: { left: Samples; said: Samples; begun: (at: Ms) => void } | undefined
  #isHearing = false
  #speaking: Promise<void> | undefined
  #closing: Promise<void> | undefined

  /** Joins with an open microphone that is silent. */
  static async join(url: string, token: string): Promise<Probe> {
    const probe = new Probe()
    const room = probe.#room
    room.on(RoomEvent.TrackSubscribed, track => void probe.#listen(track))
    await room.connect(url, token, { autoSubscribe: true, dynacast: false })
    const track = LocalAudioTrack.createAudioTrack('microphone', probe.#source)
    const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE })
    await room.localParticipant!.publishTrack(track, options)
    probe.#speaking = probe.#speak()
    return probe
  }

  /** The agent's voice track has begun to arrive. */
  get isHearing(): boolean {
    return this.#isHearing
  }

  /** Says a tone of `ms`; resolves when its first frame has left for the encoder, with that time. One at a time. */
  say(ms: Ms): Promise<Ms> {
    return new Promise(begun => (this.#saying = { left: (ms * RATE) / 1000, said: 0, begun }))
  }

  close(): Promise<void> {
    this.#closing ??= this.#leave()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #leave(): Promise<void> {
    await this.#speaking
    await this.#room.disconnect()
    await this.#source.close()
  }

  async #speak(): Promise<void> {
    const silence = new Int16Array(FRAME)
    /** Whom to tell when the frames that are in the source leave it, oldest first. */
    const leaving: (((at: Ms) => void) | undefined)[] = []
    while (this.#closing === undefined) {
      const saying = this.#saying
      leaving.push(saying?.said === 0 ? saying.begun : undefined)
      await this.#source.captureFrame(new AudioFrame(this.#next() ?? silence, RATE, 1, FRAME))
      if (leaving.length > QUEUED) leaving.shift()?.(now())
    }
  }

  #next(): Int16Array | undefined {
    const saying = this.#saying
    if (saying === undefined) return undefined
    const pcm = sine(PERSON_TONE, RATE, FRAME, saying.said)
    saying.said += FRAME
    saying.left -= FRAME
    if (saying.left <= 0) this.#saying = undefined
    return pcm
  }

  async #listen(track: RemoteTrack): Promise<void> {
    if (track.kind !== TrackKind.KIND_AUDIO) return
    const hearing = new Hearing(ANSWER_TONE, RATE)
    for await (const { data } of new AudioStream(track, {
      sampleRate: RATE,
      numChannels: 1,
      frameSizeMs: 10,
    })) {
      const at = now()
      if (!this.#isHearing) {
        this.#isHearing = true
        this.emit('hearing')
      }
      for (const edge of hearing.push(data))
        this.emit('heard', { ...edge, at: at + (edge.offset / RATE) * 1000 })
    }
  }
}
