import { EventEmitter } from 'node:events'
import { type Participant, ParticipantKind, RoomEvent, TrackKind, TrackSource } from '@livekit/rtc-node'

/** A track that somebody publishes, as far as it tells about itself. */
export type FakePublication = {
  sid: string
  kind: TrackKind
  source: TrackSource
  muted: boolean
  /** Its sound, once it was subscribed to. */
  track: { name: string } | undefined
  isWanted: boolean
  setSubscribed(isWanted: boolean): void
}

/** The part of a LiveKit room that tells who is there, through which they type and call, and what they publish. */
export class FakeRoom extends EventEmitter {
  readonly remoteParticipants = new Map<string, Participant>()
  readonly localParticipant = { registerRpcMethod: () => {} }
  readonly #readers = new Map<string, (reader: object, from: { identity: string }) => void>()

  join(identity: string, name: string, kind = ParticipantKind.STANDARD, attributes = {}): void {
    this.emit(RoomEvent.ParticipantConnected, this.meet(identity, name, kind, attributes))
  }

  /** Somebody is here, and nobody has told of it. */
  meet(identity: string, name: string, kind = ParticipantKind.STANDARD, attributes = {}): Participant {
    const trackPublications = new Map()
    const participant = { identity, name, kind, attributes, trackPublications } as unknown as Participant
    this.remoteParticipants.set(identity, participant)
    return participant
  }

  leave(identity: string): void {
    const participant = this.remoteParticipants.get(identity)
    this.remoteParticipants.delete(identity)
    this.emit(RoomEvent.ParticipantDisconnected, participant)
  }

  rename(identity: string, name: string): void {
    const participant = this.remoteParticipants.get(identity)!
    Object.assign(participant, { name })
    this.emit(RoomEvent.ParticipantNameChanged, name, participant)
  }

  /** Somebody switches something on; the room delivers it as soon as it is wanted. */
  publish(identity: string, sid: string, source = TrackSource.SOURCE_MICROPHONE): FakePublication {
    const participant = this.remoteParticipants.get(identity)!
    const isPicture = source === TrackSource.SOURCE_CAMERA || source === TrackSource.SOURCE_SCREENSHARE
    const publication: FakePublication = {
      sid,
      kind: isPicture ? TrackKind.KIND_VIDEO : TrackKind.KIND_AUDIO,
      source,
      muted: false,
      track: undefined,
      isWanted: false,
      setSubscribed: isWanted => {
        const isNew = isWanted && !publication.isWanted
        publication.isWanted = isWanted
        if (!isNew) return
        publication.track = { name: sid }
        this.emit(RoomEvent.TrackSubscribed, publication.track, publication, participant)
      },
    }
    ;(participant.trackPublications as Map<string, unknown>).set(sid, publication)
    this.emit(RoomEvent.TrackPublished, publication, participant)
    return publication
  }

  unpublish(identity: string, sid: string): void {
    const participant = this.remoteParticipants.get(identity)!
    const publication = participant.trackPublications.get(sid)
    participant.trackPublications.delete(sid)
    this.emit(RoomEvent.TrackUnpublished, publication, participant)
  }

  mute(identity: string, sid: string, isMuted: boolean): void {
    const participant = this.remoteParticipants.get(identity)!
    const publication = participant.trackPublications.get(sid)!
    Object.assign(publication, { muted: isMuted })
    this.emit(isMuted ? RoomEvent.TrackMuted : RoomEvent.TrackUnmuted, publication, participant)
  }

  registerTextStreamHandler(topic: string, read: (reader: object, from: { identity: string }) => void): void {
    this.#readers.set(topic, read)
  }

  /** Somebody types a line in the chat. */
  type(identity: string, line: string): void {
    const reader = (async function* () {
      yield line
    })()
    this.#readers.get('lk.chat')?.(reader, { identity })
  }
}
