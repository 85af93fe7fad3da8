import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node'
import { request } from '../../agent/room/ffi.ts'
import type { Hz, Ms, Samples } from '../../agent/units.ts'
import { ANSWER_TONE } from './answer.ts'
import { Hearing } from './hearing.ts'
import { now } from './instant.ts'
import { PERSON_TONE } from './stand-in.ts'
import type { Caption } from './table.ts'

const RATE: Hz = 48_000
const FRAME_MS: Ms = 10
const FRAME: Samples = (RATE * FRAME_MS) / 1000
/** Frames that wait in the source: its clock, not this process, decides when a sound is said. See `Probe`. */
const QUEUED = 2
/** Peak of the noise of an open microphone: -75 dBFS. */
const NOISE = 10
/** What is on its way from their loudspeaker to their microphone is late by no more than this: a stall is made good at once. */
const LATE_ECHO_MS: Ms = 30

/** Something that is said: its sound, the frame at which it begins, and whom to tell. */
type Utterance = { pcm: Int16Array; from: number; begun: (at: Ms) => void; ended: (at: Ms) => void }

export type GuestEvents = {
  edge(edge: { isTone: boolean; at: Ms }): void
  caption(caption: Caption): void
}

/** A person in a room whose sound leaves at exactly real time, however busy this process is. */
export class Guest {
  static readonly RATE = RATE
  readonly #air: { readonly isNoisy: boolean }
  readonly #hears: string | undefined
  readonly #events: GuestEvents
  readonly #room = new Room()
  readonly #source = new AudioSource(RATE, 1, QUEUED * FRAME_MS)
  #track: LocalAudioTrack | undefined
  #speaking: Promise<void> | undefined
  #isLeaving = false
  #frame = 0
  #utterances: Utterance[] = []
  #echo: { delayMs: Ms; gain: number; frames: Int16Array[] } | undefined

  constructor(air: { readonly isNoisy: boolean }, hears: string | undefined, events: GuestEvents) {
    this.#air = air
    this.#hears = hears
    this.#events = events
  }

  /** Nobody hears each other, which would cost more than what is measured: only what they came to hear. */
  async join(url: string, token: string): Promise<void> {
    const room = this.#room
    room.on(RoomEvent.TrackSubscribed, track => void this.#listen(track))
    room.on(RoomEvent.TrackPublished, (publication, { identity }) => this.#want(publication, identity))
    await room.connect(url, token, { autoSubscribe: false, dynacast: false })
    if (this.#hears === 'agent')
      room.registerTextStreamHandler('lk.transcription', (reader, { identity }) => {
        const { attributes = {} } = reader.info
        const read = async () => {
          const text = await reader.readAll()
          const segment = attributes['lk.segment_id'] ?? ''
          const isFinal = attributes['lk.transcription_final'] === 'true'
          this.#events.caption({ identity, segment, text, isFinal })
        }
        // A stream that was cut off is no caption.
        read().catch(() => {})
      })
    for (const participant of room.remoteParticipants.values() as Iterable<RemoteParticipant>)
      for (const publication of participant.trackPublications.values())
        this.#want(publication as RemoteTrackPublication, participant.identity)
  }

  async publish(): Promise<void> {
    this.#speaking ??= this.#speak()
    this.#track = LocalAudioTrack.createAudioTrack('microphone', this.#source)
    const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE })
    await this.#room.localParticipant!.publishTrack(this.#track, options)
  }

  async unpublish(): Promise<void> {
    await this.#room.localParticipant!.unpublishTrack(this.#track!.sid!)
  }

  /** Says this `afterMs` from now, over whatever else they are saying. */
  say(pcm: Int16Array, afterMs: Ms = 0): { begun: Promise<Ms>; ended: Promise<Ms> } {
    this.#speaking ??= this.#speak()
    const [begun, ended] = [Promise.withResolvers<Ms>(), Promise.withResolvers<Ms>()]
    const from = this.#frame + Math.round(afterMs / FRAME_MS)
    this.#utterances.push({ pcm, from, begun: begun.resolve, ended: ended.resolve })
    return { begun: begun.promise, ended: ended.promise }
  }

  /** rtc-node does not wrap it. */
  mute(mute: boolean): void {
    request({ case: 'localTrackMute', value: { trackHandle: this.#track!.ffi_handle.handle, mute } })
  }

  /** From now on what they hear comes back through their microphone so much later. */
  echo(how: { delayMs: Ms; gainDb: number } | undefined): void {
    const frames = Array.from({ length: (how?.delayMs ?? 0) / FRAME_MS }, () => new Int16Array(FRAME))
    this.#echo = how && { delayMs: how.delayMs, gain: 10 ** (how.gainDb / 20), frames }
  }

  async leave(): Promise<void> {
    this.#isLeaving = true
    await this.#speaking
    await this.#room.disconnect()
    await this.#source.close()
  }

  #want(publication: RemoteTrackPublication, identity: string): void {
    if (publication.kind !== TrackKind.KIND_AUDIO) return
    const isAgent = !/^p\d+$/.test(identity)
    if (this.#hears === (isAgent ? 'agent' : identity)) publication.setSubscribed(true)
  }

  async #speak(): Promise<void> {
    /** Whom to tell when the frames that are in the source leave it, oldest first. */
    const leaving: ((at: Ms) => void)[] = []
    while (!this.#isLeaving) {
      const { pcm, tell } = this.#next()
      leaving.push(tell)
      await this.#source.captureFrame(new AudioFrame(pcm, RATE, 1, FRAME))
      if (leaving.length > QUEUED) leaving.shift()!(now())
    }
  }

  /** The next 10 ms of their microphone. */
  #next(): { pcm: Int16Array; tell: (at: Ms) => void } {
    const pcm = new Int16Array(FRAME)
    if (this.#air.isNoisy) for (let i = 0; i < FRAME; i++) pcm[i] = (Math.random() * 2 - 1) * NOISE
    const told: ((at: Ms) => void)[] = []
    for (const { pcm: said, from, begun, ended } of this.#utterances) {
      const at = (this.#frame - from) * FRAME
      if (at < 0) continue
      const part = said.subarray(at, at + FRAME)
      for (let i = 0; i < part.length; i++) pcm[i]! += part[i]!
      if (at === 0) told.push(begun)
      if (at + FRAME >= said.length) told.push(time => ended(time + FRAME_MS))
    }
    const { length } = this.#utterances
    if (length > 0)
      this.#utterances = this.#utterances.filter(one => (this.#frame + 1 - one.from) * FRAME < one.pcm.length)
    const back = this.#echo?.frames.shift()
    if (back !== undefined) for (let i = 0; i < FRAME; i++) pcm[i]! += back[i]! * this.#echo!.gain
    this.#frame++
    const tell = (at: Ms) => {
      for (const one of told) one(at)
    }
    return { pcm, tell }
  }

  async #listen(track: RemoteTrack): Promise<void> {
    const isAgent = this.#hears === 'agent'
    const hearing = new Hearing(isAgent ? ANSWER_TONE : PERSON_TONE, RATE)
    const stream = new AudioStream(track, { sampleRate: RATE, numChannels: 1, frameSizeMs: FRAME_MS })
    for await (const { data } of stream) {
      const at = now()
      for (const { isTone, offset } of hearing.push(data))
        this.#events.edge({ isTone, at: at + (offset / RATE) * 1000 })
      if (this.#echo === undefined) continue
      this.#echo.frames.push(data.slice())
      const most = (this.#echo.delayMs + LATE_ECHO_MS) / FRAME_MS
      if (this.#echo.frames.length > most) this.#echo.frames.shift()
    }
  }
}
