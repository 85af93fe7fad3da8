import type { LiveServerMessage, Session } from '@google/genai'
import type { WebSocket } from 'ws'
import { toBase64 } from '../audio/pcm.ts'
import type { Clock } from '../clock.ts'
import type { GeminiConfig } from '../config.ts'
import { asError, type LiveError } from '../errors.ts'
import { type Bytes, HEARING_RATE, type Hz, type Ms } from '../units.ts'
import { eventsOf, type LiveEvent, type ToolCall } from './events.ts'
import { type Close, refusal, unanswered } from './refusal.ts'
import type { LiveSettings } from './settings.ts'
import { clientFor, setupFor } from './setup.ts'

/** A server that accepts and stays silent would hold the SDK for ever: it has no deadline of its own. */
const OPEN_WITHIN_MS: Ms = 10_000
/** Beyond this the network is not keeping up: pictures are left out first, they are large and soon stale. */
const PICTURE_BACKLOG: Bytes = 200_000
/** About five seconds of sound in JSON: with more than that waiting, new sound is left out. */
const AUDIO_BACKLOG: Bytes = 400_000

export type ConnectionOptions = {
  gemini: GeminiConfig
  settings: LiveSettings
  clock: Clock
  /** Continues an earlier session. */
  handle: string | undefined
  onEvent: (event: LiveEvent) => void
}

/** One open socket to the Live API. */
export class LiveConnection implements AsyncDisposable {
  /** Why it ended; never rejects. Undefined means that we closed it. */
  readonly ended: Promise<LiveError | undefined>
  readonly #session: Session
  readonly #socket: WebSocket | undefined
  #droppedPictures = 0
  #droppedAudio = 0

  private constructor(session: Session, ended: Promise<LiveError | undefined>) {
    this.#session = session
    this.#socket = socketOf(session)
    this.ended = ended
  }

  /**
   * Opens a session and waits for the server's word that it is set up.
   * @throws LiveError of every kind, also when `OPEN_WITHIN_MS` pass in silence.
   */
  static async open(options: ConnectionOptions): Promise<LiveConnection> {
    const { gemini, settings, clock, handle, onEvent } = options
    const ended = Promise.withResolvers<LiveError | undefined>()
    const failed = Promise.withResolvers<never>()
    let isOpen = false
    let isOver = false
    let fault: Error | undefined
    const closed = (close: Close) => {
      if (isOver) return
      isOver = true
      const error =
        fault && !isOpen
          ? unanswered('network', gemini, settings, fault)
          : refusal(close, isOpen, gemini, settings)
      failed.reject(error)
      ended.resolve(error)
    }
    // Nothing may throw in a callback: the SDK would turn it into an unhandled rejection.
    const received = (message: LiveServerMessage) => {
      if (isOver) return
      for (const event of eventsOf(message)) onEvent(event)
    }
    const connecting = clientFor(gemini).live.connect({
      model: settings.model,
      config: setupFor(settings, handle),
      callbacks: {
        onmessage: received,
        onerror: event => {
          fault = new Error(event.message || 'the connection failed')
        },
        onclose: event => closed({ code: event.code, reason: event.reason }),
      },
    })
    const alarm = clock.after(OPEN_WITHIN_MS, () => failed.reject(unanswered('timeout', gemini, settings)))
    try {
      const session = await Promise.race([connecting, failed.promise])
      isOpen = true
      readFrom(socketOf(session), received)
      const connection = new LiveConnection(session, ended.promise)
      connection.#onClose = () => {
        isOver = true
        ended.resolve(undefined)
      }
      return connection
    } catch (thrown) {
      isOver = true
      // Should it still arrive, it is not wanted any more.
      connecting.then(late => late.close()).catch(() => {})
      throw isLiveError(thrown) ? thrown : unanswered('network', gemini, settings, asError(thrown))
    } finally {
      alarm.cancel()
      failed.promise.catch(() => {})
    }
  }

  #onClose: () => void = () => {}

  /** Pictures and 10 ms frames left out because the network was not keeping up. */
  get dropped(): { pictures: number; audio: number } {
    return { pictures: this.#droppedPictures, audio: this.#droppedAudio }
  }

  /** Sends mono PCM16 at `rate`, as it comes. Reads `pcm` before it returns. */
  sendAudio(pcm: Int16Array, rate: Hz = HEARING_RATE): void {
    if (this.#backlog() > AUDIO_BACKLOG) this.#droppedAudio++
    else
      this.#session.sendRealtimeInput({ audio: { data: toBase64(pcm), mimeType: `audio/pcm;rate=${rate}` } })
  }

  /** The microphones pause: what the server still holds may be flushed. */
  endAudio(): void {
    this.#session.sendRealtimeInput({ audioStreamEnd: true })
  }

  /** A person's turn begins or is complete: only in a session that takes marks, which hears nothing outside of them. */
  markTurn(change: 'begins' | 'ends'): void {
    this.#session.sendRealtimeInput(change === 'begins' ? { activityStart: {} } : { activityEnd: {} })
  }

  sendPicture(jpeg: Uint8Array): void {
    if (this.#backlog() > PICTURE_BACKLOG) this.#droppedPictures++
    else
      this.#session.sendRealtimeInput({
        video: { data: Buffer.from(jpeg).toString('base64'), mimeType: 'image/jpeg' },
      })
  }

  /** Typed words, which the model is to answer. */
  sendText(text: string, how: 'clientContent' | 'realtimeInput'): void {
    if (how === 'realtimeInput') this.#session.sendRealtimeInput({ text })
    else this.#session.sendClientContent({ turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true })
  }

  /** Typed words for the model to know, not to answer. */
  addContext(text: string): void {
    this.#session.sendClientContent({ turns: [{ role: 'user', parts: [{ text }] }], turnComplete: false })
  }

  sendToolResult(call: ToolCall, response: Record<string, unknown>): void {
    this.#session.sendToolResponse({ functionResponses: [{ id: call.id, name: call.name, response }] })
  }

  /** Ends the session. Safe at any time, and more than once. */
  close(): void {
    this.#onClose()
    this.#session.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #backlog(): Bytes {
    return this.#socket?.bufferedAmount ?? 0
  }
}

function isLiveError(thrown: unknown): thrown is LiveError {
  return thrown instanceof Error && thrown.name === 'LiveError'
}

/** The SDK keeps its socket to itself; how much waits in it, and what is malformed, can be learnt nowhere else. */
function socketOf(session: Session): WebSocket | undefined {
  return (session.conn as unknown as { ws?: WebSocket }).ws
}

/**
 * Takes the reading over from the SDK: it parses in a promise that nobody can catch, so that one frame which is not JSON would end the
 * process. Here it ends the session.
 */
function readFrom(socket: WebSocket | undefined, received: (message: LiveServerMessage) => void): void {
  if (!socket) return
  socket.onmessage = event => {
    let message: LiveServerMessage
    try {
      message = JSON.parse(String(event.data))
    } catch {
      socket.close(1003, 'not JSON')
      return
    }
    received(message)
  }
}
