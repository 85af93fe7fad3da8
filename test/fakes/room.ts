import { EventEmitter } from 'node:events'
import { type Participant, ParticipantKind, RoomEvent } from '@livekit/rtc-node'

/** The part of a LiveKit room that tells who is there, and through which they type and call. */
export class FakeRoom extends EventEmitter {
  readonly remoteParticipants = new Map<string, Participant>()
  readonly localParticipant = { registerRpcMethod: () => {} }
  readonly #readers = new Map<string, (reader: object, from: { identity: string }) => void>()

  join(identity: string, name: string, kind = ParticipantKind.STANDARD, attributes = {}): void {
    const participant = { identity, name, kind, attributes } as unknown as Participant
    this.remoteParticipants.set(identity, participant)
    this.emit(RoomEvent.ParticipantConnected, participant)
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
