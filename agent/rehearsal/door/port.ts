import { createServer as createPlain, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createSecure } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Certificate } from './certificate.ts'

/** The first byte of a TLS connection: a record of the handshake. RFC 8446 section 5.1 */
const TLS_HANDSHAKE = 22
/** A connection that says nothing for this long is not kept, ms. */
const SILENT_MS = 10_000

export type Handlers = {
  request: RequestListener
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** One port for both: a connection that begins as TLS is served by TLS, any other plainly. */
export type SharedPort = { server: Server; closeAllConnections(): void }

export function sharePort({ certificate, key }: Certificate, { request, upgrade }: Handlers): SharedPort {
  const plain = createPlain(request).on('upgrade', upgrade)
  const secure = createSecure({ cert: certificate, key }, request).on('upgrade', upgrade)
  const waiting = new Set<Socket>()
  const server = createServer({ pauseOnConnect: true }, socket => {
    const drop = () => socket.destroy()
    waiting.add(socket)
    socket.setTimeout(SILENT_MS, drop)
    socket.on('error', drop)
    socket.once('close', () => waiting.delete(socket))
    socket.once('readable', () => {
      waiting.delete(socket)
      const first: Buffer | null = socket.read(1)
      if (first === null) return drop()
      socket.setTimeout(0)
      socket.off('timeout', drop)
      socket.unshift(first)
      const part = first[0] === TLS_HANDSHAKE ? secure : plain
      part.emit('connection', socket)
    })
  })
  const closeAllConnections = () => {
    for (const socket of waiting) socket.destroy()
    plain.closeAllConnections()
    secure.closeAllConnections()
  }
  return { server, closeAllConnections }
}
