import type { Clock } from '../clock.ts'
import type { GeminiConfig } from '../config.ts'
import { asError, LiveError, type LiveErrorKind } from '../errors.ts'
import type { Ms } from '../units.ts'
import type { LiveSettings } from './settings.ts'
import { clientFor, setupFor } from './setup.ts'
import { fillIn } from './words.ts'

/** What a browser needs for one session with the Live API: an ephemeral token instead of the key, and where to take it. */
export type LiveToken = {
  /** The socket's address, ws: or wss:, without the token. */
  url: string
  /** `auth_tokens/...`: opens one session, which is the one that we set up. */
  token: string
  /** For the first message. What else that one says is not looked at. */
  model: string
  /** How typed words are sent. */
  typed: LiveSettings['profile']['typed']
  /** After this the session is over, RFC 3339. */
  expiresAt: string
}

/** A token begins a session within this time of its making, or never. */
const BEGIN_WITHIN_MS: Ms = 60_000
/** A session lasts no longer: as long as one without a room's care would last anyway. */
export const LIVE_FOR_MS: Ms = 15 * 60_000

/** Google's pages name the first, its SDKs the second; the reply of 404 tells which one has tokens. */
const versions = ['v1beta', 'v1alpha'] as const

/** Where ephemeral tokens are taken, such as wss://generativelanguage.googleapis.com; undefined where there are none: on Vertex AI. */
export function directOrigin(gemini: GeminiConfig): string | undefined {
  if (gemini.at === 'vertex') return undefined
  return (gemini.baseUrl ?? 'https://generativelanguage.googleapis.com').replace(/^http/, 'ws')
}

/**
 * A token for one session with our model, voice, instructions and the tools that Google's side runs. All of the setup is
 * locked: the connection's own is ignored. Functions are left out, because what runs them is here and not in the browser.
 * https://ai.google.dev/gemini-api/docs/ephemeral-tokens
 * @throws LiveError
 */
export async function mintLiveToken(
  gemini: GeminiConfig,
  settings: LiveSettings,
  clock: Clock,
): Promise<LiveToken> {
  const origin = directOrigin(gemini)
  if (origin === undefined) throw new LiveError('setup', 'Vertex AI has no ephemeral tokens.')
  const own: LiveSettings = {
    ...settings,
    turns: 'by itself',
    functions: [],
    instructions: fillIn(settings.instructions, { room: 'a page', people: ['one person'] }),
  }
  const expiresAt = new Date(clock.wall() + LIVE_FOR_MS).toISOString()
  const create = (apiVersion: string) =>
    clientFor(gemini).authTokens.create({
      config: {
        uses: 1,
        expireTime: expiresAt,
        newSessionExpireTime: new Date(clock.wall() + BEGIN_WITHIN_MS).toISOString(),
        // Without a list of further fields to lock, the SDK sends no mask, and the whole setup is the token's.
        liveConnectConstraints: { model: own.model, config: setupFor(own, undefined) },
        httpOptions: { apiVersion },
      },
    })
  for (const version of versions) {
    try {
      const { name } = await create(version)
      if (name === undefined) throw new LiveError('server', 'The Live API gave no token.')
      const { model, profile } = own
      const path = `ws/google.ai.generativelanguage.${version}.GenerativeService.BidiGenerateContentConstrained`
      return {
        url: `${origin}/${path}`,
        token: name,
        model: `models/${model}`,
        typed: profile.typed,
        expiresAt,
      }
    } catch (thrown) {
      if (statusOf(thrown) !== 404 || version === versions.at(-1)) throw refusal(thrown)
    }
  }
  throw new LiveError('server', 'The Live API gave no token.')
}

function statusOf(thrown: unknown): number | undefined {
  return (thrown as { status?: number }).status
}

function refusal(thrown: unknown): LiveError {
  if (thrown instanceof LiveError) return thrown
  const { message } = asError(thrown)
  return new LiveError(
    kindOf(statusOf(thrown), message),
    `No token for the Live API: ${message.slice(0, 300)}`,
    {
      cause: thrown,
    },
  )
}

function kindOf(status: number | undefined, message: string): LiveErrorKind {
  if (/api key/i.test(message) || status === 401 || status === 403) return 'key'
  if (status === 429) return 'quota'
  if (status === undefined) return 'network'
  return status < 500 ? 'setup' : 'server'
}
