import {
  ConnectionQuality,
  type LocalParticipant,
  type Participant,
  ParticipantKind,
  type RemoteParticipant,
  type Room,
  Track,
} from 'livekit-client'
import { hueOf } from './hue.ts'

/** One human in the room, as the page shows them. */
export type Person = {
  identity: string
  name: string
  /** Their colour, in degrees. */
  hue: number
  isYou: boolean
  isSpeaking: boolean
  /** How loud they talk, 0 to 1; the server says so a few times a second. */
  level: number
  /** No microphone, or one that is switched off. */
  isMuted: boolean
  isWeak: boolean
  /** Their camera, when it is on and has arrived. */
  camera: Track | undefined
}

/** A screen that somebody shows. */
export type Shared = { name: string; isYours: boolean; track: Track | undefined }

/**
 * You first, then in the order of joining; nobody moves for talking. LiveKit tells the moment of joining in whole seconds:
 * within one second the order is that in which this page learned of them, which sorting keeps.
 */
export function readPeople(room: Room): Person[] {
  const people = [room.localParticipant, ...[...room.remoteParticipants.values()].filter(isHuman)]
    .sort((one, other) => joined(one) - joined(other))
    .map(one => readPerson(one, room))
  return [...people.filter(({ isYou }) => isYou), ...people.filter(({ isYou }) => !isYou)]
}

function readPerson(one: LocalParticipant | RemoteParticipant, room: Room): Person {
  const isYou = one === room.localParticipant
  return {
    identity: one.identity,
    name: displayName(one),
    hue: hueOf(one.identity),
    isYou,
    isSpeaking: one.isSpeaking && one.isMicrophoneEnabled,
    level: one.audioLevel,
    isMuted: !one.isMicrophoneEnabled,
    isWeak:
      one.connectionQuality === ConnectionQuality.Poor || one.connectionQuality === ConnectionQuality.Lost,
    camera: liveTrack(one, Track.Source.Camera),
  }
}

/** The first agent, as LiveKit's own hooks choose it; an avatar that acts for another is not one. */
export function readAgent(room: Room): RemoteParticipant | undefined {
  return [...room.remoteParticipants.values()].find(
    one => one.kind === ParticipantKind.AGENT && one.attributes['lk.publish_on_behalf'] === undefined,
  )
}

export function readShared(room: Room): Shared | undefined {
  for (const one of [...room.remoteParticipants.values(), room.localParticipant]) {
    const publication = one.getTrackPublication(Track.Source.ScreenShare)
    if (publication === undefined || publication.isMuted) continue
    const isYours = one === room.localParticipant
    return { name: displayName(one), isYours, track: isYours ? undefined : publication.track }
  }
  return undefined
}

/** Whether anybody's camera or screen is on, and so there is something to see. */
export function isShowing({ localParticipant, remoteParticipants }: Room): boolean {
  return [localParticipant, ...remoteParticipants.values()].some(one =>
    [...one.videoTrackPublications.values()].some(({ isMuted }) => !isMuted),
  )
}

export function displayName(one: Participant): string {
  return one.name === undefined || one.name === '' ? one.identity : one.name
}

function isHuman(one: RemoteParticipant): boolean {
  return one.kind === ParticipantKind.STANDARD || one.kind === ParticipantKind.SIP
}

function joined(one: Participant): number {
  return one.joinedAt?.getTime() ?? 0
}

function liveTrack(one: Participant, source: Track.Source): Track | undefined {
  const publication = one.getTrackPublication(source)
  return publication === undefined || publication.isMuted ? undefined : publication.track
}
