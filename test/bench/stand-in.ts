import { EventEmitter } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { HEARING_RATE, type Hz, type Ms, type Samples } from '../../agent/units.ts'
import { burstyAnswer, frame, type Piece, shortAnswer } from './answer.ts'
import { now } from './instant.ts'
import { type Edge, ToneDetector } from './tone.ts'

/** The tone in which people speak to the stand-in. */
export const PERSON_TONE: Hz = 1000
export const LONG_ANSWER_MS: Ms = 10_000
const SHORT_ANSWER_MS: Ms = 200
/** A tone counts as a new one when it was quiet for this long before: a hole inside a tone is not a second onset. */
const REST: Samples = 0.06 * HEARING_RATE

/** A tone is over for a patient listener when it has been quiet for this long. */
const OVER: Samples = 0.5 * HEARING_RATE

/**
 * What the stand-in does when it hears a tone begin. `echo`: answers with a tone of 200 ms. `long`: with one of 10 s, sent in
 * bursts four times faster than real time. `interrupted`: the same, until the next onset stops it. `patient`: answers with a tone of
 * 200 ms when what was said is over, as the service does; an onset stops that too.
 */
export type Manner = 'silent' | 'echo' | 'long' | 'interrupted' | 'patient'

/** What has arrived on one session: `samples`, of which the last at `at`. */
export type Received = { samples: Samples; at: Ms }

type Happenings = {
  /** A tone began; when the chunk that showed it arrived. */
  onset: [at: Ms]
  /** `interrupted` was sent. */
  interrupted: [at: Ms]
  /** A session was set up or went away. */
  sessions: []
  /** Sound of people arrived, 16 kHz. */
  sound: [pcm: Int16Array, at: Ms]
}

/** A Live API that thinks for no time at all: what it costs to reach it and to be heard is all that can be measured with it. */
export class StandIn extends EventEmitter<Happenings> implements AsyncDisposable {
  manner: Manner = 'silent'
  /** Nobody comes through: every connection is torn down at once. */
  isAway = false
  /** The sessions that are open, oldest first. */
  readonly sessions = new Set<Session>()
  readonly #server: WebSocketServer
  readonly echo = shortAnswer(SHORT_ANSWER_MS)
  /** The long answer; a measure may put another of the same length in its place. */
  answer = burstyAnswer(LONG_ANSWER_MS, 4)

  private constructor(server: WebSocketServer) {
    super()
    this.#server = server
    server.on('connection', (socket, request) => this.#open(socket, request.url ?? ''))
  }

  /** Listens on a free port of this machine. */
  static async start(): Promise<StandIn> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
    await new Promise<void>((resolve, reject) => server.once('listening', resolve).once('error', reject))
    return new StandIn(server)
  }

  /** What goes into `httpOptions.baseUrl` or GOOGLE_GEMINI_BASE_URL. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The session that was opened last. */
  get newest(): Session | undefined {
    return [...this.sessions].at(-1)
  }

  async close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    await new Promise(resolve => this.#server.close(resolve))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #open(socket: WebSocket, path: string): void {
    if (this.isAway) return socket.terminate()
    // The JS SDK asks for //ws/google.ai...
    if (!/^\/ws\/google\.ai\.generativelanguage\.[^/]*\.BidiGenerateContent/.test(path.replace(/\/+/g, '/')))
      return socket.close(1008, 'unknown path')
    // Whoever closes without a code is answered with 1000.
    const close = socket.close.bind(socket)
    socket.close = (code = 1000, reason = '') => close(code, reason)
    const session = new Session(this, socket)
    socket.once('close', () => {
      session.stop()
      this.sessions.delete(session)
      this.emit('sessions')
    })
  }
}

class Session {
  received: Received = { samples: 0, at: now() }
  readonly #standIn: StandIn
  readonly #socket: WebSocket
  readonly #detector = new ToneDetector(PERSON_TONE, HEARING_RATE)
  /** The messages of the answer that is being given; undefined while nothing is said. */
  #answering: NodeJS.Timeout[] | undefined
  /** For how long it has been quiet since a tone that is not answered yet; undefined where none waits. */
  #quiet: Samples | undefined

  constructor(standIn: StandIn, socket: WebSocket) {
    this.#standIn = standIn
    this.#socket = socket
    socket.on('message', data => this.#read(data))
    socket.on('error', () => socket.terminate())
  }

  /** Tears the connection down without a word, which the other end sees as 1006, or closes it with another code. */
  cut(code?: number): void {
    if (code === undefined) this.#socket.terminate()
    else this.#socket.close(code, 'Internal error encountered.')
  }

  /** Says that the connection ends in `ms`. */
  goAway(ms: Ms): void {
    this.#socket.send(frame({ goAway: { timeLeft: `${ms / 1000}s` } }))
  }

  /** Tells what was heard, as the service does. */
  transcribe(text: string): void {
    this.#socket.send(frame({ serverContent: { inputTranscription: { text } } }))
  }

  /** Says the answer of the stand-in, unasked. */
  answer(): void {
    this.#say(this.#standIn.answer, LONG_ANSWER_MS)
  }

  /** Ends a turn, also one in which nothing was said. */
  endTurn(): void {
    this.#socket.send(frame({ serverContent: { turnComplete: true } }))
  }

  /** Says no more of the answer. */
  stop(): void {
    for (const timer of this.#answering ?? []) clearTimeout(timer)
    this.#answering = undefined
  }

  #read(data: RawData): void {
    const at = now()
    const message = JSON.parse(data.toString())
    if (message.setup !== undefined) {
      this.#socket.send(frame({ setupComplete: {} }))
      this.#giveHandle()
      this.#standIn.sessions.add(this)
      this.#standIn.emit('sessions')
    }
    const audio = message.realtimeInput?.audio?.data
    if (typeof audio === 'string') this.#hear(samplesOf(audio), at)
  }

  #hear(pcm: Int16Array, at: Ms): void {
    this.received = { samples: this.received.samples + pcm.length, at }
    this.#standIn.emit('sound', pcm, at)
    if (this.#quiet !== undefined) this.#quiet += pcm.length
    for (const edge of this.#detector.push(pcm)) {
      this.#quiet = edge.isTone ? undefined : pcm.length - edge.offset
      if (isOnset(edge)) this.#respond(at)
    }
    if (this.#standIn.manner !== 'patient' || (this.#quiet ?? 0) < OVER) return
    this.#quiet = undefined
    this.#say(this.#standIn.echo, SHORT_ANSWER_MS)
  }

  #respond(at: Ms): void {
    const { manner } = this.#standIn
    if ((manner === 'interrupted' || manner === 'patient') && this.#answering !== undefined) this.#interrupt()
    else if (manner === 'echo') this.#say(this.#standIn.echo, SHORT_ANSWER_MS)
    else if (manner !== 'silent' && manner !== 'patient' && this.#answering === undefined)
      this.#say(this.#standIn.answer, LONG_ANSWER_MS)
    this.#standIn.emit('onset', at)
  }

  /** Like the service, holds `turnComplete` back until what was said should have been heard. */
  #say(pieces: readonly Piece[], lastsMs: Ms): void {
    this.stop()
    const timers: NodeJS.Timeout[] = []
    for (const { dueMs, message } of pieces) {
      if (dueMs === 0) this.#socket.send(message)
      else timers.push(setTimeout(() => this.#socket.send(message), dueMs))
    }
    const sentMs = pieces.at(-1)?.dueMs ?? 0
    const generated = frame({ serverContent: { generationComplete: true } })
    timers.push(setTimeout(() => this.#socket.send(generated), sentMs))
    timers.push(
      setTimeout(() => {
        this.#answering = undefined
        this.#socket.send(frame({ serverContent: { turnComplete: true } }))
        this.#giveHandle()
      }, lastsMs),
    )
    this.#answering = timers
  }

  /** The conversation can be taken up from here; whoever comes with a handle is let in. */
  #giveHandle(): void {
    this.#socket.send(frame({ sessionResumptionUpdate: { newHandle: `${++handles}`, resumable: true } }))
  }

  #interrupt(): void {
    this.stop()
    this.#socket.send(frame({ serverContent: { interrupted: true } }))
    this.#standIn.emit('interrupted', now())
    this.#socket.send(frame({ serverContent: { turnComplete: true } }))
  }
}

let handles = 0

export type { Session }

function isOnset({ isTone, after }: Edge): boolean {
  return isTone && after >= REST
}

/** PCM16 little-endian in base64; an odd last byte is no sample. */
function samplesOf(base64: string): Int16Array {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  return new Int16Array(bytes.buffer, 0, bytes.length >> 1)
}
