/**
 * Headers of every answer: what a page of ours may load, reach and use.
 * @param url where the page reaches LiveKit, ws: or wss:
 */
export function securityHeaders(url: string): Record<string, string> {
  return {
    'Content-Security-Policy': contentPolicy(livekitSources(url)),
    'Permissions-Policy': 'camera=(self), microphone=(self), display-capture=(self), screen-wake-lock=(self)',
    // The invite code is in the link.
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  }
}

/** What a page of ours may load and reach: itself, and `others` by a connection. */
export function contentPolicy(others: readonly string[]): string {
  return [
    "default-src 'self'",
    `connect-src ${["'self'", ...others].join(' ')}`,
    "media-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** The socket, and over http the questions the client asks when a join fails. LiveKit Cloud sends clients on to regions. */
function livekitSources(url: string): string[] {
  const { host } = new URL(url)
  const hosts = host.endsWith('.livekit.cloud') ? [host, '*.livekit.cloud'] : [host]
  const [socket, http] = url.startsWith('wss') ? ['wss', 'https'] : ['ws', 'http']
  return hosts.flatMap(one => [`${socket}://${one}`, `${http}://${one}`])
}
