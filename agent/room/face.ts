import { randomUUID } from 'node:crypto'
import type { Room } from '@livekit/rtc-node'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { LiveError } from '../errors.ts'
import { isPassing } from '../live/refusal.ts'
import { Turns } from '../live/turns.ts'
import type { Log } from '../log.ts'
import type { Stats } from '../stats.ts'
import type { CaptionSink, HeardCaption } from '../text/captions.ts'
import { Notices } from '../text/notices.ts'
import { VERSION } from '../version.ts'
import { AudioOut } from './audio-out.ts'
import type { Person } from './people.ts'
import { PlaceSign } from './place-sign.ts'
import { type About, SessionStream } from './session/session-stream.ts'
import { keepShown, type Sign, StateSign, stateFor } from './state.ts'
import { RoomText } from './text.ts'

export type FaceOptions = {
  clock: Clock
  log: Log
  stats: Stats
  /** What is shown first. */
  sign: Sign
  about: () => About
  /** The identity of whoever is being answered; empty when nobody is. */
  asker: () => string
  /** A line that somebody typed through LiveKit's remote session. */
  typed: (person: Person, line: string) => void
}

/** What LiveKit's front ends may know of the agent. */
export function aboutOf({ live, manners, video }: Config, tools: readonly string[]): About {
  return { tools, model: live.model, options: { manners: manners.first, video }, version: VERSION }
}

/** All that people hear, read and see of the agent. */
export class Face implements CaptionSink {
  readonly voice = new AudioOut()
  readonly sign: StateSign
  readonly text: RoomText
  readonly turns: Turns
  /** LiveKit's own front ends follow a conversation as a remote session. */
  readonly session: SessionStream
  readonly #notices: Notices
  readonly #place: PlaceSign

  constructor(room: Room, { clock, log, stats, sign, about, asker, typed }: FaceOptions) {
    const me = room.localParticipant!
    this.session = new SessionStream(room, { clock, log, stats, about, newId: randomUUID, ask: typed })
    this.text = new RoomText(me, log, this.session.witness)
    this.sign = new StateSign(me, clock, log, sign)
    keepShown(room, this.sign)
    this.#place = new PlaceSign(me, clock, log)
    this.#notices = new Notices(clock, line => this.text.say(line))
    this.turns = new Turns(clock, floor => {
      this.session.proceedings.state(stateFor[floor])
      this.sign.show({ state: stateFor[floor], floor: floor === 'speaking' ? asker() : '' })
    })
  }

  heard({ identity, segment, trackId, text, isFinal }: HeardCaption): void {
    this.text.heard(identity, segment, trackId, text, isFinal)
  }

  speak(segment: string): ReturnType<CaptionSink['speak']> {
    return this.text.speak(segment, this.voice.trackId)
  }

  /** A session with the model is open. */
  up(): void {
    this.sign.show({ model: 'up' })
    this.turns.happen('up')
    this.#notices.up()
  }

  /** It is gone. */
  down(error: LiveError): void {
    this.sign.show({ model: isPassing(error.kind) ? 'reconnecting' : 'down' })
    this.turns.happen('down')
    this.#notices.down(error)
    this.session.proceedings.failed(error.message)
  }

  /** Where the conversation is, sealed, for whoever goes on with it. */
  keep(sealed: string | undefined): void {
    if (sealed !== undefined) this.#place.show(sealed)
  }

  /** These people are heard now. */
  talking(talking: readonly string[]): void {
    this.sign.show({ hearing: talking })
    this.session.proceedings.talking(talking.length > 0)
    this.turns.happen(talking.length > 0 ? 'talk' : 'hush')
  }

  /** Nothing is shown or told any more; the voice and what is being written are the room's to end. */
  close(): void {
    this.#notices.close()
    this.#place.close()
    this.turns.close()
    this.sign.close()
    this.session.close()
  }
}
