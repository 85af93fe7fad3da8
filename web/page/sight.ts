import { type ByteStreamReader, type Room, RoomEvent } from 'livekit-client'
import { byId } from './dom.ts'
import { displayName, isShowing, readAgent } from './roster.ts'

const TOPIC = 'roundtable.picture'
/** The agent sends 12 kB at most. */
const MOST_BYTES = 64 * 1024

/** A small copy of the last picture that the agent was sent, so that nobody wonders what it sees. */
export class Sight {
  readonly #room: Room
  readonly #place = byId('sight', HTMLElement)
  readonly #canvas = byId('sight-picture', HTMLCanvasElement)
  #hasCome = false

  constructor(room: Room) {
    this.#room = room
    room.registerByteStreamHandler(TOPIC, (reader, { identity }) => {
      // Anybody may send bytes; only the agent's are what the agent sees.
      if (identity === readAgent(room)?.identity) this.#show(reader).catch(() => {})
    })
    room.once(RoomEvent.Disconnected, () => room.unregisterByteStreamHandler(TOPIC))
  }

  /** Gone with the last camera and screen, and with the agent. */
  render(): void {
    if (readAgent(this.#room) === undefined || !isShowing(this.#room)) this.#hasCome = false
    this.#place.hidden = !this.#hasCome
  }

  close(): void {
    this.#hasCome = false
    this.#place.hidden = true
  }

  async #show(reader: ByteStreamReader): Promise<void> {
    const { size = 0, attributes = {} } = reader.info
    if (size > MOST_BYTES) return
    const parts = (await reader.readAll()) as Uint8Array<ArrayBuffer>[]
    // Drawn, not linked to: the policy of the page lets no picture in from elsewhere.
    const picture = await createImageBitmap(new Blob(parts, { type: 'image/jpeg' }))
    this.#canvas.width = picture.width
    this.#canvas.height = picture.height
    this.#canvas.getContext('2d')?.drawImage(picture, 0, 0)
    picture.close()
    const names = this.#namesIn(attributes.people)
    this.#canvas.ariaLabel = names === '' ? 'What the agent sees' : `What the agent sees: ${names}`
    this.#hasCome = true
    this.render()
  }

  #namesIn(people: string | undefined): string {
    try {
      const identities: unknown = JSON.parse(people ?? '[]')
      if (!Array.isArray(identities)) return ''
      const { localParticipant, remoteParticipants } = this.#room
      return identities
        .map(one => (one === localParticipant.identity ? localParticipant : remoteParticipants.get(`${one}`)))
        .map(one => (one === undefined ? '' : displayName(one)))
        .filter(name => name !== '')
        .join(', ')
    } catch {
      return ''
    }
  }
}
