import {
  FunctionResponseScheduling,
  type LiveSendRealtimeInputParameters,
  type LiveServerMessage,
  type Session,
} from '@google/genai'
import type { WebSocket } from 'ws'
import { toBase64 } from '../audio/pcm.ts'
import type { Clock } from '../clock.ts'
import type { GeminiConfig } from '../config.ts'
import { asError, type LiveError } from '../errors.ts'
import { type Bytes, HEARING_RATE, type Hz, type Ms } from '../units.ts'
import { dial, type Line } from './dial.ts'
import { eventsOf, isNameless, type LiveEvent, type ToolCall } from './events.ts'
import type { Letter, ResultManner } from './outbox/letter.ts'
import { type Close, refusal, unanswered } from './refusal.ts'
import type { LiveSettings } from './settings.ts'
import { clientFor, instructionsOf, setupFor, toolsOf } from './setup.ts'

/** A server that accepts and stays silent would hold the SDK for ever: it has no deadline of its own. */
const OPEN_WITHIN_MS: Ms = 10_000
/** Beyond this the network is not keeping up: pictures are left out first, they are large and soon stale. */
const PICTURE_BACKLOG: Bytes = 200_000
/** About five seconds of sound in JSON: with more than that unsent, sound waits on our side, where the oldest is dropped first. */
const AUDIO_BACKLOG: Bytes = 400_000
/** A peer that does not answer our close within this is left alone: its socket is torn down, ms. */
const CLOSE_WITHIN_MS: Ms = 500

export type ConnectionOptions = {
  gemini: GeminiConfig
  settings: LiveSettings
  clock: Clock
  /** Continues an earlier session. */
  handle: string | undefined
  onEvent: (event: LiveEvent) => void
  /** Something came, whatever it was: a message or a pong. */
  onSign?: () => void
  /** It is not wanted any more: an opening under way is given up at once. */
  signal?: AbortSignal
}

/** One open socket to the Live API. */
export class LiveConnection implements AsyncDisposable {
  /** Why it ended; never rejects. Undefined means that we closed it. */
  readonly ended: Promise<LiveError | undefined>
  readonly #session: Session
  readonly #socket: WebSocket | undefined
  readonly #clock: Clock
  #closing: Promise<void> | undefined
  #droppedPictures = 0
  #messages = 1

  private constructor(session: Session, line: Line, ended: Promise<LiveError | undefined>, clock: Clock) {
    this.#session = session
    this.#socket = line.socket
    this.#clock = clock
    this.ended = ended
  }

  /**
   * Opens a session and waits for the server's word that it is set up.
   * @throws LiveError of every kind, also when `OPEN_WITHIN_MS` pass in silence. No socket is left then.
   */
  static async open(options: ConnectionOptions): Promise<LiveConnection> {
    const { gemini, settings, clock, handle, onEvent, onSign, signal } = options
    const line: Line = {}
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
          : refusal(line.fault ? { code: 1003, reason: line.fault } : close, isOpen, gemini, settings)
      failed.reject(error)
      ended.resolve(error)
    }
    // Nothing may throw in a callback: the SDK would turn it into an unhandled rejection.
    const received = (message: LiveServerMessage) => {
      if (isOver) return
      onSign?.()
      for (const event of eventsOf(message)) if (!isOver) onEvent(event)
    }
    const connecting = dial(
      clientFor(gemini, settings),
      {
        model: settings.model,
        config: setupFor(settings, handle, gemini.at),
        callbacks: {
          onmessage: received,
          onerror: event => {
            fault = new Error(event.message || 'the connection failed')
          },
          onclose: event => closed({ code: event.code, reason: event.reason }),
        },
      },
      line,
    )
    const giveUp = () => failed.reject(unanswered('network', gemini, settings, new Error('given up')))
    signal?.addEventListener('abort', giveUp, { once: true })
    if (signal?.aborted) giveUp()
    const alarm = clock.after(OPEN_WITHIN_MS, () => failed.reject(unanswered('timeout', gemini, settings)))
    try {
      const session = await Promise.race([connecting, failed.promise])
      isOpen = true
      const connection = new LiveConnection(session, line, ended.promise, clock)
      connection.#onClose = () => {
        isOver = true
        ended.resolve(undefined)
      }
      line.socket?.on('pong', () => onSign?.())
      return connection
    } catch (thrown) {
      isOver = true
      // A server that accepted and stayed silent keeps its socket for as long as we let it.
      connecting.then(late => late.close()).catch(() => {})
      line.socket?.terminate()
      throw isLiveError(thrown) ? thrown : unanswered('network', gemini, settings, asError(thrown))
    } finally {
      alarm.cancel()
      signal?.removeEventListener('abort', giveUp)
      failed.promise.catch(() => {})
    }
  }

  #onClose: () => void = () => {}

  /** The network is not keeping up: what is sent now would only lengthen the queue. */
  get isCongested(): boolean {
    return this.#backlog() > AUDIO_BACKLOG
  }

  /** Pictures left out because the network was not keeping up. */
  get droppedPictures(): number {
    return this.#droppedPictures
  }

  /** The number that the next message will have on this connection; the setup was number 1. */
  get nextIndex(): number {
    return this.#messages + 1
  }

  send(letter: Letter, typed: 'clientContent' | 'realtimeInput'): void {
    switch (letter.kind) {
      case 'audio':
        return this.sendAudio(letter.pcm)
      case 'pause':
        return this.endAudio()
      case 'activityStart':
        return this.#input({ activityStart: {} })
      case 'activityEnd':
        return this.#input({ activityEnd: {} })
      case 'text':
        return this.sendText(letter.text, typed)
      case 'context':
        return this.addContext(letter.text)
      case 'result':
        return this.sendToolResult(letter.call, letter.response, letter.how)
    }
  }

  /** Sends mono PCM16 at `rate`, as it comes. Reads `pcm` before it returns. */
  sendAudio(pcm: Int16Array, rate: Hz = HEARING_RATE): void {
    this.#input({ audio: { data: toBase64(pcm), mimeType: `audio/pcm;rate=${rate}` } })
  }

  /** The microphones pause: what the server still holds may be flushed. */
  endAudio(): void {
    this.#input({ audioStreamEnd: true })
  }

  sendPicture(jpeg: Uint8Array): void {
    if (this.#backlog() > PICTURE_BACKLOG) this.#droppedPictures++
    else this.#input({ video: { data: Buffer.from(jpeg).toString('base64'), mimeType: 'image/jpeg' } })
  }

  /** Typed words, which the model is to answer. */
  sendText(text: string, how: 'clientContent' | 'realtimeInput'): void {
    if (how === 'realtimeInput') this.#input({ text })
    else this.#content(text, true)
  }

  /** Typed words for the model to know, not to answer. */
  addContext(text: string): void {
    this.#content(text, false)
  }

  sendToolResult(call: ToolCall, response: Record<string, unknown>, how: ResultManner = {}): void {
    this.#messages++
    const { scheduling, willContinue } = how
    const answer = {
      ...(isNameless(call) ? {} : { id: call.id }),
      name: call.name,
      response,
      ...(scheduling === undefined ? {} : { scheduling: FunctionResponseScheduling[scheduling] }),
      ...(willContinue === undefined ? {} : { willContinue }),
    }
    try {
      this.#session.sendToolResponse({ functionResponses: [answer] })
    } catch {
      // The SDK throws where an id is missing on the Developer API, which always sends one.
    }
  }

  /** New instructions and tools in the middle of a session, where the model takes them so. */
  sendContextUpdate(settings: LiveSettings): void {
    this.#messages++
    this.#session.sendContextUpdate({
      systemInstruction: instructionsOf(settings),
      tools: { tools: toolsOf(settings) },
    })
  }

  /** Asks the peer for a sign of life; it comes as `onSign`. */
  ping(): void {
    if (this.#socket?.readyState === this.#socket?.OPEN) this.#socket?.ping()
  }

  /** Ends the session. Safe at any time, and more than once; resolves when the socket is gone, soon. */
  close(): Promise<void> {
    this.#closing ??= this.#leave()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #leave(): Promise<void> {
    this.#onClose()
    const socket = this.#socket
    this.#session.close()
    if (socket === undefined || socket.readyState === socket.CLOSED) return
    const gone = Promise.withResolvers<void>()
    socket.once('close', () => gone.resolve())
    const late = this.#clock.after(CLOSE_WITHIN_MS, () => {
      socket.terminate()
      gone.resolve()
    })
    await gone.promise
    late.cancel()
  }

  #input(input: LiveSendRealtimeInputParameters): void {
    this.#messages++
    this.#session.sendRealtimeInput(input)
  }

  #content(text: string, turnComplete: boolean): void {
    this.#messages++
    this.#session.sendClientContent({ turns: [{ role: 'user', parts: [{ text }] }], turnComplete })
  }

  #backlog(): Bytes {
    return this.#socket?.bufferedAmount ?? 0
  }
}

function isLiveError(thrown: unknown): thrown is LiveError {
  return thrown instanceof Error && thrown.name === 'LiveError'
}
