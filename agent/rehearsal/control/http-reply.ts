import type { IncomingMessage, ServerResponse } from 'node:http'
import { asError } from '../../errors.ts'
import { Refusal } from '../wire/refusal.ts'

const MOST_BODY_BYTES = 8 * 2 ** 20

/** A request that gets an answer other than 200. */
export class HttpError extends Error {
  override name = 'HttpError'
  readonly code: number
  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** What goes wrong in `make` is the fault of the request. */
export function saying400<T>(make: () => T): T {
  try {
    return make()
  } catch (cause) {
    throw new HttpError(400, cause instanceof Refusal ? cause.message : asError(cause).message, { cause })
  }
}

/** The body as JSON; an empty one is an empty object. @throws HttpError */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    pieces.push(piece)
    length += piece.length
    if (length > MOST_BODY_BYTES)
      throw new HttpError(413, `The body is longer than ${MOST_BODY_BYTES} bytes.`)
  }
  const text = Buffer.concat(pieces).toString('utf8')
  return saying400((): unknown => JSON.parse(text === '' ? '{}' : text))
}

export function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value, null, 2))
}
