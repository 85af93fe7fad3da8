import type { LocalParticipant, Room, TextStreamWriter } from '@livekit/rtc-node'
import { asError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Activity } from '../text/activity.ts'
import type { Newcomers } from './newcomers.ts'
import { isPerson, type Person, personOf } from './people.ts'

/** LiveKit's topics for typed lines and for captions. */
const CHAT = 'lk.chat'
const CAPTIONS = 'lk.transcription'
/** Ours: what the agent does besides talking, a JSON object each. */
const ACTIVITY = 'roundtable.activity'

/** A typed line is cut here; the SDK bounds the stream itself. */
const MOST_CHARACTERS = 4_000
/** With more texts than this on their way, versions of a caption that another follows are left out. */
const MOST_PENDING = 8

/** Hands over each line that a person types, whole and trimmed. Lines of agents are left alone. */
export function readChat(
  room: Room,
  newcomers: Newcomers,
  log: Log,
  said: (person: Person, text: string) => void,
): void {
  room.registerTextStreamHandler(CHAT, (reader, { identity }) => {
    const read = async () => {
      let text = ''
      for await (const piece of reader) {
        text += piece
        if (text.length > MOST_CHARACTERS) break
      }
      const participant = await newcomers.of(identity)
      const line = text.slice(0, MOST_CHARACTERS).trim()
      if (participant !== undefined && isPerson(participant) && line !== '') said(personOf(participant), line)
    }
    read().catch(error => log.debug('chat line not read', { identity, error: asError(error) }))
  })
}

/** Whoever else is to know what is said. */
export type Witness = {
  heard(person: string, text: string, isFinal: boolean): void
  speak(): SpokenCaption
  did(activity: Activity): void
}

/** Writes into the room: lines in the chat, captions under the name of whoever was heard. Nothing here throws; a lost line is logged. */
export class RoomText {
  readonly #participant: LocalParticipant
  readonly #log: Log
  readonly #witness: Witness | undefined
  /** One text after the other, so that an older version of a caption never arrives last. */
  #order: Promise<void> = Promise.resolve()
  #pending = 0

  constructor(participant: LocalParticipant, log: Log, witness?: Witness) {
    this.#participant = participant
    this.#log = log
    this.#witness = witness
  }

  /** A line from the agent itself in the room's chat; `to` is the one person who gets it, where it is nobody else's business. */
  say(line: string, to?: string): void {
    this.#inOrder(async () => {
      const whom = to === undefined ? {} : { destinationIdentities: [to] }
      await this.#participant.sendText(line, { topic: CHAT, ...whom })
    })
  }

  /** Something that the agent does besides talking: a tool it uses, where an answer comes from. */
  show(activity: Activity): void {
    this.#witness?.did(activity)
    this.#inOrder(async () => {
      await this.#participant.sendText(JSON.stringify(activity), { topic: ACTIVITY })
    })
  }

  /**
   * What a person was heard to say so far: the whole text of the segment, each time anew, and each time as a stream of the same
   * id: LiveKit's React hooks put a message that has a new one at the end. Only an agent may send in another's name.
   * An empty text takes back what was shown.
   * @param trackId the microphone it was heard on; empty when unknown
   */
  heard(person: string, segment: string, trackId: string, text: string, isFinal: boolean): void {
    if (!isFinal && this.#pending > MOST_PENDING) return
    this.#witness?.heard(person, text, isFinal)
    this.#inOrder(async () => {
      const writer = await this.#participant.streamText({
        topic: CAPTIONS,
        streamId: segment,
        senderIdentity: person,
        attributes: captionAttributes(segment, trackId, isFinal),
      })
      // Nothing at all would leave the earlier words on the screens of LiveKit's React hooks.
      await writer.write(text === '' ? ' ' : text)
      await writer.close()
      await this.#oldCaption(person, trackId, segment, text, isFinal)
    })
  }

  /** Opens a caption of the agent's own speech: one stream, written in pieces; its end makes it final. */
  speak(segment: string, trackId: string): CutCaption {
    let writer: TextStreamWriter | undefined
    let whole = ''
    const { identity } = this.#participant
    const told = this.#witness?.speak()
    this.#inOrder(async () => {
      writer = await this.#participant.streamText({
        topic: CAPTIONS,
        streamId: segment,
        attributes: captionAttributes(segment, trackId, false),
      })
    })
    let isClosed = false
    const close = () => {
      if (isClosed) return
      isClosed = true
      told?.close()
      this.#inOrder(async () => {
        await writer?.close()
        if (whole !== '') await this.#oldCaption(identity, trackId, segment, whole, true)
      })
    }
    return {
      write: text => {
        told?.write(text)
        whole += text
        const soFar = whole
        this.#inOrder(async () => {
          await writer?.write(text)
          if (this.#pending <= MOST_PENDING) await this.#oldCaption(identity, trackId, segment, soFar, false)
        })
      },
      close,
      cut: text => {
        close()
        // A later stream of the same segment takes the place of the earlier; readers that know no `lk.interrupted` show its text.
        this.#inOrder(async () => {
          const corrected = await this.#participant.streamText({
            topic: CAPTIONS,
            streamId: segment,
            attributes: { ...captionAttributes(segment, trackId, true), 'lk.interrupted': 'true' },
          })
          await corrected.write(text)
          await corrected.close()
          await this.#oldCaption(identity, trackId, segment, text, true)
        })
      },
    }
  }

  /**
   * The same as a transcription packet, which came before text streams and is all that `useVoiceAssistant` and older mobile front
   * ends read. It belongs to a track, so without one there is none.
   */
  async #oldCaption(
    participantIdentity: string,
    trackSid: string,
    id: string,
    text: string,
    final: boolean,
  ): Promise<void> {
    if (trackSid === '') return
    const segment = { id, text, final, startTime: 0n, endTime: 0n, language: '' }
    await this.#participant.publishTranscription({ participantIdentity, trackSid, segments: [segment] })
  }

  /** Resolves when everything written so far is on its way. */
  settled(): Promise<void> {
    return this.#order
  }

  #inOrder(send: () => Promise<void>): void {
    this.#pending++
    this.#order = this.#order
      .then(send)
      .catch(error => this.#log.debug('text not sent', { error: asError(error) }))
      .finally(() => this.#pending--)
  }
}

export type SpokenCaption = {
  write(text: string): void
  close(): void
}

/** One that can be corrected: of an answer that was talked over, only what was heard stays. */
export type CutCaption = SpokenCaption & { cut(text: string): void }

function captionAttributes(segment: string, trackId: string, isFinal: boolean): Record<string, string> {
  return {
    'lk.segment_id': segment,
    'lk.transcription_final': String(isFinal),
    ...(trackId === '' ? {} : { 'lk.transcribed_track_id': trackId }),
  }
}
