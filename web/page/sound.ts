import { type RemoteTrack, type Room, RoomEvent, Track } from 'livekit-client'
import { byId } from './dom.ts'

/** Plays everybody, and offers one tap where the browser wants one before it makes a sound. */
export class Sound {
  readonly #room: Room
  readonly #unblock = byId('unblock', HTMLButtonElement)

  constructor(room: Room) {
    this.#room = room
    room.on(RoomEvent.TrackSubscribed, play)
    room.on(RoomEvent.TrackUnsubscribed, stop)
    room.on(RoomEvent.AudioPlaybackStatusChanged, () => this.#show())
    this.#unblock.onclick = () => void room.startAudio().then(() => this.#show())
  }

  close(): void {
    for (const one of this.#room.remoteParticipants.values())
      for (const { track } of one.audioTrackPublications.values()) if (track !== undefined) stop(track)
    this.#unblock.hidden = true
  }

  #show(): void {
    this.#unblock.hidden = this.#room.canPlaybackAudio
  }
}

/** An element for each track: one that is routed through Web Audio alone is silent in Chromium, and skips echo cancelling. */
function play(track: RemoteTrack): void {
  if (track.kind !== Track.Kind.Audio) return
  const element = track.attach()
  element.hidden = true
  document.body.append(element)
}

function stop(track: Pick<Track, 'kind' | 'detach'>): void {
  if (track.kind !== Track.Kind.Audio) return
  for (const element of track.detach()) element.remove()
}
