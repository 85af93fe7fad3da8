import type { IncomingMessage, ServerResponse } from 'node:http'
import { asError } from '../../errors.ts'
import { readCredential, readTarget } from '../door/address.ts'
import { checkKey, type Keys } from '../door/door.ts'
import type { Tokens } from '../door/tokens.ts'
import { type ControlWith, control } from './control.ts'
import { HttpError, readJson, saying400, send, sendJson } from './http-reply.ts'

export type HttpWith = ControlWith & { tokens: Tokens; keys: Keys }

/** Everything but the sessions: tokens, what this is, and the control. Never throws. */
export function answerRequest(request: IncomingMessage, response: ServerResponse, having: HttpWith): void {
  route(request, response, having).catch(error => {
    const { code, message } =
      error instanceof HttpError ? error : { code: 500, message: asError(error).message }
    if (response.headersSent) response.destroy()
    else sendJson(response, code, { error: { code, message, status: statuses[code] ?? 'INTERNAL' } })
  })
}

const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  413: 'INVALID_ARGUMENT',
}

async function route(request: IncomingMessage, response: ServerResponse, having: HttpWith): Promise<void> {
  const { path, query } = readTarget(request.url)
  const version = /\/(v1|v1beta|v1alpha|v1beta1)\/auth_tokens$/.exec(path)?.[1]
  const takesTokens = having.scenario().tokenVersions?.includes(version ?? '') ?? true
  if (version !== undefined && takesTokens && request.method === 'POST') {
    const body = await readJson(request)
    const create = () => {
      checkKey(readCredential(query, request.headers), having.keys)
      return having.tokens.create(body)
    }
    sendJson(response, 200, { name: saying400(create).name })
  } else if (path === '/') send(response, 200, 'text/plain; charset=utf-8', about)
  else if (path.startsWith('/_rehearsal')) await control(request, response, path, query, having)
  else throw new HttpError(404, `${path} is not here: this rehearsal speaks the Live API only.`)
}

const about = `This is a rehearsal: a local stand-in for the Gemini Live API. It is not Google's and understands nothing; it tells
what it received. Point a client at it with GOOGLE_GEMINI_BASE_URL, and watch at /_rehearsal/.
`
