import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * How a client is met. `open`: it comes through. `shut`: it is torn down. `forbidden`: HTTP 403. `setupComplete never`: its setup gets no
 * answer. `no quota`: its setup is met with 1011.
 */
export type Manner = 'open' | 'shut' | 'forbidden' | 'setupComplete never' | 'no quota'

/** A stretch of network in front of a server, which can be closed. */
export type Gate = AsyncDisposable & {
  url: string
  /** How whoever comes is met. With anything but `open`, what is open is torn down. */
  manner: Manner
  /** Connections that are open on the client's side. */
  readonly open: number
  /** Tears down what is open. */
  cut(): void
}

export async function startGate(to: string): Promise<Gate> {
  const { hostname, port } = new URL(to)
  const pairs = new Set<[Socket, Socket]>()
  let manner: Manner = 'open'
  const server = createServer(client => {
    client.on('error', () => {})
    if (manner === 'shut') return void client.resetAndDestroy()
    if (manner === 'forbidden')
      return void client.resume().end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
    const far = connect(Number(port), hostname)
    far.on('error', () => {})
    const pair: [Socket, Socket] = [client, far]
    pairs.add(pair)
    if (manner === 'setupComplete never') far.once('data', upgraded => client.write(upgraded))
    else if (manner === 'no quota')
      far.once('data', upgraded => {
        client.write(upgraded)
        far.once('data', () => client.write(closeFrame(1011, 'Resource has been exhausted')))
      })
    else far.pipe(client)
    client.pipe(far)
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
    get manner() {
      return manner
    },
    set manner(changed) {
      manner = changed
      if (changed !== 'open') cut()
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

/** As a server sends it: not masked. */
function closeFrame(code: number, reason: string): Buffer {
  const frame = Buffer.from(`....${reason}`)
  frame.writeUInt8(0x88, 0)
  frame.writeUInt8(2 + Buffer.byteLength(reason), 1)
  frame.writeUInt16BE(code, 2)
  return frame
}
