import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type Clock, systemClock } from '../../agent/clock.ts'
import { type Config, isLoopback, type WebConfig } from '../../agent/config.ts'
import { asError, StartError } from '../../agent/errors.ts'
import { Log } from '../../agent/log.ts'
import { Admission } from './admission.ts'
import { LiveTokens } from './live-token.ts'
import { type Occupants, occupantsOf } from './occupants.ts'
import { loadPage } from './page.ts'
import { Refusal } from './refusal.ts'
import { type Answer, Routes } from './routes.ts'
import { securityHeaders } from './security.ts'
import { isQuestion, SignalProxy } from './signal-proxy.ts'

export type WebOptions = {
  log?: Log
  clock?: Clock
  /** The folder of the built page. */
  dist?: string
  /** Requests for a token a minute from one address. */
  perMinute?: number
  occupants?: Occupants
}

export type WebEnded = { why: 'closed' } | { why: 'lost'; error: Error }

/** The page and its token endpoint, listening. */
export type Web = AsyncDisposable & {
  /** Where the page is on this machine, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** The link to open and to send; it carries the invite code. */
  readonly link: string
  readonly ended: Promise<WebEnded>
  close(): Promise<void>
}

const DIST = fileURLToPath(new URL('../dist', import.meta.url))

/**
 * Serves the page and mints tokens until it is closed.
 * @throws StartError when the page is not built or PORT is held by another program.
 */
export async function startWeb(config: Config, options: WebOptions = {}): Promise<Web> {
  const log = options.log ?? new Log({ part: 'web' }, config.logLevel)
  const clock = options.clock ?? systemClock
  const occupants = options.occupants ?? occupantsOf(config.livekit)
  const admission = new Admission(config, { occupants, clock, log, perMinute: options.perMinute ?? 10 })
  const liveTokens = new LiveTokens(config, { clock, log })
  const routes = new Routes(config, await loadPage(options.dist ?? DIST), admission, liveTokens)
  const signals = config.web.carriesSignals ? new SignalProxy(config.livekit.url, log) : undefined
  const reply = async (request: IncomingMessage) => {
    if (signals !== undefined && request.method === 'GET' && isQuestion(pathOf(request)))
      return signals.ask(request, routes.addressOf(request))
    return answer(request, routes, log)
  }
  const server = createServer((request, response) => {
    const always = securityHeaders(routes.liveKitFor(request))
    reply(request)
      .then(({ headers, ...rest }) =>
        send(request, response, { ...rest, headers: { ...always, ...headers } }),
      )
      .catch((thrown: unknown) => {
        // The other side hung up; there is nobody to tell.
        log.debug('an answer was not taken', { error: asError(thrown) })
        response.destroy()
      })
  })
  if (signals !== undefined)
    server.on('upgrade', (request, socket, head) =>
      signals.upgrade(request, socket, head, routes.addressOf(request)),
    )
  // A guest who never finishes sending must not hold a socket for Node's five minutes.
  server.requestTimeout = 15_000
  server.headersTimeout = 10_000
  return running(server, await listen(server, config.web), config.web, () => signals?.close())
}

async function answer(request: IncomingMessage, routes: Routes, log: Log): Promise<Answer> {
  try {
    return await routes.answer(request)
  } catch (thrown) {
    if (thrown instanceof Refusal)
      return { status: thrown.status, body: `${thrown.message}\n`, headers: thrown.headers }
    log.error('a request failed', { path: pathOf(request), error: asError(thrown) })
    return { status: 500, body: 'Something went wrong here; the log says what.\n', headers: {} }
  }
}

/** Without the query, which may hold anything. */
function pathOf({ url = '' }: IncomingMessage): string {
  return url.replace(/\?.*$/s, '').slice(0, 200)
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(body),
    // What is left of a body that was refused unread would be taken for the next request.
    ...(request.complete ? {} : { Connection: 'close' }),
    ...headers,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function listen(server: Server, { host, port }: WebConfig): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)))
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): StartError {
  const why: Record<string, string> = {
    EADDRINUSE: `PORT: ${port} is held by another program; end it, or set PORT to another port (0 is any free one)`,
    EACCES: `PORT: ${port} may not be used without more rights; set PORT to one above 1023`,
    EADDRNOTAVAIL: `HOST: ${host} is no address of this machine; leave it unset, or use 0.0.0.0 for all of them`,
    ENOTFOUND: `HOST: ${host} is not known; leave it unset, or use 0.0.0.0 for all addresses of this machine`,
  }
  const sentence = why[error.code ?? ''] ?? `PORT: cannot listen on ${host}:${port} (${error.message})`
  return new StartError(sentence, { cause: error })
}

function running(server: Server, port: number, web: WebConfig, hangUp: () => void): Web {
  const ended = Promise.withResolvers<WebEnded>()
  let closing: Promise<void> | undefined
  server.on('error', error => {
    ended.resolve({ why: 'lost', error })
  })
  const close = () => {
    closing ??= new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
      hangUp()
    }).then(() => ended.resolve({ why: 'closed' }))
    return closing
  }
  const url = `http://${hostShown(web.host)}:${port}`
  const shown = web.publicUrl ?? url
  const invite = web.inviteCode === undefined ? '' : `#k=${encodeURIComponent(web.inviteCode)}`
  const link = `${shown}/r/${encodeURIComponent(web.room)}${invite}`
  return { url, port, link, ended: ended.promise, close, [Symbol.asyncDispose]: close }
}

/** `localhost` wherever this machine answers to it: browsers give pages from there a microphone without https. */
function hostShown(host: string): string {
  const isAny = host === '0.0.0.0' || host === '::'
  if (isAny || host === '127.0.0.1' || (isLoopback(host) && host !== '::1')) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
