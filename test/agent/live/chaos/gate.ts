import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A stretch of network in front of a server, which can be closed. */
export type Gate = AsyncDisposable & {
  url: string
  /** While it is shut, what is open is torn down and nobody comes through. */
  isShut: boolean
  /** Connections that are open on the client's side. */
  readonly open: number
  /** Tears down what is open. */
  cut(): void
}

export async function startGate(to: string): Promise<Gate> {
  const { hostname, port } = new URL(to)
  const pairs = new Set<[Socket, Socket]>()
  let isShut = false
  const server = createServer(client => {
    client.on('error', () => {})
    if (isShut) return void client.resetAndDestroy()
    const far = connect(Number(port), hostname)
    far.on('error', () => {})
    const pair: [Socket, Socket] = [client, far]
    pairs.add(pair)
    client.pipe(far)
    far.pipe(client)
    client.on('close', () => {
      pairs.delete(pair)
      far.destroy()
    })
    far.on('close', () => client.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const [client, far] of pairs) {
      client.resetAndDestroy()
      far.resetAndDestroy()
    }
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get isShut() {
      return isShut
    },
    set isShut(shut) {
      isShut = shut
      if (shut) cut()
    },
    get open() {
      return pairs.size
    },
    cut,
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
