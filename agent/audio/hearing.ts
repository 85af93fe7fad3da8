import type { Alarm, Clock } from '../clock.ts'
import type { Ms } from '../units.ts'
import { type Acquaintance, Channel } from './channel.ts'
import { Doubles } from './doubles.ts'
import { FRAME_SAMPLES, Lane } from './lane.ts'
import { Leveller } from './leveller.ts'
import { Mixer } from './mixer.ts'
import type { OwnVoice } from './own-voice.ts'
import { Pacer } from './pacer.ts'
import { FRAME_MS, levelOf } from './pcm.ts'
import { Speaker } from './speaker.ts'
import { Timeline, type Voice } from './timeline.ts'

/** With nobody's microphone on, silence is sent for this long: the model's own detector ends a turn by it. Then sending stops. */
export const TRAIL_MS: Ms = 3_000
/** Where the end of the stream itself ends a turn, it is told after a pause of this. https://ai.google.dev/gemini-api/docs/live-guide */
const SHORT_TRAIL_MS: Ms = 1_000
/** A voice on two tracks is found within this time. */
const FINDING_MS: Ms = 400
/** How loud people are is remembered for so many of them. */
const MOST_KNOWN = 64

export type HearingEvents = {
  /** Each 10 ms of everybody together: 160 samples of 16 kHz mono, valid until the next call; not `isLive` when from before now. */
  onSound(pcm: Int16Array, isLive: boolean): void
  /** No microphone has been on for a while, and no sound follows until one is. */
  onPause(): void
  /** Somebody begins to talk on one of their tracks, or is silent on all of them. */
  onTalk(identity: string, change: 'began' | 'ended'): void
}

export type HearingOptions = {
  /** Whether the end of the stream, told by `onPause`, ends a turn by itself now; otherwise silence has to, and it goes on for longer. */
  streamEndEndsTurn?: () => boolean
  /** What the agent itself says: where it comes back through somebody's speaker, it is not theirs. */
  own?: OwnVoice
}

/** One open microphone, or the sound of a screen. */
export type Microphone = {
  /** Takes 16 kHz mono PCM16 as it arrives. */
  push(pcm: Int16Array): void
  /** It was switched off, or its owner left: nothing of it is heard any more, what waits included. */
  close(): void
}

/** What was lost or left out so far, all lanes together. */
export type Losses = {
  /** Samples that came too fast. */
  droppedSamples: number
  /** Frames mixed as silence because their sound came too late. */
  starvedFrames: number
  /** Speech beyond the voices that are mixed at once, ms. */
  leftOutMs: Ms
  /** Our own voice in people's microphones, and people in each other's, ms; both are left out. */
  echoMs: Ms
  crosstalkMs: Ms
}

/** Everybody in the room as one stream at exactly real time, and who of them is talking. */
export class Hearing {
  /** Who spoke when, in media time: ms of sound given to `onSound` so far. */
  readonly timeline = new Timeline()
  readonly #clock: Clock
  readonly #events: HearingEvents
  readonly #streamEndEndsTurn: () => boolean
  readonly #mixer = new Mixer()
  readonly #pacer: Pacer
  readonly #doubles: Doubles
  readonly #known = new Map<string, Acquaintance>()
  /** Those who were told of as talking. */
  readonly #talkers = new Set<string>()
  #trail: Alarm | undefined
  #turnMs: Ms = 0
  #droppedSamples = 0
  #starvedFrames = 0
  #echoMs: Ms = 0

  constructor(
    clock: Clock,
    events: HearingEvents,
    { streamEndEndsTurn = () => false, own }: HearingOptions = {},
  ) {
    this.#clock = clock
    this.#events = events
    this.#streamEndEndsTurn = streamEndEndsTurn
    this.#doubles = new Doubles(clock, own)
    this.#pacer = new Pacer(clock, this.#mixer, mix => this.#hear(mix))
  }

  /** Opens a lane for the track `id`; the room is heard from now on. The sound of a screen is levelled apart from its owner's voice. */
  open(id: string, identity: string, source: 'microphone' | 'screen' = 'microphone'): Microphone {
    const known = this.#acquaintance(`${source} ${identity}`)
    const channel = new Channel(new Lane(id, identity), known, this.#doubles.guard)
    this.#mixer.add(channel)
    this.#trail?.cancel()
    this.#pacer.start()
    return {
      push: pcm => {
        channel.lane.push(pcm)
        this.#pacer.arrived()
      },
      close: () => this.#close(channel),
    }
  }

  /**
   * Somebody's sound from before now, 16 kHz mono, all at once: what follows of everybody comes after it. `onSound` gets it faster than
   * real time, and the timeline has it as theirs.
   */
  insert(voice: Voice, pcm: Int16Array): void {
    const speaker = new Speaker()
    const frame = new Int16Array(FRAME_SAMPLES)
    for (let at = 0; at < pcm.length; at += FRAME_SAMPLES) {
      const part = pcm.subarray(at, at + FRAME_SAMPLES)
      frame.set(part)
      frame.fill(0, part.length)
      const change = speaker.step(levelOf(frame), FRAME_MS)
      this.#events.onSound(frame, false)
      this.timeline.pass(FRAME_MS)
      if (speaker.isTalking && speaker.isLoud)
        this.timeline.hear(voice, Math.max(FRAME_MS, change ? speaker.loudMs : 0))
    }
  }

  get losses(): Losses {
    let [droppedSamples, starvedFrames, echoMs] = [this.#droppedSamples, this.#starvedFrames, this.#echoMs]
    for (const { lane, ownFrames } of this.#mixer.channels) {
      echoMs += ownFrames * FRAME_MS
      droppedSamples += lane.droppedSamples
      starvedFrames += lane.starvedFrames
    }
    const { leftOutMs } = this.#mixer
    return { droppedSamples, starvedFrames, leftOutMs, echoMs, crosstalkMs: this.#doubles.crosstalkMs }
  }

  /** Who is talking at this moment, each once, the loudest first. */
  talking(): string[] {
    const talking = this.#mixer.channels.filter(({ speaker }) => speaker.isTalking)
    talking.sort((a, b) => b.loudness - a.loudness)
    return [...new Set(talking.map(({ lane }) => lane.identity))]
  }

  /** Who has talked most since `forget()`, with the track they were heard on; undefined when nobody has. */
  mostHeard(): Voice | undefined {
    const { timeline } = this
    const [first] = timeline.whoSpoke(this.#turnMs, timeline.nowMs)
    return first && { identity: first.identity, trackId: first.trackId }
  }

  /** Begins a new account of who talked most. */
  forget(): void {
    this.#turnMs = this.timeline.nowMs
  }

  close(): void {
    this.#trail?.cancel()
    this.#pacer.stop()
  }

  #hear(mix: Int16Array): void {
    // The sound first: what follows makes nobody wait.
    this.#events.onSound(mix, true)
    this.timeline.pass(FRAME_MS)
    for (const { lane, speaker, change } of this.#mixer.channels) {
      if (speaker.isTalking && speaker.isLoud)
        this.timeline.hear(
          { identity: lane.identity, trackId: lane.id },
          Math.max(FRAME_MS, change ? speaker.loudMs : 0),
        )
      if (change) this.#tell(lane.identity)
    }
    const double = this.#doubles.step(this.#mixer.channels)
    // What took them to find is somebody else's too.
    if (double !== undefined) this.timeline.retract(double.lane.id, this.timeline.nowMs - FINDING_MS)
  }

  #tell(identity: string): void {
    const isTalking = this.#mixer.channels.some(
      ({ lane, speaker }) => speaker.isTalking && lane.identity === identity,
    )
    if (isTalking === this.#talkers.has(identity)) return
    if (isTalking) this.#talkers.add(identity)
    else this.#talkers.delete(identity)
    this.#events.onTalk(identity, isTalking ? 'began' : 'ended')
  }

  #close(channel: Channel): void {
    const { lane, speaker } = channel
    if (!this.#mixer.channels.includes(channel)) return
    this.#mixer.remove(channel)
    this.timeline.close(lane.id)
    this.#droppedSamples += lane.droppedSamples
    this.#starvedFrames += lane.starvedFrames
    this.#echoMs += channel.ownFrames * FRAME_MS
    this.#doubles.forget(channel)
    if (speaker.isTalking) this.#tell(lane.identity)
    if (this.#mixer.channels.length > 0) return
    const trailMs = this.#streamEndEndsTurn() ? SHORT_TRAIL_MS : TRAIL_MS
    this.#trail = this.#clock.after(trailMs, () => {
      this.#pacer.stop()
      this.#events.onPause()
    })
  }

  /** What is known of a person from an earlier track; the longest unseen is forgotten. */
  #acquaintance(name: string): Acquaintance {
    const known = this.#known.get(name) ?? { leveller: new Leveller() }
    this.#known.delete(name)
    this.#known.set(name, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest)
    return known
  }
}
