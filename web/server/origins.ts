import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback, type WebConfig } from '../../agent/config.ts'
import { Refusal } from './refusal.ts'

/**
 * The headers that let the asking page read the answer; none are needed where it is ours, or no page at all.
 * @throws Refusal 403 for a page of another origin, and for a host name that is not ours.
 */
export function crossOriginHeaders(headers: IncomingHttpHeaders, web: WebConfig): Record<string, string> {
  checkHost(headers.host, web)
  const { origin } = headers
  if (origin === undefined || isOurs(origin, headers.host, web)) return { Vary: 'Origin' }
  const isLocal = isLoopback(web.host) && isLoopback(hostnameOf(origin))
  if (!isLocal && !web.origins.includes(origin))
    throw new Refusal(403, 'Pages of this origin may not ask here; WEB_ORIGINS lists those that may.')
  return {
    Vary: 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': 'content-type, x-invite',
    'Access-Control-Max-Age': '600',
  }
}

/**
 * On loopback anyone may have a token, since only this machine can ask. A web page whose name somebody has pointed at
 * 127.0.0.1, and a proxy that brings in the whole internet, would both get round that: they bring another host name.
 */
function checkHost(host: string | undefined, { inviteCode, origins }: WebConfig): void {
  if (inviteCode !== undefined || isLoopback(hostnameOf(`http://${host ?? ''}`))) return
  if (origins.some(origin => hostOf(origin) === host)) return
  throw new Refusal(
    403,
    'This page is for this machine only. To open it to others set INVITE_CODE, or list its address in WEB_ORIGINS.',
  )
}

function isOurs(origin: string, asked: string | undefined, { publicUrl }: WebConfig): boolean {
  const host = hostOf(origin)
  return host !== undefined && (host === asked || host === hostOf(publicUrl ?? ''))
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

function hostnameOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : ''
}
