import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { type Served, serve } from './served.ts'

type LiveKit = AsyncDisposable & { url: string; asked: IncomingMessage[] }

/** What LiveKit answers: a socket that echoes to the token `good`, and a sentence to the question why not. */
async function fakeLiveKit(): Promise<LiveKit> {
  const asked: IncomingMessage[] = []
  const sockets = new WebSocketServer({ noServer: true })
  const isGood = (one: IncomingMessage) => one.url?.includes('access_token=good')
  const server = createServer((one, response) => {
    asked.push(one)
    response.writeHead(isGood(one) ? 200 : 401, { 'content-type': 'text/plain' })
    response.end(isGood(one) ? 'success' : 'invalid token')
  })
  server.on('upgrade', (one, socket, head) => {
    asked.push(one)
    if (!isGood(one)) return socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n')
    sockets.handleUpgrade(one, socket, head, open => open.on('message', data => open.send(data)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    for (const open of sockets.clients) open.terminate()
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: close,
  }
}

const carry = (livekit: { url: string }, env: Record<string, string> = {}) =>
  serve({ LIVEKIT_URL: livekit.url, LIVEKIT_PROXY: 'true', ...env })

const open = ({ web }: Served, path: string, headers = {}) =>
  new WebSocket(`ws://127.0.0.1:${web.port}${path}`, { headers })

/** The status that a handshake is refused with. */
async function refusal(socket: WebSocket): Promise<number> {
  const [asked, response] = (await once(socket, 'unexpected-response')) as [
    { destroy(): void },
    IncomingMessage,
  ]
  asked.destroy()
  return response.statusCode ?? 0
}

describe.each(['/rtc', '/rtc/v1'])('a socket to %s', path => {
  test('is carried to LiveKit and back', async () => {
    await using livekit = await fakeLiveKit()
    await using served = await carry(livekit)
    const socket = open(served, `${path}?access_token=good`, {
      cookie: 'a=b',
      'x-forwarded-for': '203.0.113.9',
    })
    await once(socket, 'open')
    const large = Buffer.alloc(300_000, 'x')
    socket.send(large)
    const [echoed] = (await once(socket, 'message')) as [Buffer]
    expect(echoed.equals(large)).toBe(true)
    const [asked] = livekit.asked
    expect(asked?.url).toBe(`${path}?access_token=good`)
    // Nothing of the guest's but the handshake, and the address that we see.
    expect(asked?.headers.cookie).toBeUndefined()
    expect(asked?.headers['x-forwarded-for']).toMatch(/127\.0\.0\.1$/)
    socket.close()
    await once(socket, 'close')
  })
})

describe('signalling over our port', () => {
  test("is refused with LiveKit's own status, and the reason can be asked for", async () => {
    await using livekit = await fakeLiveKit()
    await using served = await carry(livekit)
    expect(await refusal(open(served, '/rtc/v1?access_token=bad'))).toBe(401)
    const why = await fetch(`${served.web.url}/rtc/v1/validate?access_token=bad`)
    expect([why.status, await why.text()]).toEqual([401, 'invalid token'])
    expect(served.logged()).not.toContain('access_token')
  })

  test.each(['/rtcx', '/agent', '/twirp/livekit.RoomService/ListRooms', '/rtc/../agent', '//rtc', '/'])(
    'does not carry %s',
    async path => {
      await using livekit = await fakeLiveKit()
      await using served = await carry(livekit)
      const sent = request({
        host: '127.0.0.1',
        port: served.web.port,
        path,
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': Buffer.alloc(16).toString('base64'),
        },
      })
      sent.end()
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      response.resume()
      expect(response.statusCode).toBe(404)
      expect(livekit.asked).toEqual([])
    },
  )

  test('is a 502 while LiveKit is away, and a line in the log', async () => {
    await using served = await carry({ url: 'ws://127.0.0.1:1' })
    expect(await refusal(open(served, '/rtc/v1?access_token=good'))).toBe(502)
    expect((await fetch(`${served.web.url}/rtc/v1/validate`)).status).toBe(502)
    expect(served.logged()).toContain('LiveKit does not answer a guest')
  })

  test('ends with the server, whoever is connected', async () => {
    await using livekit = await fakeLiveKit()
    await using served = await carry(livekit)
    const socket = open(served, '/rtc?access_token=good')
    await once(socket, 'open')
    const ended = once(socket, 'close')
    await served.web.close()
    await ended
  })

  test('is offered in tokens at the address of the page, and its policy lets the page reach it', async () => {
    await using livekit = await fakeLiveKit()
    await using served = await carry(livekit)
    const url = async (one: Served, headers = {}) =>
      ((await (await one.mint({}, headers)).json()) as { server_url: string }).server_url
    expect(await url(served)).toBe(`ws://localhost:${served.web.port}`)
    // Who is not trusted cannot send others elsewhere, nor itself.
    expect(await url(served, { 'x-forwarded-host': 'evil.example' })).toBe(
      `ws://localhost:${served.web.port}`,
    )
    const policy = (await fetch(served.web.url)).headers.get('content-security-policy')
    expect(policy).toContain(`connect-src 'self' ws://localhost:${served.web.port} http://localhost:`)
    await using hosted = await carry(livekit, {
      PUBLIC_URL: 'https://our.example/table/',
      INVITE_CODE: 'correct-horse',
    })
    expect(await url(hosted, { 'x-invite': 'correct-horse', origin: 'https://our.example' })).toBe(
      'wss://our.example/table',
    )
    expect(hosted.web.link).toBe('https://our.example/table/r/roundtable#k=correct-horse')
  })

  test('is not carried unless LIVEKIT_PROXY is set', async () => {
    await using livekit = await fakeLiveKit()
    await using served = await serve({ LIVEKIT_URL: livekit.url })
    const socket = open(served, '/rtc/v1?access_token=good')
    await once(socket, 'error')
    expect(livekit.asked).toEqual([])
    expect((await fetch(`${served.web.url}/rtc/v1/validate`)).status).toBe(404)
    const { server_url } = (await (await served.mint({})).json()) as { server_url: string }
    expect(server_url).toBe(livekit.url)
  })
})
