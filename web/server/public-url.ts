import type { IncomingMessage } from 'node:http'
import type { BlockList } from 'node:net'
import { isProxy } from './client-address.ts'

/** A host and perhaps a port, and nothing that could end a header or a policy early. */
const HOST = /^(?:[a-z\d](?:[a-z\d.-]*[a-z\d])?|\[[\da-f:.]+\])(?::\d{1,5})?$/i
const PREFIX = /^(?:\/[\w.~-]+)*$/

/**
 * Where the person who asks sees us, without a slash at the end: PUBLIC_URL, or else what the request itself says. A
 * proxy's word for it (`X-Forwarded-Proto`, `-Host`, `-Prefix`) counts only where that proxy is trusted.
 */
export function publicUrl(
  { headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>,
  configured: string | undefined,
  proxies: BlockList,
): string {
  if (configured !== undefined) return configured
  const isTrusted = isProxy(socket.remoteAddress, proxies)
  const told = (name: string) =>
    (isTrusted ? `${headers[name] ?? ''}`.split(',')[0]?.trim() : undefined) ?? ''
  const scheme = told('x-forwarded-proto') === 'https' ? 'https' : 'http'
  const host = [told('x-forwarded-host'), headers.host ?? ''].find(one => HOST.test(one)) ?? 'localhost'
  const prefix = told('x-forwarded-prefix').replace(/\/+$/, '')
  return `${scheme}://${host}${PREFIX.test(prefix) ? prefix : ''}`
}
