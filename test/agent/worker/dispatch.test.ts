import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  AvailabilityRequest,
  Job,
  JobType,
  RegisterWorkerResponse,
  Room,
  ServerMessage,
  WorkerMessage,
} from '@livekit/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { Log } from '../../../agent/log.ts'
import { Dispatch } from '../../../agent/worker/dispatch.ts'
import type { Phase } from '../../../agent/worker/phase.ts'
import type { Incoming } from '../../../agent/worker/wire.ts'
import { SteppedClock } from '../rehearsal/clock.ts'

/** As much of LiveKit as a worker's socket sees, on a free port. */
class StandIn {
  readonly #http: Server
  readonly #sockets: WebSocketServer
  readonly workers: WebSocket[] = []
  readonly heard: WorkerMessage['message'][] = []
  #waiting: (() => void)[] = []
  doesRegister = true
  pings = 0
  /** Answered instead of being upgraded. */
  refusal: { status: number; body: string } | undefined

  constructor() {
    this.#http = createServer((_request, response) => {
      // The worker asks by HTTP what is wrong with its key.
      const { status, body } = this.refusal ?? { status: 200, body: '{"rooms":[]}' }
      response.writeHead(status).end(body)
    })
    this.#sockets = new WebSocketServer({ noServer: true, autoPong: false })
    this.#http.on('upgrade', (request, socket, head) => {
      if (this.refusal !== undefined) {
        const { status, body } = this.refusal
        socket.end(
          `HTTP/1.1 ${status} No\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
        )
        return
      }
      this.#sockets.handleUpgrade(request, socket, head, worker => this.#serve(worker))
    })
  }

  async start(): Promise<string> {
    this.#http.listen(0, '127.0.0.1')
    await once(this.#http, 'listening')
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    for (const worker of this.workers) worker.terminate()
    this.#http.closeAllConnections()
    await new Promise(resolve => this.#http.close(resolve))
  }

  say(message: ServerMessage['message'], worker = this.workers.at(-1)!): void {
    worker.send(new ServerMessage({ message }).toBinary())
  }

  /** Resolves once `fact` holds; looked at whenever something arrives. */
  async until(fact: () => boolean): Promise<void> {
    while (!fact()) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  stir(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #serve(worker: WebSocket): void {
    this.workers.push(worker)
    worker.on('ping', () => {
      this.pings++
      this.stir()
    })
    worker.on('message', (data: Buffer) => {
      const { message } = WorkerMessage.fromBinary(data)
      this.heard.push(message)
      if (message.case === 'register' && this.doesRegister)
        this.say(
          { case: 'register', value: new RegisterWorkerResponse({ workerId: `AW_${this.workers.length}` }) },
          worker,
        )
      this.stir()
    })
    this.stir()
  }
}

let server: StandIn
let url: string
let clock: SteppedClock
let dispatch: Dispatch
let phases: Phase[]
let messages: Incoming[]
const lines: string[] = []

const options = () => ({
  livekit: { url, apiKey: 'devkey', apiSecret: 'a-secret-that-nobody-may-see-anywhere', isLocal: false },
  agentName: '',
  version: 'test',
  log: new Log({}, 'debug', line => lines.push(line)),
  clock,
  random: () => 1,
  status: () => ({ say: 'status', isFull: false, load: 0.1, jobs: 0 }) as const,
})

beforeEach(async () => {
  server = new StandIn()
  url = await server.start()
  clock = new SteppedClock()
  phases = []
  messages = []
  lines.length = 0
  dispatch = new Dispatch({
    ...options(),
    onPhase: phase => {
      phases.push(phase)
      server.stir()
    },
    onMessage: message => {
      messages.push(message)
      server.stir()
    },
  })
  dispatch.start()
})

afterEach(async () => {
  await dispatch.close()
  await server.close()
})

const isAt = (at: Phase['at']) => () => dispatch.phase.at === at
const count = (said: string) => server.heard.filter(message => message.case === said).length

describe('a worker and its server', () => {
  it('registers, and says its load at once and then every 2.5 s', async () => {
    await server.until(() => count('updateWorker') === 1)
    expect(dispatch.phase).toMatchObject({ at: 'registered', as: { worker: 'AW_1' } })
    await clock.pass(2500)
    await server.until(() => count('updateWorker') === 2)
  })

  it('hands on what the server says', async () => {
    await server.until(isAt('registered'))
    const job = new Job({ id: 'AJ_1', type: JobType.JT_ROOM, room: new Room({ name: 'kitchen' }) })
    server.say({ case: 'availability', value: new AvailabilityRequest({ job }) })
    await server.until(() => messages.length > 0)
    expect(messages).toMatchObject([{ got: 'offer', offer: { id: 'AJ_1', room: 'kitchen' } }])
  })

  it('survives frames that are no messages', async () => {
    await server.until(isAt('registered'))
    server.workers[0]!.send(Buffer.from([0xff, 0xff, 0xff]))
    server.workers[0]!.send('not even binary')
    const job = new Job({ id: 'AJ_1' })
    server.say({ case: 'availability', value: new AvailabilityRequest({ job }) })
    await server.until(() => messages.length > 0)
    expect(dispatch.phase.at).toBe('registered')
  })

  it('sends nothing while it is not registered', async () => {
    expect(dispatch.send({ say: 'decline', job: 'AJ_1', isDone: false })).toBe(false)
    await server.until(isAt('registered'))
    expect(dispatch.send({ say: 'decline', job: 'AJ_1', isDone: false })).toBe(true)
  })
})

describe('a server that goes away', () => {
  it('is registered with again after a short wait', async () => {
    await server.until(isAt('registered'))
    server.workers[0]!.terminate()
    await server.until(isAt('waiting'))
    await clock.pass(299)
    expect(dispatch.phase.at).toBe('waiting')
    await clock.pass(1)
    await server.until(isAt('registered'))
    expect(dispatch.phase).toMatchObject({ as: { worker: 'AW_2' } })
  })

  it('without a word is noticed within 20 s', async () => {
    await server.until(isAt('registered'))
    await clock.pass(15_000)
    expect(dispatch.phase.at).toBe('registered')
    await clock.pass(5001)
    expect(dispatch.phase).toMatchObject({ at: 'waiting', why: { kind: 'lost' } })
  })

  it('is not taken for gone as long as it pings, and is pinged itself', async () => {
    await server.until(isAt('registered'))
    for (let beat = 1; beat <= 3; beat++) {
      await clock.pass(10_000)
      const answered = once(server.workers[0]!, 'pong')
      server.workers[0]!.ping()
      await answered
    }
    await server.until(() => server.pings === 6)
    expect(dispatch.phase.at).toBe('registered')
  })

  it('that lets us in and never registers us is given up after 10 s', async () => {
    server.doesRegister = false
    await server.until(() => count('register') === 1)
    await clock.pass(9999)
    expect(dispatch.phase.at).toBe('registering')
    await clock.pass(1)
    expect(phases.at(1)).toMatchObject({ at: 'waiting', why: { message: expect.stringContaining('10 s') } })
  })
})

describe('a server that refuses us', () => {
  it.each([
    [
      'secret',
      'invalid token: eyJhbGciOiJIUzI1NiJ9.x.y, error: token signature is invalid',
      'unauthorized',
      'LIVEKIT_API_SECRET',
    ],
    ['key', 'invalid API key: devkey', 'unauthorized', 'LIVEKIT_API_KEY'],
    [
      'clock',
      'invalid token: eyJhbGciOiJIUzI1NiJ9.x.y, error: token is not valid yet',
      'clock',
      'clock of this machine',
    ],
  ])(
    'from the first for our %s ends the worker, in words that name it and show neither secret nor token',
    async (_, body, kind, words) => {
      await server.until(isAt('registered'))
      server.refusal = { status: 401, body }
      const refused = new Dispatch({ ...options(), onPhase: () => {}, onMessage: () => {} })
      refused.start()
      const ended = await refused.ended
      expect(ended).toMatchObject({ why: 'refused', error: { kind } })
      const said = (ended.why === 'refused' ? ended.error.message : '') + lines.join('')
      expect(said).toContain(words)
      expect(said).not.toContain('eyJ')
      expect(said).not.toContain('nobody-may-see')
    },
  )

  it('after we have served is tried again: rooms depend on us', async () => {
    await server.until(isAt('registered'))
    server.refusal = { status: 401, body: 'invalid API key: devkey' }
    server.workers[0]!.terminate()
    await server.until(isAt('waiting'))
    await clock.pass(300)
    await server.until(() => phases.filter(phase => phase.at === 'waiting').length === 2)
    expect(dispatch.phase).toMatchObject({ why: { kind: 'unauthorized' } })
    server.refusal = undefined
    await clock.pass(5000)
    await server.until(isAt('registered'))
  })
})
