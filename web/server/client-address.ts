import { BlockList, isIP } from 'node:net'

/** The proxies that may say on whose behalf they ask, from checked addresses and networks such as `10.0.0.0/8`. */
export function proxyList(listed: readonly string[]): BlockList {
  const proxies = new BlockList()
  for (const entry of listed) {
    const [address = '', bits] = entry.split('/')
    const type = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    if (bits === undefined) proxies.addAddress(address, type)
    else proxies.addSubnet(address, Number(bits), type)
  }
  return proxies
}

/** Whether `address` is one of `proxies`, also as an IPv4 address in IPv6 dress. */
export function isProxy(address: string | undefined, proxies: BlockList): boolean {
  const plain = (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
  const family = isIP(plain)
  return family !== 0 && proxies.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}

/**
 * Who asks. Anybody can write `X-Forwarded-For`, so it counts only where a trusted proxy is at the other end, and only what
 * trusted proxies have added to it: each adds, at the right, whom it was asked by.
 */
export function clientAddress(
  remote: string | undefined,
  forwardedFor: string | string[] | undefined,
  proxies: BlockList,
): string | undefined {
  let client = remote
  const hops = `${forwardedFor ?? ''}`.split(',').map(hop => hop.trim())
  while (isProxy(client, proxies)) {
    const hop = hops.pop()
    if (hop === undefined || isIP(hop) === 0) break
    client = hop
  }
  return client
}
