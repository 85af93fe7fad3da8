import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What stands in front of the page on somebody's server: it serves one path, and knows nothing of what passes. */
export type ReverseProxy = AsyncDisposable & {
  /** With the path, without a slash at the end. */
  readonly url: string
  /** The paths that were asked for outside of its own. */
  readonly strays: string[]
  /** Where it asks, http:// with a port. */
  target: string
}

/** A proxy of `path` (such as `/table`) on a free port of this machine, as nginx does it with a slash behind proxy_pass. */
export async function startReverseProxy(path: string): Promise<ReverseProxy> {
  const strays: string[] = []
  const forward = (one: IncomingMessage) => {
    const url = one.url ?? ''
    if (!url.startsWith(`${path}/`)) {
      strays.push(url)
      return undefined
    }
    const headers = { ...one.headers, 'x-forwarded-for': one.socket.remoteAddress ?? '' }
    return request(new URL(url.slice(path.length), proxy.target), { method: one.method ?? 'GET', headers })
  }
  const server = createServer((one, response) => {
    const asked = forward(one)
    if (asked === undefined) return response.writeHead(404).end()
    asked.on('error', () => response.destroy())
    asked.on('response', answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    one.pipe(asked)
  })
  server.on('upgrade', (one, socket, head) => {
    const asked = forward(one)
    if (asked === undefined) return socket.destroy()
    const hangUp = () => {
      socket.destroy()
      asked.destroy()
    }
    socket.on('error', hangUp)
    asked.on('error', hangUp)
    asked.on('response', hangUp)
    asked.on('upgrade', (answer, upstream, first) => {
      upstream.on('error', hangUp)
      upstream.once('close', hangUp)
      socket.once('close', () => upstream.destroy())
      const lines = answer.rawHeaders.map((part, at) => (at % 2 === 0 ? `${part}: ` : `${part}\r\n`)).join('')
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`)
      socket.write(first)
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    asked.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy: ReverseProxy = {
    url: `http://localhost:${(server.address() as AddressInfo).port}${path}`,
    strays,
    target: '',
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return proxy
}
