import { type Room, Track } from 'livekit-client'
import { Meter } from './meter.ts'
import type { Notices } from './notices.ts'
import { SameRoom } from './same-room.ts'

const EVERY_MS = 100
/** Others compared with: who sits beside somebody is in a small group. */
const MOST = 5

type Compared = { track: MediaStreamTrack; meter: Meter; likeness: SameRoom }

/** Tells two people who sit in one place to use headphones, once. */
export class EchoWatch {
  readonly #room: Room
  readonly #notices: Notices
  readonly #others = new Map<string, Compared>()
  readonly #timer = setInterval(() => this.#compare(), EVERY_MS)
  #mine: { track: MediaStreamTrack; meter: Meter } | undefined

  constructor(room: Room, notices: Notices) {
    this.#room = room
    this.#notices = notices
  }

  close(): void {
    clearInterval(this.#timer)
    for (const { meter } of this.#others.values()) meter.close()
    this.#others.clear()
    this.#mine?.meter.close()
  }

  #compare(): void {
    const { localParticipant, remoteParticipants } = this.#room
    const mine = localParticipant.getTrackPublication(Track.Source.Microphone)
    const track = mine?.isMuted === false ? mine.track?.mediaStreamTrack : undefined
    if (track !== this.#mine?.track) {
      this.#mine?.meter.close()
      this.#mine = track === undefined ? undefined : { track, meter: new Meter(track) }
    }
    const here = [...remoteParticipants.values()].filter(({ isAgent }) => !isAgent).slice(0, MOST)
    for (const [identity, { meter }] of this.#others)
      if (!here.some(one => one.identity === identity)) {
        meter.close()
        this.#others.delete(identity)
      }
    if (this.#mine === undefined) return
    const level = this.#mine.meter.level()
    for (const one of here) {
      const theirs = one.getTrackPublication(Track.Source.Microphone)?.track?.mediaStreamTrack
      const compared = theirs && this.#comparedTo(one.identity, theirs)
      if (compared?.likeness.add(level, compared.meter.level()) !== true) continue
      this.#notices.say(
        `You and ${one.name || 'somebody'} seem to be in one place. Use headphones, or one of you mutes.`,
      )
      return this.close()
    }
  }

  #comparedTo(identity: string, track: MediaStreamTrack): Compared {
    const known = this.#others.get(identity)
    if (known?.track === track) return known
    known?.meter.close()
    const compared = { track, meter: new Meter(track), likeness: new SameRoom() }
    this.#others.set(identity, compared)
    return compared
  }
}
