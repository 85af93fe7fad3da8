import { AudioEncoding } from '@livekit/rtc-ffi-bindings'
import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  type LocalParticipant,
  type LocalTrackPublication,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node'
import type { Sink } from '../audio/playout.ts'
import { type Ms, SPEECH_RATE } from '../units.ts'

/** How much the track's own queue takes before a write waits, ms. A pause of this process that is longer would be heard as a gap. */
const QUEUE_MS: Ms = 1_000
/**
 * At 64 kbit/s Opus leaves its speech mode: the voice is clearer, and the encoder, which never rests on a published track, takes half
 * the time (measured: 1.8 % of a core against 3.2 %).
 */
const BITRATE = 64_000n

/** The agent's voice in the room: a track that others find as its microphone. */
export class AudioOut implements Sink {
  readonly #source: AudioSource
  readonly #track: LocalAudioTrack
  #publication: LocalTrackPublication | undefined
  /** The write under way: the source takes one at a time. */
  #writing: Promise<void> = Promise.resolve()

  constructor() {
    this.#source = new AudioSource(SPEECH_RATE, 1, QUEUE_MS)
    this.#track = LocalAudioTrack.createAudioTrack('voice', this.#source)
  }

  /** The published track's id, which captions refer to; empty before `publish`. */
  get trackId(): string {
    return this.#publication?.sid ?? ''
  }

  async publish(participant: LocalParticipant): Promise<void> {
    const options = new TrackPublishOptions()
    options.source = TrackSource.SOURCE_MICROPHONE
    options.audioEncoding = new AudioEncoding({ maxBitrate: BITRATE })
    this.#publication = await participant.publishTrack(this.#track, options)
  }

  get queuedMs(): Ms {
    return this.#source.queuedDuration
  }

  write(frame: Int16Array): Promise<void> {
    // The SDK reads a frame from the start of its buffer, whatever its offset: a view must be copied.
    const pcm = frame.byteLength === frame.buffer.byteLength ? frame : frame.slice()
    const capture = () => this.#source.captureFrame(new AudioFrame(pcm, SPEECH_RATE, 1, pcm.length))
    this.#writing = this.#writing.then(capture, capture)
    return this.#writing
  }

  clear(): void {
    this.#source.clearQueue()
  }

  drained(): Promise<void> {
    return this.#source.waitForPlayout()
  }

  async close(): Promise<void> {
    await this.#track.close()
  }
}
