import { type Participant, ParticipantKind, type Room, RoomEvent } from '@livekit/rtc-node'

/** Somebody in the room who may speak and be answered. */
export type Person = {
  identity: string
  /** The display name, or the identity where there is none; at most 64 characters, one line. */
  name: string
}

const notPeople: readonly ParticipantKind[] = [ParticipantKind.AGENT, ParticipantKind.EGRESS]

/** Whether a participant is somebody to listen to: not an agent, not a recorder, not the avatar of another agent. */
export function isPerson(participant: Participant): boolean {
  return !notPeople.includes(participant.kind) && participant.attributes['lk.publish_on_behalf'] === undefined
}

export function personOf(participant: Participant): Person {
  return { identity: participant.identity, name: plainName(participant.name) ?? participant.identity }
}

/** Names come from outside and go into prompts and logs: one line, no control or direction characters, bounded. */
function plainName(name: string | undefined): string | undefined {
  const plain = name
    ?.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 64)
  return plain === '' ? undefined : plain
}

/** Everybody who is in the room now, in the order in which they are known. */
export function peopleIn(room: Room): Person[] {
  return [...room.remoteParticipants.values()].filter(isPerson).map(personOf)
}

/** Calls `changed` after somebody came or went, until the room is left. */
export function watchPeople(room: Room, changed: () => void): void {
  const tell = (participant: Participant) => {
    if (isPerson(participant)) changed()
  }
  room.on(RoomEvent.ParticipantConnected, tell)
  room.on(RoomEvent.ParticipantDisconnected, tell)
  // After a reconnection people may have come or gone unannounced.
  room.on(RoomEvent.Reconnected, changed)
}
