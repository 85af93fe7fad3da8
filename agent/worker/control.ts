import type { IncomingMessage, ServerResponse } from 'node:http'
import { asError, RequestError } from '../errors.ts'
import type { Tunable } from '../job.ts'
import type { Bytes } from '../units.ts'

const MOST_BODY: Bytes = 64_000

/** The room in a path such as `/rooms/kitchen/settings`; undefined where it is another path. */
export function roomIn(path: string): string | undefined {
  const found = /^\/rooms\/([^/]+)\/settings$/.exec(path)?.[1]
  if (found === undefined) return undefined
  try {
    return decodeURIComponent(found)
  } catch {
    return undefined
  }
}

/**
 * Reads (GET) or changes (PATCH, an object of fields) the settings of a room that this worker serves. The port is on loopback, where
 * any page in a browser could send to: so the request must be to this machine by name, and come from no page.
 */
export async function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  room: string,
  settingsOf: (room: string) => Tunable | undefined,
): Promise<void> {
  const reply = (status: number, body: object) => {
    // Whoever is refused while still sending must not keep the socket.
    if (!request.complete) response.setHeader('connection', 'close')
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(`${JSON.stringify(body)}\n`)
  }
  const fromPage = stranger(request)
  if (fromPage !== undefined) return reply(403, { error: fromPage })
  const settings = settingsOf(room)
  if (settings === undefined) return reply(404, { error: `This worker is in no room named "${room}".` })
  if (request.method === 'GET') return reply(200, settings.read())
  if (request.method !== 'PATCH') return reply(405, { error: 'Use GET or PATCH.' })
  try {
    return reply(200, settings.change(objectIn(await bodyOf(request))))
  } catch (thrown) {
    const error = asError(thrown)
    return reply(error instanceof RequestError ? 400 : 500, { error: error.message })
  }
}

/** Why a request is not to be trusted; browsers say where a page is from, and whom they believe to be talking to. */
function stranger({ headers }: IncomingMessage): string | undefined {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined)
    return 'This is not for pages in a browser.'
  const host = (headers.host ?? '').replace(/:\d+$/, '')
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host)) return 'Ask for 127.0.0.1 or localhost.'
  const isJson = /^application\/(merge-patch\+)?json\b/.test(headers['content-type'] ?? '')
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
  return hasBody && !isJson ? 'The body must be application/json.' : undefined
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of request) {
    length += piece.length
    if (length > MOST_BODY) throw new RequestError('malformed', `The body is longer than ${MOST_BODY} bytes.`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function objectIn(text: string): Record<string, unknown> {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (thrown) {
    throw new RequestError('malformed', `The body is no JSON: ${asError(thrown).message}`)
  }
  if (typeof read === 'object' && read !== null && !Array.isArray(read))
    return read as Record<string, unknown>
  throw new RequestError('malformed', 'The body is no object of settings.')
}
