import type { Room } from '@livekit/rtc-node'
import { Ears } from '../audio/ears.ts'
import { Hearing, type HearingEvents, type HearingOptions } from '../audio/hearing.ts'
import { withPrelude } from '../audio/prelude.ts'
import type { Timeline } from '../audio/timeline.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Stats } from '../stats.ts'
import { listenIn } from './audio-in.ts'
import { Preconnect } from './preconnect.ts'

/** Whose words are for the model now. */
export type Attention = {
  readonly isSending: boolean
  listensTo(identity: string): boolean
}

export type ListeningOptions = HearingEvents &
  HearingOptions & {
    clock: Clock
    log: Log
    stats: Stats
    attention: Attention
    signal: AbortSignal
  }

/** Everybody's microphones on their way to one stream: each as far as it is listened to, from the first word its owner said. */
export class Listening {
  readonly #hearing: Hearing
  readonly #ears: Ears
  readonly #stats: Stats

  constructor(room: Room, options: ListeningOptions) {
    const { clock, stats, attention, signal } = options
    this.#stats = stats
    this.#hearing = new Hearing(clock, options, options)
    this.#ears = new Ears(identity => attention.listensTo(identity))
    const preconnect = new Preconnect(room, options)
    listenIn(room, signal, ({ id, identity, source, isPreconnected }) => {
      const voice = { identity, trackId: id }
      const ear = this.#ears.open(voice, this.#hearing.open(id, identity, source))
      if (!isPreconnected) return ear
      return withPrelude(ear, preconnect.of(identity, id), pcm => {
        if (attention.isSending && attention.listensTo(identity)) this.#hearing.insert(voice, pcm)
      })
    })
  }

  get timeline(): Timeline {
    return this.#hearing.timeline
  }

  /** Who is talking at this moment, the loudest first. */
  talking(): string[] {
    return this.#hearing.talking()
  }

  /** Who has talked most since `forget`; undefined when nobody has. */
  mostHeard(): string | undefined {
    return this.#hearing.mostHeard()?.identity
  }

  /** Begins a new account of who talked most. */
  forget(): void {
    this.#hearing.forget()
  }

  /** Somebody is listened to from now on, and from a moment before: people press a little late. */
  turnTo(identity: string): void {
    for (const { voice, pcm } of this.#ears.before(identity)) this.#hearing.insert(voice, pcm)
  }

  close(): void {
    this.#hearing.close()
    const { droppedSamples, starvedFrames, leftOutMs, echoMs, crosstalkMs } = this.#hearing.losses
    this.#stats.add('audio_samples_dropped', droppedSamples)
    this.#stats.add('audio_frames_starved', starvedFrames)
    this.#stats.add('speech_left_out_ms', leftOutMs)
    this.#stats.add('echo_left_out_ms', echoMs)
    this.#stats.add('crosstalk_left_out_ms', crosstalkMs)
  }
}
