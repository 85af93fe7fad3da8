import type { IncomingMessage } from 'node:http'
import type { BlockList } from 'node:net'
import type { Config } from '../../agent/config.ts'
import { directOrigin } from '../../agent/live/token.ts'
import type { Admission } from './admission.ts'
import { readJson } from './body.ts'
import { clientAddress, proxyList } from './client-address.ts'
import type { LiveTokens } from './live-token.ts'
import { cleanRoom } from './names.ts'
import { crossOriginHeaders } from './origins.ts'
import { chooseEncoding, type Page, type PageFile } from './page.ts'
import { publicUrl } from './public-url.ts'
import { Refusal } from './refusal.ts'
import { contentPolicy } from './security.ts'

export type Answer = { status: number; headers: Readonly<Record<string, string>>; body: string | Buffer }

/** What the page asks before anybody joins. */
export type Info = {
  room: string
  /** `rehearsal`: there is no key, and a stand-in answers. */
  agent: 'gemini' | 'rehearsal'
  model: string
  needsInvite: boolean
  /** The page at r/<room>?direct talks to the Live API by itself. */
  direct: boolean
}

/** Which path is answered with what. Everything is relative, so that a proxy may serve it under a path of its own. */
export class Routes {
  readonly #config: Config
  readonly #page: Page
  readonly #admission: Admission
  readonly #liveTokens: LiveTokens
  readonly #proxies: BlockList

  constructor(config: Config, page: Page, admission: Admission, liveTokens: LiveTokens) {
    this.#config = config
    this.#page = page
    this.#admission = admission
    this.#liveTokens = liveTokens
    this.#proxies = proxyList(config.web.trustedProxies)
  }

  /** Whom a limit counts: the guest, not a trusted proxy that asks for them. */
  addressOf({ headers, socket }: IncomingMessage): string | undefined {
    return clientAddress(socket.remoteAddress, headers['x-forwarded-for'], this.#proxies)
  }

  /** @throws Refusal with the status and the sentence to answer with. */
  async answer(request: IncomingMessage): Promise<Answer> {
    const path = (request.url ?? '/').replace(/[?#].*$/s, '')
    if (path === '/api/token')
      return this.#admitted(request, body => this.#admission.admit(body, this.liveKitFor(request)))
    if (path === '/api/live-token') return this.#admitted(request, body => this.#liveTokens.mint(body))
    if (path === '/api/info') return this.#info(request)
    allow(request, 'GET', 'HEAD')
    if (path === '/healthz') return { status: 200, headers: {}, body: 'ok\n' }
    if (path === '/') return redirect(`r/${encodeURIComponent(this.#config.web.room)}`)
    if (path === '/r' || path === '/r/') return redirect(path === '/r' ? './' : '../')
    const { isDirect, room: usual } = this.#config.web
    if (path === '/direct' && isDirect) return redirect(`r/${encodeURIComponent(usual)}?direct`)
    const room = /^\/r\/([^/]+)$/.exec(path)?.[1]
    const file = this.#page.get(room === undefined ? path : '/index.html')
    if (file === undefined) throw new Refusal(404, 'There is nothing here.')
    if (room !== undefined && !isRoom(room)) throw new Refusal(404, 'There is no room of that name.')
    if (room !== undefined && isDirect && asksDirect(request)) return this.#direct(request)
    return fileAnswer(request, file)
  }

  #info(request: IncomingMessage): Answer {
    const headers = crossOriginHeaders(request.headers, this.#config.web)
    if (request.method === 'OPTIONS') return { status: 204, headers, body: '' }
    allow(request, 'GET', 'HEAD')
    const { web, gemini, live } = this.#config
    const info: Info = {
      room: web.room,
      agent: gemini.at === 'rehearsal' ? 'rehearsal' : 'gemini',
      model: live.model,
      needsInvite: web.inviteCode !== undefined,
      direct: web.isDirect,
    }
    return json(200, info, headers)
  }

  /** What a guest asks for by POST, once the guest is let in. */
  async #admitted(request: IncomingMessage, give: (body: unknown) => Promise<object>): Promise<Answer> {
    const headers = crossOriginHeaders(request.headers, this.#config.web)
    if (request.method === 'OPTIONS') return { status: 204, headers, body: '' }
    try {
      allow(request, 'POST')
      const invite = request.headers['x-invite']
      this.#admission.check(this.addressOf(request), Array.isArray(invite) ? invite[0] : invite)
      return json(201, await give(await readJson(request)), headers)
    } catch (thrown) {
      // A page of another origin may read why it was refused.
      if (thrown instanceof Refusal)
        throw new Refusal(thrown.status, thrown.message, { ...headers, ...thrown.headers })
      throw thrown
    }
  }

  /** The page that talks to the Live API by itself: it alone may reach it. */
  async #direct(request: IncomingMessage): Promise<Answer> {
    const file = this.#page.get('/direct.html')
    const origin = directOrigin(this.#config.gemini)
    if (file === undefined || origin === undefined) throw new Refusal(404, 'There is nothing here.')
    const { headers, ...answer } = await fileAnswer(request, file)
    return {
      ...answer,
      headers: { ...headers, 'Content-Security-Policy': contentPolicy([new URL(origin).origin]) },
    }
  }

  /** Where a guest reaches LiveKit: by us, where we carry its signalling, or by itself. */
  liveKitFor(request: IncomingMessage): string {
    const { web, livekit } = this.#config
    if (!web.carriesSignals) return livekit.url
    return publicUrl(request, web.publicUrl, this.#proxies).replace(/^http/, 'ws')
  }
}

function allow({ method = '' }: IncomingMessage, ...methods: string[]): void {
  if (!methods.includes(method))
    throw new Refusal(405, `Only ${methods.join(' and ')} here.`, { Allow: methods.join(', ') })
}

/** Whether the page is opened with `?direct`. */
function asksDirect({ url = '' }: IncomingMessage): boolean {
  return new URLSearchParams(/\?([^#]*)/.exec(url)?.[1]).has('direct')
}

function isRoom(encoded: string): boolean {
  try {
    return cleanRoom(decodeURIComponent(encoded)) !== undefined
  } catch {
    return false // a percent sign that encodes nothing
  }
}

function redirect(location: string): Answer {
  return { status: 302, headers: { Location: location }, body: '' }
}

function json(status: number, value: unknown, headers: Record<string, string>): Answer {
  return { status, headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(value) }
}

async function fileAnswer(request: IncomingMessage, file: PageFile): Promise<Answer> {
  const headers = {
    'Content-Type': file.type,
    'Cache-Control': file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    ETag: file.etag,
    Vary: 'Accept-Encoding',
  }
  if (request.headers['if-none-match'] === file.etag) return { status: 304, headers, body: '' }
  const encoding = chooseEncoding(request.headers['accept-encoding'], file.type)
  const body = await file.encoded(encoding)
  const encoded: Record<string, string> = encoding === 'identity' ? {} : { 'Content-Encoding': encoding }
  return { status: 200, headers: { ...headers, ...encoded }, body }
}
