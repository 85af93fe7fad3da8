/*
 * Roundtable as a library: what `import { converse, worker } from 'roundtable'` gives. Nothing here reads the environment
 * or a file of variables; whoever wants the environment to count passes it as `settings`.
 */
import './worker/quiet.ts'
import { randomUUID } from 'node:crypto'
import { systemClock } from './clock.ts'
import { type Config, readConfig } from './config.ts'
import { conversations } from './conversations.ts'
import { asError } from './errors.ts'
import type { Ended, Running } from './job.ts'
import { Log } from './log.ts'
import { agentToken } from './room/token.ts'
import { Stats } from './stats.ts'
import type { Tool } from './tools/tool.ts'
import { openToolbox } from './tools/toolbox.ts'
import { VERSION } from './version.ts'
import { startWorker } from './worker/worker.ts'

export {
  ConfigError,
  LiveError,
  type LiveErrorKind,
  type Problem,
  RoomError,
  type RoomErrorKind,
} from './errors.ts'
export type { Ended, Running } from './job.ts'
export { fromOpenApi, type OpenApiDocument, type Operation } from './tools/openapi.ts'
export type { JsonSchema, Parameters } from './tools/schema.ts'
export {
  Answer,
  type Behaviour,
  defineTool,
  type Scheduling,
  type Tool,
  type ToolContext,
} from './tools/tool.ts'

/**
 * Variables by the names that the README's configuration table and `.env.example` give them, such as `MODEL`, `VOICE`,
 * `INSTRUCTIONS`, `GEMINI_API_KEY`, `LIVEKIT_URL`. Absent or empty is unset.
 */
export type Variables = Readonly<Record<string, string | undefined>>

/** What `worker` and `converse` share. */
export type AgentOptions = {
  /** The configuration; without it everything is at its default, and a rehearsal on this machine answers in Gemini's place. */
  settings?: Variables
  /** Functions that the model may call, besides those that TOOLS and MCP name. */
  tools?: readonly Tool[]
  /** Gets every line of the log, one JSON object and a line feed each. Unset: standard error. */
  log?: (line: string) => void
}

/** What `worker` takes. */
export type WorkerOptions = AgentOptions & {
  /**
   * Variables that differ in one room, asked for when the worker is given it; they are laid over `settings`. `metadata` is
   * what the dispatch says. Where it throws, or names what cannot be used, the room is not entered and the log says why.
   */
  room?: (room: { name: string; metadata: string }) => Variables
}

/** A worker that serves LiveKit's dispatch. */
export type Worker = AsyncDisposable & {
  /** Resolves at the first registration with the worker's id and LiveKit's version. Pending while LiveKit cannot be reached. */
  readonly registered: Promise<{ worker: string; server: string }>
  /** Resolves once, when the worker has closed or LiveKit has refused its key; never rejects. */
  readonly ended: Promise<{ why: 'closed' } | { why: 'refused'; error: Error }>
  /** How many rooms the agent is in. */
  readonly rooms: number
  /** Where `/healthz` and `/metrics` are, on loopback. */
  readonly healthPort: number
  /** Takes no more rooms, leaves those it has within three seconds, handing them on to other workers, and ends. */
  close(): Promise<void>
}

/** What `converse` takes. */
export type ConverseOptions = AgentOptions & {
  /** The room's name. LiveKit makes it where it is not there yet. */
  room: string
  /** Who the agent is in the room; LiveKit sends out whoever had this identity before. Default `agent`. */
  identity?: string
}

/**
 * Registers with LiveKit and talks in every room it is given, many at a time, until it is closed: what
 * `npm run worker` runs. It handles no signals; that is the program's business.
 * @throws ConfigError with every variable of `settings` and every tool that cannot be used; an Error where HEALTH_PORT is held.
 */
export async function worker(options: WorkerOptions = {}): Promise<Worker> {
  const { settings = {}, room } = options
  const config = readConfig({ ...settings })
  const log = logFor('worker', config, options)
  const stats = new Stats()
  const toolbox = await openToolbox(config.tools, config.live.profile, {
    log,
    clock: systemClock,
    own: options.tools ?? [],
  })
  const inRoom = (config: Config) => conversations({ config, toolbox, clock: systemClock, log, stats })
  const everywhere = inRoom(config)
  const { livekit, agentName, healthPort } = config
  const serving = await startWorker({
    livekit,
    agentName,
    healthPort,
    converse: job => {
      if (room === undefined) return everywhere(job)
      try {
        const differing = room({ name: job.room, metadata: job.metadata })
        return inRoom(readConfig({ ...settings, ...differing }))(job)
      } catch (thrown) {
        const error = asError(thrown)
        log.error('a room cannot be served as asked', { room: job.room, error })
        return over({ why: 'failed', error })
      }
    },
    version: VERSION,
    log,
    stats,
  })
  const close = async () => {
    await serving.close()
    await toolbox[Symbol.asyncDispose]()
  }
  return {
    registered: serving.registered,
    ended: serving.ended,
    get rooms() {
      return serving.jobs
    },
    healthPort: serving.healthPort,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/**
 * Enters one room without being asked by LiveKit's dispatch, and talks there until everybody has left or it is closed.
 * @throws ConfigError with every variable of `settings` that cannot be used. A room that cannot be joined, or a tool that cannot be
 * used, is `ended`.
 */
export function converse(options: ConverseOptions): Running {
  const { settings = {}, room, identity = 'agent' } = options
  const config = readConfig({ ...settings })
  const log = logFor('converse', config, options)
  const clock = systemClock
  const begin = async () => {
    const toolbox = await openToolbox(config.tools, config.live.profile, {
      log,
      clock,
      own: options.tools ?? [],
    })
    const talk = conversations({ config, toolbox, clock, log, stats: new Stats() })
    const { url } = config.livekit
    const token = await agentToken(config.livekit, room, identity)
    const running = talk({
      id: `local-${randomUUID().slice(0, 8)}`,
      room,
      url,
      token,
      identity,
      metadata: '',
    })
    const leave = () => toolbox[Symbol.asyncDispose]()
    return { ended: running.ended.finally(leave), close: () => running.close() }
  }
  const beginning = begin()
  const ended = beginning.then(
    running => running.ended,
    (thrown: unknown): Ended => ({ why: 'failed', error: asError(thrown) }),
  )
  const close = async () => {
    await beginning.then(running => running.close()).catch(() => {})
    await ended
  }
  return { ended, close, [Symbol.asyncDispose]: close }
}

function logFor(part: string, { logLevel }: Config, { log }: AgentOptions): Log {
  return new Log({ part }, logLevel, log)
}

/** A conversation that never began. */
function over(ended: Ended): Running {
  const close = async () => {}
  return { ended: Promise.resolve(ended), close, [Symbol.asyncDispose]: close }
}
