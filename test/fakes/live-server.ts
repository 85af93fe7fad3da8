import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

/** One client's socket, with what it sent, parsed. */
export type LiveClient = {
  socket: WebSocket
  /** The setup it opened with. */
  setup: { model?: string; sessionResumption?: { handle?: string } }
  received: Record<string, unknown>[]
  /** Sends one server message as Google does: JSON in a binary frame. */
  send(message: unknown): void
}

/** A Live API that does what a test says, and nothing else. */
export type FakeLive = AsyncDisposable & {
  url: string
  clients: LiveClient[]
  /** The next client that has sent its setup, once it has. */
  next(): Promise<LiveClient>
}

/**
 * @param greet what a client gets for its setup; by default setupComplete
 */
export async function startFakeLive(
  greet = (client: LiveClient) => client.send({ setupComplete: {} }),
): Promise<FakeLive> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise<void>(resolve => server.once('listening', resolve))
  const clients: LiveClient[] = []
  const waiting: ((client: LiveClient) => void)[] = []
  let taken = 0
  const settle = () => {
    while (waiting.length > 0 && taken < clients.length) waiting.shift()!(clients[taken++]!)
  }
  server.on('connection', socket => {
    const client: LiveClient = {
      socket,
      setup: {},
      received: [],
      send: message => socket.send(Buffer.from(JSON.stringify(message))),
    }
    socket.on('message', data => {
      const message = JSON.parse(String(data))
      if (!message.setup) return void client.received.push(message)
      client.setup = message.setup
      greet(client)
      clients.push(client)
      settle()
    })
    socket.on('error', () => {})
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    clients,
    next: () =>
      new Promise(resolve => {
        waiting.push(resolve)
        settle()
      }),
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
