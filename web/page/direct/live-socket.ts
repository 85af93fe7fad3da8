import { toBase64 } from './base64.ts'
import { type Fact, factsOf } from './message.ts'
import type { Ticket } from './ticket.ts'

/** A server that accepts and stays silent is not waited for longer, ms. */
const READY_WITHIN = 10_000
/** Bytes that wait in the socket. Beyond this the network is not keeping up, and sound that waits is only late. */
const AUDIO_BACKLOG = 400_000
/** Pictures are left out first: they are large, and another follows within a second. */
const PICTURE_BACKLOG = 200_000

/** One session with the Live API. It is over when its socket is; nothing is resumed. */
export class LiveSocket {
  /** Why it ended, for the person; never rejects. */
  readonly ended: Promise<string>
  readonly #socket: WebSocket
  readonly #typed: Ticket['typed']

  private constructor(socket: WebSocket, typed: Ticket['typed'], ended: Promise<string>) {
    this.#socket = socket
    this.#typed = typed
    this.ended = ended
  }

  /** @throws Error with a sentence for the person. */
  static async open({ url, token, model, typed }: Ticket, onFact: (fact: Fact) => void): Promise<LiveSocket> {
    // A browser can put a token into nothing but the address.
    const socket = new WebSocket(`${url}?access_token=${token}`)
    socket.binaryType = 'arraybuffer'
    const ended = Promise.withResolvers<string>()
    const ready = Promise.withResolvers<void>()
    socket.onopen = () => socket.send(JSON.stringify({ setup: { model } }))
    socket.onclose = ({ code, reason }) => {
      const why =
        reason === '' ? `The connection has ended (${code}).` : `The Live API has ended it: ${reason}`
      ready.reject(new Error(why))
      ended.resolve(why)
    }
    socket.onmessage = ({ data }) => {
      // The service sends JSON in binary frames; a stand-in may send text.
      const text = typeof data === 'string' ? data : new TextDecoder().decode(data as ArrayBuffer)
      for (const fact of factsOf(text)) {
        if (fact.type === 'ready') ready.resolve()
        onFact(fact)
      }
    }
    const late = setTimeout(() => ready.reject(new Error('The Live API does not answer.')), READY_WITHIN)
    try {
      await ready.promise
      return new LiveSocket(socket, typed, ended.promise)
    } catch (thrown) {
      socket.close()
      throw thrown
    } finally {
      clearTimeout(late)
    }
  }

  /** 16 kHz mono PCM16 of the microphone. */
  sendAudio(pcm: Int16Array<ArrayBuffer>): void {
    if (this.#socket.bufferedAmount > AUDIO_BACKLOG) return
    this.#input({ audio: { data: toBase64(new Uint8Array(pcm.buffer)), mimeType: 'audio/pcm;rate=16000' } })
  }

  /** The microphone pauses. */
  endAudio(): void {
    this.#input({ audioStreamEnd: true })
  }

  sendPicture(jpeg: Uint8Array): void {
    if (this.#socket.bufferedAmount > PICTURE_BACKLOG) return
    this.#input({ video: { data: toBase64(jpeg), mimeType: 'image/jpeg' } })
  }

  sendText(text: string): void {
    if (this.#typed === 'realtimeInput') this.#input({ text })
    else this.#send({ clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } })
  }

  /** What would run a function is not here; an unanswered call would silence the model for good. */
  refuse(calls: readonly { id: string; name: string }[]): void {
    const response = { error: 'there is no such tool here' }
    this.#send({ toolResponse: { functionResponses: calls.map(call => ({ ...call, response })) } })
  }

  close(): void {
    this.#socket.close(1000)
  }

  #input(input: object): void {
    this.#send({ realtimeInput: input })
  }

  #send(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }
}
