import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isLoopback } from '../../config.ts'
import { models, voices } from '../../live/models.ts'
import type { Journal, SessionRecord } from '../journal/journal.ts'
import { readFault, readScenario } from '../scenario/reading.ts'
import type { Fault, Scenario } from '../scenario/scenario.ts'
import { HttpError, readJson, saying400, send, sendJson } from './http-reply.ts'
import { writeWav } from './wav.ts'

export type ControlWith = {
  journal: Journal
  /** Sessions alive. */
  count(): number
  scenario(): Scenario
  play(scenario: Scenario): void
  strike(session: string, fault: Fault): boolean
}

/**
 * What is done from outside, under `/_rehearsal`: watching, scenarios, faults. For this machine alone, because it gives away what
 * people said.
 * @throws HttpError
 */
export async function control(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  query: URLSearchParams,
  having: ControlWith,
): Promise<void> {
  if (!isFromHere(request)) throw new HttpError(403, 'The control of a rehearsal is for its own machine.')
  const { journal, play } = having
  const [, , area = '', id = '', what = ''] = path.split('/')
  const asked = `${request.method} ${area}`
  if (asked === 'GET ') return page(path, response)
  if (asked === 'GET health') return sendJson(response, 200, { ok: true, sessions: having.count() })
  if (asked === 'GET info') return sendJson(response, 200, info(having))
  if (asked === 'GET scenario') return sendJson(response, 200, having.scenario())
  if (asked === 'DELETE scenario' || asked === 'POST reset') {
    play({})
    if (area === 'reset') journal.reset()
    return sendJson(response, 200, {})
  }
  if (asked === 'PUT scenario') {
    const body = await readJson(request)
    play(saying400(() => readScenario(body)))
    return sendJson(response, 200, {})
  }
  if (asked === 'GET sessions' && id === '') return sendJson(response, 200, journal.sessions.map(summaryOf))
  if (area !== 'sessions') throw new HttpError(404, `${path} is not here.`)
  const record = id === 'latest' ? journal.sessions.at(-1) : journal.session(id)
  if (record === undefined)
    throw new HttpError(404, `There is no session ${id}; GET /_rehearsal/sessions lists them.`)
  if (request.method === 'GET') return show(record, what, query, response)
  if (request.method !== 'POST' || what !== 'fault')
    throw new HttpError(405, `${request.method} ${path} is nothing.`)
  const fault = await readJson(request)
  if (
    !having.strike(
      record.summary.id,
      saying400(() => readFault(fault)),
    )
  )
    throw new HttpError(404, `The session ${record.summary.id} has ended.`)
  sendJson(response, 200, {})
}

/** The summary with every key: what is not known yet is null. */
function summaryOf({ summary }: SessionRecord) {
  return { ...summary, model: summary.model ?? null, closed: summary.closed ?? null }
}

function show(record: SessionRecord, what: string, query: URLSearchParams, response: ServerResponse): void {
  switch (what) {
    case '': {
      const after = Number(query.get('after') ?? -1)
      return sendJson(response, 200, {
        summary: summaryOf(record),
        entries: record.numbered.filter(({ number }) => number > after),
      })
    }
    case 'journal.jsonl': {
      const lines = record.entries.map(entry => `${JSON.stringify(entry)}\n`)
      return send(response, 200, 'application/jsonl; charset=utf-8', lines.join(''))
    }
    case 'heard.wav':
    case 'spoken.wav': {
      const { pcm, rate } = record.pcm(what === 'heard.wav' ? 'in' : 'out')
      return send(response, 200, 'audio/wav', writeWav(pcm, rate))
    }
    default:
      throw new HttpError(404, `A session has journal.jsonl, heard.wav and spoken.wav, but no ${what}.`)
  }
}

function page(path: string, response: ServerResponse): void {
  // Without the slash the page's own requests would go astray.
  if (path === '/_rehearsal') response.writeHead(302, { location: '/_rehearsal/' }).end()
  else send(response, 200, 'text/html; charset=utf-8', readFileSync(new URL('live.html', import.meta.url)))
}

function info({ count, scenario }: ControlWith) {
  return {
    sessions: count(),
    scenario: scenario().name ?? null,
    models: models.map(({ id, status, on }) => ({ id, status, on })),
    voices,
  }
}

/**
 * Asked from this machine, by a program or by a page of ours: a page of somebody else's has another Origin, and one that came by
 * a name of its own making has another Host.
 */
function isFromHere({ socket, headers }: IncomingMessage): boolean {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  const host = hostOf(`http://${headers.host ?? ''}`)
  const origin = headers.origin === undefined ? host : hostOf(headers.origin)
  return isLoopback(address) && isLoopback(host) && origin === host
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}
