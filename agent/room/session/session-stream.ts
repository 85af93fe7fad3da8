import type { ByteStreamReader, Room } from '@livekit/rtc-node'
import type { Alarm, Clock } from '../../clock.ts'
import { asError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Stats } from '../../stats.ts'
import { ChatLimit } from '../../text/chat.ts'
import type { Bytes, Ms } from '../../units.ts'
import { isPerson, type Person, personOf } from '../people.ts'
import type { Witness } from '../text.ts'
import { Proceedings } from './proceedings.ts'
import type { Item } from './record.ts'
import {
  chatItem,
  event,
  type Request,
  type Response,
  readRequest,
  response,
  rtcStats,
  type SessionEvent,
  timestamp,
} from './wire.ts'

const TOPIC = 'lk.agent.session'

/** A request is a few bytes, or a typed line. */
const MOST_REQUEST_BYTES: Bytes = 32_000
/** One that has not come whole within this time is not waited for, ms. */
const READ_WITHIN_MS: Ms = 5_000
/** Only so many people are sent events: each asks for one with its first request. */
const MOST_LISTENERS = 16
/** With more on its way than this, no request is answered; with more than a quarter of it, no event is sent. */
const MOST_PENDING = 64
/** Front ends give a request up after 5 s, so what there is of an answer is sent before. */
const RUN_WITHIN_MS: Ms = 4_500
/** Statistics of this many streams, each way. */
const MOST_STATS = 64

/** What others may know of the agent. Its instructions are not among it: they are the operator's, and the room may be anybody's. */
export type About = {
  tools: readonly string[]
  model: string
  /** Settings worth knowing, in words. */
  options: Readonly<{ [name: string]: string }>
  version: string
}

export type SessionStreamOptions = {
  clock: Clock
  log: Log
  /** Counts session_requests_refused and session_events_dropped. */
  stats: Stats
  about: () => About
  newId: () => string
  /** A line that somebody typed for the agent. */
  ask: (person: Person, line: string) => void
}

/**
 * LiveKit's remote session, which its agents playground reads: answers questions about the conversation and tells of what happens in
 * it, as short byte streams of protobuf. Anybody in the room may ask; whoever has asked is sent the events. Nothing here throws.
 */
export class SessionStream {
  readonly #room: Room
  readonly #options: SessionStreamOptions
  /** What goes on; tell it, and whoever listens is told. */
  readonly proceedings: Proceedings
  readonly #listeners = new Set<string>()
  readonly #limit = new ChatLimit()
  readonly #began: Ms
  #running: { identity: string; request: string; items: Item[]; alarm: Alarm } | undefined
  #order: Promise<void> = Promise.resolve()
  #pending = 0
  #isClosed = false

  constructor(room: Room, options: SessionStreamOptions) {
    this.#room = room
    this.#options = options
    this.#began = options.clock.wall()
    this.proceedings = new Proceedings(options.clock, options.newId, {
      event: what => this.#tell(what),
      answer: item => this.#running?.items.push(item),
      said: () => this.#answerRun(),
      used: () => this.#tell({ case: 'sessionUsageUpdated', value: { usage: this.#usage() } }),
    })
  }

  /** Answers from now on. */
  open(): void {
    this.#room.registerByteStreamHandler(TOPIC, (reader, { identity }) => {
      this.#read(reader, identity).catch(error =>
        this.#options.log.debug('session request not read', { identity, error: asError(error) }),
      )
    })
  }

  close(): void {
    this.#isClosed = true
    this.#running?.alarm.cancel()
    this.#listeners.clear()
    this.#room.unregisterByteStreamHandler(TOPIC)
  }

  /** What the room is shown of words is told here too. */
  get witness(): Witness {
    const { proceedings } = this
    return {
      heard: (identity, text, isFinal) => proceedings.heard(this.#person(identity), text, isFinal),
      speak: () => proceedings.speak(),
      did: activity => activity.kind === 'tool' && proceedings.tool(activity),
    }
  }

  #person(identity: string): Person {
    const participant = this.#room.remoteParticipants.get(identity)
    return participant === undefined ? { identity, name: identity } : personOf(participant)
  }

  async #read(reader: ByteStreamReader, identity: string): Promise<void> {
    const participant = this.#room.remoteParticipants.get(identity)
    const person = participant !== undefined && isPerson(participant) ? personOf(participant) : undefined
    const { clock, stats } = this.#options
    const isWelcome = person !== undefined && this.#limit.accepts(identity, clock.now())
    if (!isWelcome || this.#pending > MOST_PENDING) {
      stats.add('session_requests_refused')
      return reader.close()
    }
    const tooLate = clock.after(READ_WITHIN_MS, () => void reader.close())
    const bytes = await whole(reader).finally(() => tooLate.cancel())
    if (bytes === undefined) return stats.add('session_requests_refused')
    const request = readRequest(bytes)
    if (request === undefined || this.#isClosed) return
    if (this.#listeners.size < MOST_LISTENERS) this.#listeners.add(identity)
    this.#answer(person, request)
  }

  #answer(person: Person, { id, what, text }: Request): void {
    const reply = (rest: Omit<Response, 'requestId'>) => this.#send(response(id, rest), [person.identity])
    const refuse = (error: string) => reply({ error })
    const { clock } = this.#options
    const about = this.#options.about()
    const identity = this.#room.localParticipant?.identity ?? ''
    switch (what) {
      case 'ping':
        return reply({ response: { case: 'pong', value: {} } })
      case 'getChatHistory':
        return reply({ response: { case: 'getChatHistory', value: { items: this.#items() } } })
      case 'getAgentInfo': {
        const value = { id: identity, tools: [...about.tools], chatCtx: this.#items() }
        return reply({ response: { case: 'getAgentInfo', value } })
      }
      case 'getSessionState': {
        const value = {
          ...this.proceedings.now,
          agentId: identity,
          options: { ...about.options },
          createdAt: timestamp(this.#began),
        }
        return reply({ response: { case: 'getSessionState', value } })
      }
      case 'getSessionUsage': {
        const value = { usage: this.#usage(), createdAt: timestamp(clock.wall()) }
        return reply({ response: { case: 'getSessionUsage', value } })
      }
      case 'getFrameworkInfo': {
        const value = { sdk: 'roundtable', sdkVersion: about.version }
        return reply({ response: { case: 'getFrameworkInfo', value } })
      }
      case 'getRtcStats':
        this.#room
          .getRtcStats()
          .then(stats => reply({ response: { case: 'getRtcStats', value: rtcStats(stats, MOST_STATS) } }))
          .catch(() => refuse('there are no statistics now'))
        return
      case 'runInput':
        return this.#run(person, id, text.trim(), refuse)
      case 'updateIo':
        return refuse('nobody switches the agent for everybody from here: mute yourself, or deafen it')
      default:
        return refuse(`this agent does not know ${what ?? 'that request'}`)
    }
  }

  #run(person: Person, request: string, line: string, refuse: (error: string) => void): void {
    if (line === '') return refuse('run_input needs a text')
    if (this.#running !== undefined) return refuse('another run_input is still being answered')
    const alarm = this.#options.clock.after(RUN_WITHIN_MS, () => this.#answerRun())
    this.#running = { identity: person.identity, request, items: [], alarm }
    this.#options.ask(person, line)
  }

  /** The turn is over, or there is no time left. */
  #answerRun(): void {
    const running = this.#running
    if (running === undefined) return
    running.alarm.cancel()
    this.#running = undefined
    const items = running.items.map(chatItem)
    const rest =
      items.length > 0
        ? ({ response: { case: 'runInput', value: { items } } } as const)
        : { error: 'the answer takes longer; it will come as a conversation item' }
    this.#send(response(running.request, rest), [running.identity])
  }

  #items() {
    return this.proceedings.items.map(chatItem)
  }

  #usage() {
    const { model } = this.#options.about()
    const { tokens } = this.proceedings
    const llm = { provider: 'google', model, inputTokens: tokens }
    return { modelUsage: tokens === 0 ? [] : [{ usage: { case: 'llm', value: llm } as const }] }
  }

  #tell(what: SessionEvent): void {
    for (const identity of this.#listeners)
      if (!this.#room.remoteParticipants.has(identity)) this.#listeners.delete(identity)
    if (this.#listeners.size === 0) return
    if (this.#pending > MOST_PENDING / 4) return this.#options.stats.add('session_events_dropped')
    this.#send(event(this.#options.clock.wall(), what), [...this.#listeners])
  }

  /** One stream a message, one after the other: what happened first arrives first. */
  #send(bytes: Uint8Array, to: string[]): void {
    if (this.#isClosed) return
    this.#pending++
    const send = async () => {
      const participant = this.#room.localParticipant!
      const name = this.#options.newId()
      const writer = await participant.streamBytes({ name, topic: TOPIC, destinationIdentities: to })
      await writer.write(bytes)
      await writer.close()
    }
    this.#order = this.#order
      .then(send)
      .catch(error => this.#options.log.debug('session message not sent', { error: asError(error) }))
      .finally(() => this.#pending--)
  }
}

/** All of a stream; undefined when it is longer than a request may be. */
async function whole(reader: ByteStreamReader): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of reader) {
    bytes += part.length
    if (bytes > MOST_REQUEST_BYTES) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}
