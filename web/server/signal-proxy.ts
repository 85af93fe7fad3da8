import { type ClientRequest, type IncomingMessage, request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import type { Duplex } from 'node:stream'
import { asError } from '../../agent/errors.ts'
import type { Log } from '../../agent/log.ts'
import type { Ms } from '../../agent/units.ts'
import type { Answer } from './routes.ts'

/** Where livekit-client signals: a socket, and one question over http when a join has failed. */
const SOCKETS = ['/rtc', '/rtc/v1']
const QUESTIONS = ['/rtc/validate', '/rtc/v1/validate']
/** LiveKit answers a handshake at once; what takes longer is lost, ms. */
const ANSWER_WITHIN: Ms = 10_000
/** Sockets at once: above what a machine's rooms need, and below what it has descriptors for. */
const MOST_SOCKETS = 1000
/** Bytes of an answer that is no socket. */
const MOST_ANSWER = 64 * 1024
/** The headers of a handshake that mean something to LiveKit; the rest, such as cookies of a page beside ours, stay here. */
const passed = [
  'connection',
  'upgrade',
  'user-agent',
  'authorization',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
]

/** Whether `path` is what livekit-client asks over http when a join has failed. */
export function isQuestion(path: string): boolean {
  return QUESTIONS.includes(path)
}

/**
 * Carries LiveKit's signalling over our own port, so that one https port in front is enough. Nothing but signalling passes;
 * LiveKit checks the token as ever. Sound and pictures go their own way, over UDP.
 */
export class SignalProxy {
  readonly #target: URL
  readonly #log: Log
  readonly #open = new Set<Duplex>()

  /** @param url LiveKit's, ws: or wss: */
  constructor(url: string, log: Log) {
    this.#target = new URL(url.replace(/^ws/, 'http'))
    this.#log = log
  }

  /** A websocket handshake: taken to LiveKit, and then bytes go both ways until either end hangs up. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, address: string | undefined): void {
    socket.on('error', () => socket.destroy())
    const path = request.url?.replace(/[?#].*$/s, '') ?? ''
    if (request.method !== 'GET' || !SOCKETS.includes(path)) return refuse(socket, '404 Not Found')
    if (this.#open.size >= MOST_SOCKETS) return refuse(socket, '503 Service Unavailable')
    this.#open.add(socket)
    const asked = this.#request(request, address)
    socket.once('close', () => {
      this.#open.delete(socket)
      asked.destroy()
    })
    asked.once('upgrade', (answer, upstream, upstreamHead) => {
      upstream.setTimeout(0)
      upstream.on('error', () => socket.destroy())
      upstream.once('close', () => socket.destroy())
      socket.once('close', () => upstream.destroy())
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headerLines(answer.rawHeaders)}\r\n`)
      if (upstreamHead.length > 0) socket.write(upstreamHead)
      if (head.length > 0) upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    // LiveKit says no in plain http; the browser sees the status at least.
    asked.once('response', answer => {
      answer.resume()
      refuse(socket, `${answer.statusCode ?? 502} ${answer.statusMessage ?? ''}`)
    })
    asked.once('error', thrown => {
      if (socket.destroyed) return
      this.#log.warn('LiveKit does not answer a guest', { error: asError(thrown) })
      refuse(socket, '502 Bad Gateway')
    })
    asked.end()
  }

  /** The question why a join has failed. Answered with 502 where LiveKit does not answer. */
  async ask(request: IncomingMessage, address: string | undefined): Promise<Answer> {
    try {
      const answer = await this.#question(request, address)
      const type = answer.headers['content-type'] ?? 'text/plain; charset=utf-8'
      return {
        status: answer.statusCode ?? 502,
        headers: { 'Content-Type': type },
        body: await wholeOf(answer),
      }
    } catch (thrown) {
      this.#log.warn('LiveKit does not answer a guest', { error: asError(thrown) })
      return { status: 502, headers: {}, body: 'LiveKit does not answer. Is it running?\n' }
    }
  }

  /** Hangs up on everybody. */
  close(): void {
    for (const socket of this.#open) socket.destroy()
  }

  #question(request: IncomingMessage, address: string | undefined): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      this.#request(request, address).once('response', resolve).once('error', reject).end()
    })
  }

  #request(request: IncomingMessage, address: string | undefined): ClientRequest {
    const { hostname, port, protocol, pathname, host } = this.#target
    const headers: Record<string, string> = { host }
    for (const name of passed) {
      const value = request.headers[name]
      if (value !== undefined) headers[name] = `${value}`
    }
    if (address !== undefined) headers['x-forwarded-for'] = address
    const over = protocol === 'https:' ? overHttps : overHttp
    const asked = over({
      hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
      port,
      path: `${pathname.replace(/\/$/, '')}${request.url ?? ''}`,
      headers,
      agent: false,
      timeout: ANSWER_WITHIN,
    })
    return asked.once('timeout', () => asked.destroy(new Error(`no answer in ${ANSWER_WITHIN} ms`)))
  }
}

async function wholeOf(answer: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length
    if (size > MOST_ANSWER) throw new Error('the answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function refuse(socket: Duplex, status: string): void {
  // A guest who never hangs up must not hold it open.
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
}

function headerLines(raw: readonly string[]): string {
  let lines = ''
  for (let at = 0; at + 1 < raw.length; at += 2) lines += `${raw[at]}: ${raw[at + 1]}\r\n`
  return lines
}
