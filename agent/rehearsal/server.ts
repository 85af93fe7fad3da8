import type { AddressInfo, Server as NetServer } from 'node:net'
import { type Clock, systemClock } from '../clock.ts'
import { StartError } from '../errors.ts'
import type { ModelProfile } from '../live/models.ts'
import { Log } from '../log.ts'
import type { Ms } from '../units.ts'
import { answerRequest } from './control/http.ts'
import { makeCertificate } from './door/certificate.ts'
import type { Keys } from './door/door.ts'
import { defaultLimits, type Limits } from './door/limits.ts'
import { sharePort } from './door/port.ts'
import { Tokens } from './door/tokens.ts'
import { OPENING } from './honest/honest.ts'
import { Journal, type JournalBounds } from './journal/journal.ts'
import { Handles } from './life/handles.ts'
import { ScaledClock } from './life/life.ts'
import type { Behaviour } from './profiles.ts'
import { Director } from './scenario/director.ts'
import type { Fault, Scenario } from './scenario/scenario.ts'
import { Sockets } from './sockets.ts'
import type { Answers } from './turns/script.ts'
import { DEFAULT_VOICE } from './voice/cast.ts'
import { startSynthesiser } from './voice/synthesiser.ts'
import { Voice } from './voice/voice.ts'

export type RehearsalOptions = {
  /** 0, the default, is any free port. Plain and TLS connections share it. */
  port?: number
  /** Loopback unless told otherwise: it asks nobody who they are. */
  host?: string
  log?: Log
  clock?: Clock
  /** What is to happen; nothing special unless set. */
  scenario?: Scenario
  /** Ages, caps and lifetimes of handles pass this many times as fast; sound does not. */
  timeScale?: number
  /** Scripts the answers; the honest one where it gives undefined. */
  answers?: Answers
  /** Never answers. */
  silent?: boolean
  /** Silence that ends a turn where the client asks for none; 500 ms unless set. */
  silenceMs?: Ms
  /** What differs from the profile of the session's model. */
  behaviour?: Partial<Behaviour> | ((behaviour: Behaviour, model: ModelProfile) => Behaviour)
  /** Keys that are let in; any unless set. */
  keys?: Keys
  /** Chunk lengths and every other chance follow from it. */
  seed?: number
  journal?: Partial<JournalBounds>
  limits?: Partial<Limits>
}

/** Connections besides the sessions. */
const MOST_OTHERS = 1_000

/** A local Live API that takes real audio. */
export type Rehearsal = AsyncDisposable & {
  /** What GOOGLE_GEMINI_BASE_URL is to be, such as http://127.0.0.1:8790 */
  readonly url: string
  /** The same port by TLS. */
  readonly secureUrl: string
  /** The authority that a TLS client is to trust, PEM: what SSL_CERT_FILE is to name. */
  readonly authority: string
  readonly journal: Journal
  /** Sessions that begin from now on play `scenario`; an empty one is none. */
  play(scenario: Scenario): void
  /** Does something to a living session, as the journal calls it; false where there is none. */
  strike(session: string, fault: Fault): boolean
  /** Resolves when it has closed. */
  readonly ended: Promise<void>
  /** Ends every session with 1001, then the server. */
  close(): Promise<void>
}

/**
 * Starts the server and its voice; resolves when both are up.
 * @throws StartError when the port is held or no synthesiser is there.
 */
export async function startRehearsal(options: RehearsalOptions = {}): Promise<Rehearsal> {
  const { port = 0, host = '127.0.0.1', clock = systemClock, timeScale = 1 } = options
  const log = options.log ?? new Log({ part: 'rehearsal' }, 'error')
  const limits = { ...defaultLimits, ...options.limits }
  const keys = options.keys ?? 'any'
  const journal = new Journal(options.journal)
  const tokens = new Tokens(clock)
  const lifeClock = new ScaledClock(clock, timeScale)
  let director = new Director({})
  const play = (scenario: Scenario) => {
    director = new Director(scenario)
    lifeClock.rescale(scenario.timeScale ?? timeScale)
  }
  play(options.scenario ?? {})
  const synthesiser = await startSynthesiser()
  const voice = new Voice(synthesiser)
  const stage = {
    clock,
    lifeClock,
    voice,
    log,
    tokens,
    handles: new Handles(lifeClock),
    answers: options.answers,
    silent: options.silent ?? false,
    seed: options.seed ?? 1,
    director: () => director,
    adjust: adjusting(options),
  }
  const sockets = new Sockets(stage, journal, limits, keys)
  const strike = (id: string, fault: Fault) => {
    const session = sockets.session(id)
    session?.strike(fault)
    return session !== undefined
  }
  const having = {
    journal,
    tokens,
    keys,
    play,
    strike,
    count: () => sockets.count,
    scenario: () => director.scenario,
  }
  const certificate = makeCertificate(namesOf(host), clock.wall())
  const { server, closeAllConnections } = sharePort(certificate, {
    request: (request, response) => answerRequest(request, response, having),
    upgrade: (request, socket, head) => sockets.upgrade(request, socket, head),
  })
  // Beyond the sessions: connections that are refused, or ask by HTTP. More are dropped before they cost anything.
  server.maxConnections = limits.sessions + MOST_OTHERS
  try {
    // The first words of the default voice: after this the synthesiser is warm.
    await voice.say(OPENING, DEFAULT_VOICE)
    await listen(server, port, host)
  } catch (error) {
    await synthesiser.close()
    throw error
  }
  const ended = Promise.withResolvers<void>()
  let closing: Promise<void> | undefined
  const release = async () => {
    const stopped = new Promise<void>(resolve => server.close(() => resolve()))
    await sockets.close()
    closeAllConnections()
    await stopped
    await synthesiser.close()
    ended.resolve()
  }
  const close = () => (closing ??= release())
  const at = `${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`
  return {
    url: `http://${at}`,
    secureUrl: `https://${at}`,
    authority: certificate.authority,
    journal,
    play,
    strike,
    ended: ended.promise,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function adjusting({ behaviour = {}, silenceMs }: RehearsalOptions) {
  return (base: Behaviour, model: ModelProfile): Behaviour => {
    const asked = silenceMs === undefined ? base : { ...base, silenceMs }
    return typeof behaviour === 'function' ? behaviour(asked, model) : { ...asked, ...behaviour }
  }
}

function namesOf(host: string): string[] {
  const isEverywhere = host === '0.0.0.0' || host === '::'
  return [...new Set(['localhost', '127.0.0.1', '::1', ...(isEverywhere ? [] : [host])])]
}

function listen(server: NetServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another program has it' : cause.message
      const help = 'set REHEARSAL_PORT to another port, or to 0 for any free one'
      reject(new StartError(`The rehearsal cannot listen on ${host}:${port}: ${why}; ${help}`, { cause }))
    })
    server.listen(port, host, resolve)
  })
}
