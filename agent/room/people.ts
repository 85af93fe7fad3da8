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
  const { identity, kind } = participant
  const name = plainName(participant.name) ?? identity
  // Of somebody on the telephone only the end of the number is shown, wherever the name is.
  return { identity, name: kind === ParticipantKind.SIP ? callerName(name) : name }
}

/**
 * LiveKit names a caller `Phone +15551234567`, and their identity `sip_+15551234567` unless an application says otherwise. Others, the
 * model and what is kept see `Phone …4567`.
 */
export function callerName(name: string): string {
  const masked = name.replace(
    /\+?\d(?:[\s().-]*\d){5,}/g,
    number => `…${number.replace(/\D/g, '').slice(-4)}`,
  )
  return masked.replace(/^sip_/, 'Phone ')
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

/** Calls `pressed` for each key that somebody presses on a telephone. */
export function hearKeys(room: Room, pressed: (person: Person, key: string) => void): void {
  room.on(RoomEvent.DtmfReceived, (_code, key, participant) => {
    // Of somebody who has just gone LiveKit does not say who it was.
    if (participant !== undefined && isPerson(participant)) pressed(personOf(participant), key)
  })
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
