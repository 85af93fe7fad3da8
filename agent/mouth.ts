import { randomUUID } from 'node:crypto'
import { OwnVoice } from './audio/own-voice.ts'
import { msOf } from './audio/pcm.ts'
import { Playout, type PlayoutEvents, type Sink } from './audio/playout.ts'
import type { Timeline } from './audio/timeline.ts'
import type { Clock } from './clock.ts'
import type { Piece } from './manners/held.ts'
import type { Book } from './record/keeper.ts'
import { Scribe } from './record/scribe.ts'
import type { Stats } from './stats.ts'
import type { Activity } from './text/activity.ts'
import { type CaptionSink, Captions } from './text/captions.ts'
import { type Ms, SPEECH_RATE } from './units.ts'

export type MouthOptions = PlayoutEvents & {
  clock: Clock
  stats: Stats
  /** What is said and written is kept here too. */
  book: Book
  /** The agent's own name. */
  name: string
  nameOf(identity: string): string
  timeline(): Timeline
  /** Whom words are put down to when nobody was ever heard. */
  somebody(): string
}

type Span = { fromMs: Ms; toMs: Ms }

/** What is said in the room, on its way out: the agent's voice to people's ears, and everybody's words to their eyes. */
export class Mouth {
  /** What the agent sounds like now, for those who must not take it for a person. */
  readonly own: OwnVoice
  readonly #captions: Captions
  readonly #playout: Playout
  readonly #scribe: Scribe
  readonly #book: Book
  readonly #stats: Stats
  readonly #timeline: () => Timeline
  /** Where the sound of this session begins in the timeline. */
  #streamMs: Ms = 0

  constructor(face: CaptionSink & { voice: Sink }, options: MouthOptions) {
    const { clock, book, timeline } = options
    this.#stats = options.stats
    this.#book = book
    this.#timeline = timeline
    this.own = new OwnVoice(clock)
    this.#playout = new Playout(this.own.overhear(book.agent(face.voice)), {
      began: () => options.began(),
      ended: () => {
        this.#captions.fellSilent()
        this.#scribe.fellSilent()
        options.ended()
      },
    })
    this.#scribe = new Scribe(face, book, {
      agent: options.name,
      nameOf: identity => options.nameOf(identity),
      soundMs: () => timeline().nowMs,
      aheadMs: () => this.#playout.pendingMs,
    })
    const spoken = {
      get nowMs() {
        return timeline().nowMs
      },
      slices: (fromMs: Ms, toMs: Ms) => timeline().slices(fromMs, toMs),
      somebody: () => timeline().last()?.identity ?? options.somebody(),
    }
    this.#captions = new Captions(this.#scribe, clock, spoken, () => `SG_${randomUUID()}`)
  }

  /** The agent's voice is in the room, or about to be. */
  get isSpeaking(): boolean {
    return this.#playout.isPlaying
  }

  /** What is written is as it stands: nothing of this turn follows. */
  endTurn(): void {
    this.#captions.endTurn()
  }

  /** A piece of an answer, sound or words. */
  say(piece: Piece): void {
    if ('text' in piece) return this.#captions.said(piece.text)
    this.#captions.voiced(msOf(piece.pcm.length, SPEECH_RATE))
    this.#playout.push(piece.pcm)
  }

  /** The sound of another session with the model begins now. */
  begin(): void {
    this.#streamMs = this.#timeline().nowMs
  }

  /** A piece of what the model heard people say, with where its words are in the sound of its session. Returns who said its end. */
  heard(text: string, spans: readonly Span[] | undefined): string {
    const from = this.#streamMs
    return this.#captions.heard(
      text,
      spans?.map(({ fromMs, toMs }) => ({ fromMs: from + fromMs, toMs: from + toMs })),
    )
  }

  /** Keeps what an answer rests on; other doings are shown and not kept. */
  keep(shown: Activity): void {
    if (shown.kind === 'sources') this.#book.add({ ...shown, at: this.#book.nowMs })
  }

  /** The last `duration` of sound was not for the model: no words are about it. */
  skip(duration: Ms): void {
    this.#captions.skip(duration)
  }

  /** Silence, now: what was not heard of the answer is not heard any more, nor shown as said. */
  hush(): void {
    // Before the flush, which tells everybody that all has been heard.
    const unheardMs = this.#playout.pendingMs
    this.#captions.cut(unheardMs)
    this.#playout.flush()
    this.#stats.add('speech_unheard_ms', Math.round(unheardMs))
  }

  /** Ends what is said and written. */
  close(): void {
    this.hush()
    this.#stats.add('speech_dropped_ms', Math.round(this.#playout.droppedMs))
  }
}
