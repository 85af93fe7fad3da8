import { AsyncLocalStorage } from 'node:async_hooks'
import type { GoogleGenAI, LiveConnectParameters, Session } from '@google/genai'
import type { MessageEvent, WebSocket } from 'ws'

/** The socket of one connection, from the moment it is dialled, and what we ended it for, if we did. */
export type Line = { socket?: WebSocket; fault?: string }

/** The part of the SDK that makes its sockets; not in its types. */
type Dialler = {
  create(url: string, headers: unknown, callbacks: Callbacks): { connect(): void; ws?: WebSocket }
}
type Callbacks = { onmessage: (event: MessageEvent) => void }

const dialled = new AsyncLocalStorage<Line>()
const prepared = new WeakSet<GoogleGenAI>()

/**
 * Connects as the SDK does, and puts its socket into `line` at once. The SDK keeps it to itself, and so a connection that is never
 * set up could not be ended, nor could it be learnt how much waits in one. The reading is guarded too: the SDK parses in a promise
 * that nobody can catch, so that one frame which is not JSON would end the process. Here it ends the connection.
 */
export function dial(client: GoogleGenAI, parameters: LiveConnectParameters, line: Line): Promise<Session> {
  if (!prepared.has(client)) prepare(client)
  return dialled.run(line, () => client.live.connect(parameters))
}

function prepare(client: GoogleGenAI): void {
  prepared.add(client)
  const live = client.live as unknown as { webSocketFactory: Dialler }
  const theirs = live.webSocketFactory
  live.webSocketFactory = {
    create(url, headers, callbacks) {
      const line = dialled.getStore()
      const guarded = { ...callbacks, onmessage: (event: MessageEvent) => read(event, callbacks, line) }
      const connection = theirs.create(url, headers, guarded)
      const connect = connection.connect.bind(connection)
      connection.connect = () => {
        connect()
        if (line !== undefined && connection.ws !== undefined) line.socket = connection.ws
      }
      return connection
    },
  }
}

function read(event: MessageEvent, { onmessage }: Callbacks, line: Line | undefined): void {
  try {
    JSON.parse(String(event.data))
  } catch {
    if (line !== undefined) line.fault = 'it sent what is not JSON'
    // Not by a close, which a peer that sends such things may never answer.
    event.target.terminate()
    return
  }
  onmessage(event)
}
