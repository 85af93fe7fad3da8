import {
  type RemoteParticipant,
  type RemoteTrackPublication,
  type Room,
  RoomEvent,
  TrackKind,
  TrackSource,
} from '@livekit/rtc-node'
import type { Clock } from '../clock.ts'
import { Lanes, type PictureLane } from '../video/lanes.ts'
import { isPerson, personOf } from './people.ts'
import { VideoTap } from './video-tap.ts'

/** After each of these the cameras and screens of the room may be others. */
const changes = [
  RoomEvent.TrackPublished,
  RoomEvent.TrackUnpublished,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.Reconnected,
] as const

export type VideoInOptions = {
  clock: Clock
  /** Closes all lanes. */
  signal: AbortSignal
  /** What somebody is called at this moment; left out: by their display name. */
  nameOf?: ((identity: string) => string) | undefined
}

/**
 * The cameras and shared screens of the people in `room` that are on, kept up to date until the signal fires.
 * Subscribes to a track only when somebody grabs a picture from it.
 */
export function videoIn(room: Room, options: VideoInOptions): Lanes {
  const { signal } = options
  const lanes = new Lanes()
  const taps = new Map<RemoteTrackPublication, { id: string; tap: VideoTap }>()

  const reconcile = () => {
    const shown = signal.aborted ? new Map() : shownIn(room)
    for (const [publication, { id, tap }] of taps) {
      if (shown.has(publication)) continue
      taps.delete(publication)
      lanes.close(id)
      tap.close(!isPublished(room, publication))
    }
    for (const [publication, participant] of shown) {
      if (taps.has(publication)) continue
      const { tap, lane } = open(room, publication, participant, options)
      taps.set(publication, { id: lane.id, tap })
      lanes.open(lane)
    }
  }
  const stop = () => {
    for (const change of changes) room.off(change, reconcile)
    reconcile()
  }

  if (!signal.aborted) {
    for (const change of changes) room.on(change, reconcile)
    signal.addEventListener('abort', stop, { once: true })
    reconcile()
  }
  return lanes
}

function open(
  room: Room,
  publication: RemoteTrackPublication,
  participant: RemoteParticipant,
  { clock, nameOf }: VideoInOptions,
): { tap: VideoTap; lane: PictureLane } {
  const source = publication.source === TrackSource.SOURCE_SCREENSHARE ? 'screen' : 'camera'
  const tap = new VideoTap(room, publication, source, clock)
  const lane: PictureLane = {
    id: publication.sid!,
    identity: participant.identity,
    get name() {
      return nameOf?.(participant.identity) ?? personOf(participant).name
    },
    source,
    grab: (signal, detail) => tap.grab(signal, detail),
  }
  return { tap, lane }
}

/** Every camera and screen that is on, with its owner. */
function shownIn(room: Room): Map<RemoteTrackPublication, RemoteParticipant> {
  const shown = new Map<RemoteTrackPublication, RemoteParticipant>()
  for (const participant of room.remoteParticipants.values()) {
    if (!isPerson(participant)) continue
    for (const publication of participant.trackPublications.values())
      if (publication.kind === TrackKind.KIND_VIDEO && !publication.muted && publication.sid !== undefined)
        shown.set(publication as RemoteTrackPublication, participant)
  }
  return shown
}

function isPublished(room: Room, publication: RemoteTrackPublication): boolean {
  return room.remoteParticipants
    .values()
    .some(({ trackPublications }) => trackPublications.get(publication.sid!) === publication)
}
