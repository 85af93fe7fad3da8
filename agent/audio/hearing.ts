import type { Alarm, Clock } from '../clock.ts'
import type { Ms } from '../units.ts'
import { Lane } from './lane.ts'
import { type Mix, Mixer } from './mixer.ts'
import { Pacer } from './pacer.ts'
import { FRAME_MS } from './pcm.ts'
import { Speaker } from './speaker.ts'

/** With nobody's microphone on, silence is sent for this long: the model's own detector ends a turn by it. Then sending stops. */
const TRAIL_MS: Ms = 3_000

export type HearingEvents = {
  /** Each 10 ms of everybody together: 160 samples of 16 kHz mono, valid until the next call. */
  onSound(pcm: Int16Array): void
  /** No microphone has been on for a while, and no sound follows until one is. */
  onPause(): void
  onTalk(identity: string, change: 'began' | 'ended'): void
}

/** One open microphone. */
export type Microphone = {
  /** Takes 16 kHz mono PCM16 as it arrives. */
  push(pcm: Int16Array): void
  /** It was switched off, or its owner left. */
  close(): void
}

/** Everybody in the room as one stream at exactly real time, and who of them is talking. */
export class Hearing {
  readonly #clock: Clock
  readonly #events: HearingEvents
  readonly #mixer = new Mixer()
  readonly #speakers = new Map<Lane, Speaker>()
  readonly #pacer: Pacer
  #trail: Alarm | undefined
  #droppedSamples = 0
  #starvedFrames = 0

  constructor(clock: Clock, events: HearingEvents) {
    this.#clock = clock
    this.#events = events
    this.#pacer = new Pacer(clock, this.#mixer, mix => this.#hear(mix))
  }

  /** Opens a lane for a track; the room is heard from now on. */
  open(id: string, identity: string): Microphone {
    const lane = new Lane(id, identity)
    this.#mixer.add(lane)
    this.#speakers.set(lane, new Speaker())
    this.#trail?.cancel()
    this.#pacer.start()
    return {
      push: pcm => {
        lane.push(pcm)
        this.#pacer.arrived()
      },
      close: () => this.#close(lane),
    }
  }

  /** Samples lost because they came too fast, and frames mixed as silence because they came too late, of all lanes so far. */
  get losses(): { droppedSamples: number; starvedFrames: number } {
    let { droppedSamples, starvedFrames } = {
      droppedSamples: this.#droppedSamples,
      starvedFrames: this.#starvedFrames,
    }
    for (const lane of this.#speakers.keys()) {
      droppedSamples += lane.droppedSamples
      starvedFrames += lane.starvedFrames
    }
    return { droppedSamples, starvedFrames }
  }

  /** Who is talking at this moment, the longest first. */
  talking(): string[] {
    return this.#byTalk()
      .filter(([, speaker]) => speaker.isTalking)
      .map(([lane]) => lane.identity)
  }

  /** Who has talked most since `forget()`, with the track they were heard on; undefined when nobody has. */
  mostHeard(): { identity: string; trackId: string } | undefined {
    const [first] = this.#byTalk().filter(([, speaker]) => speaker.talkedMs > 0)
    return first && { identity: first[0].identity, trackId: first[0].id }
  }

  /** Begins a new account of who talks; those in the middle of a sentence stay in it. */
  forget(): void {
    for (const speaker of this.#speakers.values()) speaker.forget()
  }

  close(): void {
    this.#trail?.cancel()
    this.#pacer.stop()
  }

  #byTalk(): [Lane, Speaker][] {
    return [...this.#speakers].sort(([, a], [, b]) => b.talkedMs - a.talkedMs)
  }

  #hear({ pcm, levels }: Mix): void {
    for (const [lane, level] of levels) {
      const change = this.#speakers.get(lane)?.step(level, FRAME_MS)
      if (change) this.#events.onTalk(lane.identity, change)
    }
    this.#events.onSound(pcm)
  }

  #close(lane: Lane): void {
    const speaker = this.#speakers.get(lane)
    if (!speaker) return
    this.#mixer.remove(lane)
    this.#speakers.delete(lane)
    this.#droppedSamples += lane.droppedSamples
    this.#starvedFrames += lane.starvedFrames
    if (speaker.isTalking) this.#events.onTalk(lane.identity, 'ended')
    if (this.#mixer.size > 0) return
    this.#trail = this.#clock.after(TRAIL_MS, () => {
      this.#pacer.stop()
      this.#events.onPause()
    })
  }
}
