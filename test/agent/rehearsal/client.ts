import {
  GoogleGenAI,
  type GoogleGenAIOptions,
  type LiveConnectConfig,
  type LiveServerMessage,
  Modality,
  type Session,
} from '@google/genai'
import { WebSocket } from 'ws'

/** A client's end of a session: what came, and a way to wait for what is to come. */
export type Inbox = {
  messages: LiveServerMessage[]
  closed: Promise<{ code: number; reason: string }>
  /** The first message from now on, or of those not yet waited past, that `is` holds for. Rejects when the session closes before. */
  until(is: (message: LiveServerMessage) => boolean): Promise<LiveServerMessage>
}

export type Client = AsyncDisposable & Inbox & { session: Session }

/** The socket of an SDK session, which its types hide. */
export const socketOf = ({ session }: Client) => (session as unknown as { conn: { ws: WebSocket } }).conn.ws

/** What a client of Vertex AI shows: a key, an access token of a project, or nothing. */
export type Vertex = { key?: string; project?: string; location?: string; token?: string }

export type Caller = { model?: string; apiKey?: string; apiVersion?: string; vertex?: Vertex }

/** Connects with the official SDK, as a user's program would. Rejects as the SDK does. */
export async function connect(
  baseUrl: string,
  config: LiveConnectConfig = {},
  { model = 'gemini-3.8-live', apiKey = 'test-key', apiVersion = '', vertex }: Caller = {},
): Promise<Client> {
  const httpOptions = { baseUrl, ...(apiVersion === '' ? {} : { apiVersion }) }
  const ai = new GoogleGenAI(
    vertex === undefined ? { apiKey, httpOptions } : { ...vertexOptions(vertex), httpOptions },
  )
  const { inbox, receive, close } = openInbox()
  const session = await ai.live.connect({
    model,
    config: { responseModalities: [Modality.AUDIO], ...config },
    callbacks: { onmessage: receive, onclose: ({ code, reason }) => close(code, reason) },
  })
  const leave = async () => {
    session.close()
    await inbox.closed
  }
  return { ...inbox, session, [Symbol.asyncDispose]: leave }
}

function vertexOptions({ key, project, location, token }: Vertex): GoogleGenAIOptions {
  if (key !== undefined) return { vertexai: true, apiKey: key }
  if (project === undefined || location === undefined) return { vertexai: true }
  // What the SDK would fetch from Google before it connects.
  const getRequestHeaders = async () => new Headers({ authorization: `Bearer ${token}` })
  const authClient = { getRequestHeaders } as never
  return { vertexai: true, project, location, googleAuthOptions: { authClient } }
}

export type RawClient = AsyncDisposable & Inbox & { ws: WebSocket; send(message: unknown): void }

/** Connects without an SDK, for what no SDK would send. */
export async function connectRaw(
  baseUrl: string,
  path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=test-key',
  headers: Record<string, string> = {},
): Promise<RawClient> {
  const ws = new WebSocket(baseUrl.replace(/^http/, 'ws') + path, { headers })
  const { inbox, receive, close } = openInbox()
  ws.on('message', data => receive(JSON.parse(data.toString())))
  ws.on('close', (code, reason) => close(code, reason.toString()))
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve)
    ws.once('error', reject)
  })
  const leave = async () => {
    ws.close()
    await inbox.closed
  }
  const send = (message: unknown) => ws.send(typeof message === 'string' ? message : JSON.stringify(message))
  return { ...inbox, ws, send, [Symbol.asyncDispose]: leave }
}

function openInbox() {
  const messages: LiveServerMessage[] = []
  const closing = Promise.withResolvers<{ code: number; reason: string }>()
  let seen = 0
  let wake: (() => void) | undefined
  let hasClosed = false
  const receive = (message: LiveServerMessage) => {
    messages.push(message)
    wake?.()
  }
  const close = (code: number, reason: string) => {
    hasClosed = true
    closing.resolve({ code, reason })
    wake?.()
  }
  const until: Inbox['until'] = async is => {
    for (;;) {
      while (seen < messages.length) {
        const message = messages[seen++]!
        if (is(message)) return message
      }
      if (hasClosed) throw new Error('The session closed before the message came')
      await new Promise<void>(resolve => (wake = resolve))
    }
  }
  return { inbox: { messages, closed: closing.promise, until }, receive, close }
}

/** A tone of `ms`, as loud as somebody who speaks at arm's length. */
export function tone(ms: number, { rate = 16_000, hz = 220, amplitude = 4_000 } = {}): Int16Array {
  return Int16Array.from({ length: Math.round((ms * rate) / 1000) }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rate)),
  )
}

export function silence(ms: number, rate = 16_000): Int16Array {
  return new Int16Array(Math.round((ms * rate) / 1000))
}

/** Sends sound in chunks of 20 ms, all at once: the server counts samples, not time. */
export function sendSound(session: Session, pcm: Int16Array, rate = 16_000): void {
  const length = rate / 50
  for (let from = 0; from < pcm.length; from += length)
    session.sendRealtimeInput({ audio: blob(pcm.subarray(from, from + length), rate) })
}

export function blob(pcm: Int16Array, rate = 16_000): { data: string; mimeType: string } {
  const data = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64')
  return { data, mimeType: `audio/pcm;rate=${rate}` }
}

/** The sound in messages, 24 kHz. */
export function soundOf(messages: readonly LiveServerMessage[]): Int16Array {
  const parts = messages.flatMap(message => message.serverContent?.modelTurn?.parts ?? [])
  const bytes = Buffer.concat(parts.map(part => Buffer.from(part.inlineData?.data ?? '', 'base64')))
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

/** The words of the output transcription in messages. */
export function wordsOf(messages: readonly LiveServerMessage[]): string {
  return messages.map(message => message.serverContent?.outputTranscription?.text ?? '').join('')
}

export const isSound = (message: LiveServerMessage) => soundOf([message]).length > 0
export const isTurnComplete = (message: LiveServerMessage) => message.serverContent?.turnComplete === true
export const isInterrupted = (message: LiveServerMessage) => message.serverContent?.interrupted === true
export const isGenerationComplete = (message: LiveServerMessage) =>
  message.serverContent?.generationComplete === true

/** What each message of the server was, in order, without what has no effect. */
export function kindsOf({ messages }: Client): string[] {
  return messages.flatMap(({ serverContent = {}, toolCall, setupComplete }) => {
    const kinds = Object.keys(serverContent).map(key => (key === 'modelTurn' ? 'content' : key))
    if (toolCall !== undefined) kinds.push('toolCall')
    if (setupComplete !== undefined) kinds.push('setupComplete')
    return kinds
  })
}

/** The beginning of a PNG of this size. */
export function picture(width: number, height: number): { data: string; mimeType: string } {
  const png = Buffer.alloc(33)
  png.writeUInt32BE(0x89504e47, 0)
  png.writeUInt32BE(width, 16)
  png.writeUInt32BE(height, 20)
  return { data: png.toString('base64'), mimeType: 'image/png' }
}
