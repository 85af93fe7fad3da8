import type { Room, TextStreamReader } from 'livekit-client'
import { displayName, readAgent } from './roster.ts'
import { followText, readText } from './text-stream.ts'
import type { Transcript } from './transcript.ts'

/** LiveKit's own topics: any agent of its frameworks, and any of its front ends, speaks them. */
const CAPTIONS = 'lk.transcription'
const CHAT = 'lk.chat'

/** Reads captions and typed lines from the room into the transcript. The sender is the one who is heard. */
export class Captions {
  readonly #room: Room
  readonly #transcript: Transcript
  /** Names outlive those who bear them: the last words of somebody who has left arrive after them. */
  readonly #names = new Map<string, string>()

  constructor(room: Room, transcript: Transcript) {
    this.#room = room
    this.#transcript = transcript
    room.registerTextStreamHandler(CAPTIONS, (reader, { identity }) => {
      void this.#caption(reader, identity)
    })
    room.registerTextStreamHandler(CHAT, (reader, { identity }) => {
      void this.#typed(reader, identity)
    })
  }

  /** Writes to everyone and the agent; shown here at once. Rejects when the line could not be sent. */
  async send(text: string): Promise<void> {
    const { localParticipant } = this.#room
    const from = { ...this.#sender(localParticipant.identity), text, at: Date.now() }
    this.#transcript.type(from)
    await localParticipant.sendText(text, { topic: CHAT })
  }

  async #caption(reader: TextStreamReader, identity: string): Promise<void> {
    const { id, timestamp, attributes = {} } = reader.info
    const final = attributes['lk.transcription_final']
    const writing = this.#transcript.open({
      ...this.#sender(identity),
      segment: attributes['lk.segment_id'] ?? id,
      isFinal: final === undefined ? undefined : final === 'true',
      isInterrupted: attributes['lk.interrupted'] === 'true',
      at: timestamp,
    })
    await followText(reader, piece => writing.add(piece))
    writing.end()
  }

  async #typed(reader: TextStreamReader, identity: string): Promise<void> {
    const sender = this.#sender(identity)
    this.#transcript.type({ ...sender, text: await readText(reader), at: reader.info.timestamp })
  }

  #sender(identity: string): { identity: string; name: string; isAgent: boolean } {
    const { localParticipant, remoteParticipants } = this.#room
    const one = identity === localParticipant.identity ? localParticipant : remoteParticipants.get(identity)
    if (one !== undefined) this.#names.set(identity, displayName(one))
    const isAgent = one !== undefined && (one.isAgent || one === readAgent(this.#room))
    return { identity, name: this.#names.get(identity) ?? 'Somebody', isAgent }
  }
}
