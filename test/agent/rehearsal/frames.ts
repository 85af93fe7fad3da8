import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'

/** Frames as RFC 6455 section 5.2 draws them, right or wrong. */
export type Frame = {
  payload?: Buffer | string
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong; the others are reserved. */
  opcode?: number
  isLast?: boolean
  /** The three reserved bits. */
  reserved?: number
  isMasked?: boolean
  /** What the frame says of its length, where that is to be a lie. */
  length?: bigint
}

export function frame({
  payload = '',
  opcode = 1,
  isLast = true,
  reserved = 0,
  isMasked = true,
  length,
}: Frame): Buffer {
  const bytes = Buffer.from(payload as string)
  const size = length ?? BigInt(bytes.length)
  const head = Buffer.alloc(size < 126 ? 2 : size < 65_536 ? 4 : 10)
  head[0] = (isLast ? 0x80 : 0) | (reserved << 4) | opcode
  if (size < 126) head[1] = Number(size)
  else if (size < 65_536) head.writeUInt16BE(Number(size), 2)
  else head.writeBigUInt64BE(size, 2)
  if (size >= 126) head[1] = size < 65_536 ? 126 : 127
  if (!isMasked) return Buffer.concat([head, bytes])
  head[1] = head[1]! | 0x80
  const mask = Buffer.from([1, 2, 3, 4])
  return Buffer.concat([head, mask, bytes.map((byte, i) => byte ^ mask[i % 4]!)])
}

export type Raw = AsyncDisposable & {
  socket: Socket
  /** How the server ended it: its close frame, or undefined where it tore the connection down without one. */
  ended: Promise<{ code: number; reason: Buffer } | undefined>
}

/** An upgraded connection whose frames are written by hand. */
export async function upgrade(url: string): Promise<Raw> {
  const socket = createConnection(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    'GET /ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent?key=k HTTP/1.1\r\nHost: x\r\n' +
      'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await once(socket, 'data')
  let received = Buffer.alloc(0)
  socket.on('data', data => {
    received = Buffer.concat([received, data])
  })
  // The server waits for an answer to its close before it lets go of the connection.
  socket.on('data', () => {
    if (closeIn(received) !== undefined && !socket.writableEnded) socket.end(frame({ opcode: 8 }))
  })
  const ended = new Promise(resolve => socket.once('close', resolve)).then(() => closeIn(received))
  const leave = async () => {
    socket.destroy()
    await ended
  }
  return { socket, ended, [Symbol.asyncDispose]: leave }
}

/** The close frame among the frames of a server. */
function closeIn(bytes: Buffer): { code: number; reason: Buffer } | undefined {
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = bytes[at + 1]! & 0x7f
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    if (at + head > bytes.length) return undefined
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
    const payload = bytes.subarray(at + head, at + head + length)
    if (payload.length < length) return undefined
    // Without a payload it means 1005 (RFC 6455 section 7.1.5).
    if ((bytes[at]! & 0x0f) === 8)
      return { code: length === 0 ? 1005 : payload.readUInt16BE(0), reason: payload.subarray(2) }
    at += head + length
  }
  return undefined
}
