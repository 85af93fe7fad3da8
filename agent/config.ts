import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { config as dotenv } from 'dotenv'
import { ConfigError } from './errors.ts'
import { type LiveSettings, readLiveSettings } from './live/settings.ts'
import { changeable } from './live/tuning.ts'
import type { WishField } from './live/wish.ts'
import type { LogLevel } from './log.ts'
import { type Manners, manners, turnsFor } from './manners/manners.ts'
import { Settings } from './settings.ts'
import { readMcpFile } from './tools/mcp-file.ts'
import type { ToolConfig } from './tools/toolbox.ts'
import { type Seeing, seeings } from './video/look.ts'

/** How to reach LiveKit. */
export type LiveKitConfig = {
  /** ws:// or wss:// */
  url: string
  apiKey: string
  apiSecret: string
  /** No LIVEKIT_URL was given: `npm start` finds or starts a server on this machine. */
  isLocal: boolean
}

/** Where the Live API is. */
export type GeminiConfig =
  | { at: 'developer'; apiKey: string; baseUrl?: string }
  | { at: 'vertex'; project: string; location: string; baseUrl?: string }
  /** No key: a stand-in answers. `isOurs` says that `npm start` is to run it. */
  | { at: 'rehearsal'; baseUrl: string; isOurs: boolean }

export type WebConfig = {
  host: string
  port: number
  /** The room that `/` leads to. */
  room: string
  /** Rooms a guest may join; `*` is any room with a well-formed name. */
  rooms: readonly string[] | '*'
  /** What a guest must know; always set when the page listens beyond loopback. */
  inviteCode: string | undefined
  /** Origins of other front ends that may ask for a token, besides localhost. */
  origins: readonly string[]
  maxParticipants: number
  /** Where people see the page, when a proxy stands in front; without a slash at the end. */
  publicUrl: string | undefined
  /** Addresses and networks of proxies whose word on who asks, and how, counts. */
  trustedProxies: readonly string[]
  /** LiveKit's signalling is carried over the page's own port. */
  carriesSignals: boolean
  /** A browser may be given a token for a session of its own with the Live API. */
  isDirect: boolean
}

/** How the agent behaves among several people. */
export type MannersConfig = {
  /** When it may be heard; people may change it. */
  first: Manners
  /** What it is called besides its name. */
  aliases: readonly string[]
  /** The model is told who is in the room. */
  hasRoster: boolean
}

/** What the rehearsal server needs beyond its port. */
export type RehearsalConfig = {
  host: string
  /** A scenario to begin with. */
  scenarioFile: string | undefined
  /** The API keys that are let in; none listed: any. */
  keys: readonly string[]
}

/** What `npm start` needs beyond the settings of its parts. */
export type StartConfig = {
  /** Programs that were fetched, and logs; never inside the repository. */
  cacheDir: string
  /** The configuration of the LiveKit server that `npm start` runs. */
  liveKitFile: string
  /** Where LiveKit's releases are: a folder `v1.2.3` each, with the archives and `checksums.txt`. */
  releaseUrl: string
  /** Run by npm: when npm dies, so do we. */
  isUnderNpm: boolean
}

export type Config = Readonly<{
  livekit: LiveKitConfig
  gemini: GeminiConfig
  live: LiveSettings
  /** What the model is shown of a room. */
  video: Seeing
  manners: MannersConfig
  tools: ToolConfig
  /** Conversations are kept below it; undefined: none is. */
  recordDir: string | undefined
  /** What of the session people in a room may change while it runs. */
  peopleMaySet: readonly WishField[]
  /** People's pages may declare tools of their own, that run in their browsers. */
  guestTools: boolean
  /** Explicit dispatch under this name; empty: every new room gets the agent. */
  agentName: string
  /** The worker's health and metrics, on loopback; 0 is any free port. */
  healthPort: number
  rehearsalPort: number
  rehearsal: RehearsalConfig
  web: WebConfig
  start: StartConfig
  logLevel: LogLevel
}>

/** Adds `.env.local`, then `.env`, to the environment. What is already set wins. */
export function loadEnvFiles(): void {
  dotenv({ path: ['.env.local', '.env'], quiet: true })
}

/**
 * The whole configuration from `env`, frozen.
 * @throws ConfigError with every setting that cannot be used.
 */
export function readConfig(env: NodeJS.ProcessEnv, readText = readTextFile): Config {
  const settings = new Settings(env)
  const rehearsalPort = settings.port('REHEARSAL_PORT', 8790)
  const gemini = readGemini(settings, rehearsalPort)
  const live = readLiveSettings(settings, gemini.at === 'vertex' ? 'vertex' : 'developer', readText)
  const first = settings.choice('MANNERS', manners) ?? 'open'
  const config: Config = {
    livekit: readLiveKit(settings),
    gemini,
    live: Object.freeze({ ...live, turns: turnsFor(first) }),
    video: settings.choice('VIDEO', seeings) ?? 'grid',
    manners: {
      first,
      aliases: settings.list('ALIASES'),
      hasRoster: settings.choice('ROSTER', ['on', 'off']) !== 'off',
    },
    tools: readTools(settings, readText),
    recordDir: settings.text('RECORD_DIR'),
    peopleMaySet: readPeopleMaySet(settings),
    guestTools: settings.flag('PARTICIPANT_TOOLS'),
    agentName: settings.matching(
      'AGENT_NAME',
      /^[\w.-]{0,64}$/,
      '',
      'up to 64 letters, digits, dots or dashes',
    ),
    healthPort: settings.port('HEALTH_PORT', 8081),
    rehearsalPort,
    rehearsal: readRehearsal(settings),
    web: readWeb(settings, gemini),
    start: readStart(settings),
    logLevel: settings.choice('LOG_LEVEL', ['debug', 'info', 'warn', 'error']) ?? 'info',
  }
  if (settings.problems.length > 0) throw new ConfigError(settings.problems)
  return Object.freeze(config)
}

function readLiveKit(settings: Settings): LiveKitConfig {
  const url = settings.url('LIVEKIT_URL', ['ws:', 'wss:', 'http:', 'https:'])
  const apiKey = settings.text('LIVEKIT_API_KEY')
  const apiSecret = settings.secret('LIVEKIT_API_SECRET')
  if (url === undefined) {
    // A key or secret without a URL is honoured: the local server may have been given others than devkey and secret.
    return {
      url: 'ws://127.0.0.1:7880',
      apiKey: apiKey ?? 'devkey',
      apiSecret: apiSecret ?? 'secret',
      isLocal: true,
    }
  }
  const where = 'is needed with LIVEKIT_URL; LiveKit Cloud shows it under Settings > API keys'
  if (apiKey === undefined) settings.problem('LIVEKIT_API_KEY', where)
  if (apiSecret === undefined) settings.problem('LIVEKIT_API_SECRET', where)
  return { url: url.replace(/^http/, 'ws'), apiKey: apiKey ?? '', apiSecret: apiSecret ?? '', isLocal: false }
}

function readGemini(settings: Settings, rehearsalPort: number): GeminiConfig {
  const isVertex = settings.flag('GOOGLE_GENAI_USE_VERTEXAI')
  const ofGemini = settings.url('GOOGLE_GEMINI_BASE_URL', ['http:', 'https:'])
  const ofVertex = settings.url('GOOGLE_VERTEX_BASE_URL', ['http:', 'https:'])
  const given = isVertex ? (ofVertex ?? ofGemini) : ofGemini
  const baseUrl = given === undefined ? {} : { baseUrl: given }
  if (isVertex) {
    const project = settings.text('GOOGLE_CLOUD_PROJECT')
    if (project === undefined)
      settings.problem(
        'GOOGLE_CLOUD_PROJECT',
        'is needed with GOOGLE_GENAI_USE_VERTEXAI; it is the id of the Google Cloud project',
      )
    return {
      at: 'vertex',
      project: project ?? '',
      location: settings.text('GOOGLE_CLOUD_LOCATION') ?? 'global',
      ...baseUrl,
    }
  }
  const apiKey = settings.secret('GOOGLE_API_KEY') ?? settings.secret('GEMINI_API_KEY')
  if (apiKey !== undefined) return { at: 'developer', apiKey, ...baseUrl }
  return {
    at: 'rehearsal',
    baseUrl: given ?? `http://127.0.0.1:${rehearsalPort}`,
    isOurs: given === undefined,
  }
}

function readRehearsal(settings: Settings): RehearsalConfig {
  const host = settings.text('REHEARSAL_HOST') ?? '127.0.0.1'
  const keys = settings.list('REHEARSAL_KEYS')
  if (!isLoopback(host) && keys.length === 0)
    settings.problem(
      'REHEARSAL_KEYS',
      `is needed when REHEARSAL_HOST (${host}) is reachable from other machines; list the keys that are let in`,
    )
  return { host, scenarioFile: settings.text('REHEARSAL_SCENARIO'), keys }
}

function readTools(settings: Settings, readText: (path: string) => string | undefined): ToolConfig {
  const file = settings.text('MCP')
  const text = file === undefined ? undefined : readText(file)
  if (file !== undefined && text === undefined)
    settings.problem('MCP', `names the file ${file}, which is not there`)
  const { servers, problems } =
    text === undefined ? { servers: [], problems: [] } : readMcpFile(text, name => settings.text(name))
  for (const problem of problems) settings.problem('MCP', `names the file ${file}: ${problem}`)
  return { modules: settings.list('TOOLS'), servers }
}

function readPeopleMaySet(settings: Settings): WishField[] {
  const listed = settings.list('PEOPLE_MAY_SET')
  if (listed.length === 0) return ['voice', 'language']
  if (listed.length === 1 && listed[0] === 'none') return []
  const unknown = listed.filter(field => !changeable.some(one => one === field))
  if (unknown.length > 0)
    settings.problem(
      'PEOPLE_MAY_SET',
      `has ${unknown.join(', ')}; use none, or some of ${changeable.join(', ')}`,
    )
  return changeable.filter(field => listed.includes(field))
}

const roomName = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,63}$/u

function readWeb(settings: Settings, gemini: GeminiConfig): WebConfig {
  const host = settings.text('HOST') ?? '127.0.0.1'
  const room = settings.matching(
    'ROOM',
    roomName,
    'roundtable',
    'a name of up to 64 letters, digits, dots, dashes or underscores',
  )
  const listed = settings.list('ROOMS')
  const inviteCode = settings.secret('INVITE_CODE')
  if (!isLoopback(host) && inviteCode === undefined)
    settings.problem(
      'INVITE_CODE',
      `is needed when HOST (${host}) is reachable from other machines; choose any code of 8 characters or more`,
    )
  if (inviteCode !== undefined && inviteCode.length < 8)
    settings.problem('INVITE_CODE', 'is too short; use 8 characters or more')
  const publicUrl = settings.url('PUBLIC_URL', ['http:', 'https:'])
  if (publicUrl !== undefined && !isLoopback(new URL(publicUrl).hostname) && inviteCode === undefined)
    settings.problem(
      'INVITE_CODE',
      `is needed when PUBLIC_URL (${publicUrl}) is reachable from other machines; choose any code of 8 characters or more`,
    )
  const trustedProxies = settings.list('TRUSTED_PROXY')
  for (const proxy of trustedProxies)
    if (!isNetwork(proxy))
      settings.problem(
        'TRUSTED_PROXY',
        `has "${proxy}"; use addresses or networks, such as 127.0.0.1 or 10.0.0.0/8`,
      )
  const origins = settings.list('WEB_ORIGINS')
  const isOpen =
    !isLoopback(host) || inviteCode !== undefined || publicUrl !== undefined || origins.length > 0
  return {
    host,
    port: settings.port('PORT', 8080),
    room,
    rooms: listed.includes('*') ? '*' : [...new Set([room, ...listed])],
    inviteCode,
    origins,
    maxParticipants: settings.whole('MAX_PARTICIPANTS', 12, { least: 1, most: 1000 }),
    publicUrl,
    trustedProxies,
    isDirect: readDirect(settings, gemini, isOpen),
    carriesSignals: settings.flag('LIVEKIT_PROXY'),
  }
}

function readStart(settings: Settings): StartConfig {
  const caches = {
    xdg: settings.text('XDG_CACHE_HOME'),
    windows: process.platform === 'win32' ? settings.text('LOCALAPPDATA') : undefined,
    mac: process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : undefined,
  }
  return {
    cacheDir: join(caches.xdg ?? caches.windows ?? caches.mac ?? join(homedir(), '.cache'), 'roundtable'),
    liveKitFile: settings.text('LIVEKIT_CONFIG_FILE') ?? join(import.meta.dirname, '..', 'livekit.yaml'),
    releaseUrl:
      settings.url('LIVEKIT_RELEASE_URL', ['http:', 'https:']) ??
      'https://github.com/livekit/livekit/releases/download',
    isUnderNpm: settings.text('npm_lifecycle_event') !== undefined,
  }
}

/**
 * Every session costs, and those that browsers open by themselves are seen by nobody: where others than this machine may come,
 * they must be wanted.
 */
function readDirect(settings: Settings, gemini: GeminiConfig, isOpen: boolean): boolean {
  const isWanted = settings.flag('DIRECT')
  if (gemini.at !== 'vertex') return settings.text('DIRECT') === undefined ? !isOpen : isWanted
  if (isWanted) settings.problem('DIRECT', 'is set, but Vertex AI has no tokens for browsers; leave it unset')
  return false
}

/** Whether only this machine can reach a listener on `host`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** An address, or an address and how many of its bits count: `10.0.0.0/8`. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  const isWhole = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)
  return most > 0 && isWhole && more.length === 0
}

function readTextFile(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
