import {
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
  type Room,
  RoomEvent,
  TrackKind,
  TrackSource,
} from '@livekit/rtc-node'
import { tapSound } from './audio-tap.ts'
import { isPerson } from './people.ts'
import { isPreconnected } from './preconnect.ts'

/** Somebody's microphone, or the sound of their screen, for as long as it is on. */
export type Voice = {
  /** The track's id. */
  id: string
  identity: string
  source: 'microphone' | 'screen'
  /** Its owner recorded what they said before it could be heard. */
  isPreconnected: boolean
}

/** Where a voice goes. */
export type Listener = {
  /** 16 kHz mono PCM16, 10 ms at a time, silence included. */
  push(pcm: Int16Array): void
  /** It was muted or unpublished, its owner left, or we did. */
  close(): void
}

/**
 * Subscribes to every person's sound, now and later, and hands each track over once for each time it is switched on.
 * @param listen opens a listener for a voice
 * @param tap how the sound of a track is got at, and ended
 */
export function listenIn(
  room: Room,
  signal: AbortSignal,
  listen: (voice: Voice) => Listener,
  tap = tapSound,
): void {
  const open = new Map<string, () => void>()

  const want = (publication: RemoteTrackPublication, participant: RemoteParticipant) => {
    if (publication.kind === TrackKind.KIND_AUDIO && isPerson(participant)) publication.setSubscribed(true)
  }
  const switchOn = (publication: RemoteTrackPublication, participant: RemoteParticipant) => {
    const { sid: id, track } = publication
    if (signal.aborted || id === undefined || track === undefined || publication.muted || open.has(id)) return
    if (publication.kind !== TrackKind.KIND_AUDIO || !isPerson(participant)) return
    const source =
      publication.source === TrackSource.SOURCE_SCREENSHARE_AUDIO ? 'screen' : ('microphone' as const)
    const voice = {
      id,
      identity: participant.identity,
      source,
      isPreconnected: isPreconnected(publication),
    } as const
    const listener = listen(voice)
    let stop: () => void
    try {
      stop = tap(track as RemoteTrack, pcm => listener.push(pcm))
    } catch {
      // Unpublished a moment ago.
      return listener.close()
    }
    open.set(id, () => {
      stop()
      listener.close()
    })
  }
  const switchOff = (id: string | undefined) => {
    if (id === undefined) return
    open.get(id)?.()
    open.delete(id)
  }

  signal.addEventListener('abort', () => {
    for (const id of [...open.keys()]) switchOff(id)
  })
  room.on(RoomEvent.TrackPublished, want)
  room.on(RoomEvent.TrackSubscribed, (_track, publication, participant) => {
    // After a connection was made anew, a track comes again that nobody said was gone.
    switchOff(publication.sid)
    switchOn(publication, participant)
  })
  room.on(RoomEvent.TrackUnmuted, (publication, participant) => {
    if (participant.identity !== room.localParticipant?.identity)
      switchOn(publication as RemoteTrackPublication, participant as RemoteParticipant)
  })
  room.on(RoomEvent.TrackMuted, publication => switchOff(publication.sid))
  room.on(RoomEvent.TrackUnpublished, publication => switchOff(publication.sid))
  room.on(RoomEvent.TrackUnsubscribed, (_track, publication) => switchOff(publication.sid))
  room.on(RoomEvent.ParticipantDisconnected, participant => {
    for (const id of participant.trackPublications.keys()) switchOff(id)
  })
  const wantAll = () => {
    for (const participant of room.remoteParticipants.values())
      for (const publication of participant.trackPublications.values())
        want(publication as RemoteTrackPublication, participant)
  }
  // A connection that was made anew may know of no wish from before.
  room.on(RoomEvent.Reconnected, wantAll)
  wantAll()
}
