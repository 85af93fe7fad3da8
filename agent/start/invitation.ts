import { networkInterfaces } from 'node:os'
import { renderUnicodeCompact } from 'uqr'
import { isLoopback, type WebConfig } from '../config.ts'

/** The addresses of this machine that others can reach, IPv4. */
export type Addresses = () => readonly string[]

/**
 * The link for people at other machines, and a code of it to point a phone at, as lines for the terminal; none where only this
 * machine is served.
 * @param link the page's own
 */
export function invitation(link: string, web: WebConfig, addresses: Addresses = ownAddresses): string[] {
  const shared = sharedLink(link, web, addresses)
  if (shared === undefined) return []
  const hint = shared.startsWith('https:') ? [] : ['         phones give it a microphone only over https']
  return [`phone    ${shared}`, ...hint, ...renderUnicodeCompact(shared).split('\n')]
}

function sharedLink(link: string, { host }: WebConfig, addresses: Addresses): string | undefined {
  const url = new URL(link)
  if (!isLoopback(url.hostname)) return link
  if (isLoopback(host)) return undefined
  // Bound to all addresses, the page calls itself localhost: browsers give pages from there a microphone.
  const [address] = addresses()
  if (address === undefined) return undefined
  url.hostname = address
  return url.href
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap(one => one ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}
