import type { IncomingMessage } from 'node:http'
import { Refusal } from './refusal.ts'

/** Bytes; a token request with everything in it stays below half of this. */
const MOST_BODY = 8 * 1024

/** @throws Refusal 415 not declared as JSON, 413 too large, 400 not JSON or cut off. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  // A form on somebody else's page cannot send this type without asking first.
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw new Refusal(415, 'Send JSON, with Content-Type: application/json.')
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      size += part.length
      if (size > MOST_BODY) throw new Refusal(413, `The request is larger than ${MOST_BODY} bytes.`)
      parts.push(part)
    }
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown
    throw new Refusal(400, 'The request is not JSON.')
  }
}
