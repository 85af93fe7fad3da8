import { AccessToken } from 'livekit-server-sdk'
import type { LiveKitConfig } from '../config.ts'
import { asError, RoomError } from '../errors.ts'
import type { Ms } from '../units.ts'

/** LiveKit's own tolerance is a minute. */
const CLOCK_TOLERANCE: Ms = 60_000

/**
 * Asks the LiveKit server for its rooms with our key. Resolves when it lets us.
 * @throws RoomError, whose message is one sentence that names the setting: nothing answers, no LiveKit, an unknown key,
 * a wrong secret, or clocks that differ. These are different things to mend.
 */
export async function checkLiveKit(livekit: LiveKitConfig, withinMs: Ms = 10_000): Promise<void> {
  const { url } = livekit
  const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { ttl: 60 })
  token.addGrant({ roomList: true })
  const asked = new URL('/twirp/livekit.RoomService/ListRooms', url.replace(/^ws/, 'http'))
  // Not by RoomServiceClient: it keeps the Date of the answer to itself, and retries for long.
  const answer = await fetch(asked, {
    method: 'POST',
    headers: { authorization: `Bearer ${await token.toJwt()}`, 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(withinMs),
  }).catch(thrown => {
    throw new RoomError(
      'unreachable',
      `LIVEKIT_URL: nothing answers at ${url} (${reason(thrown)}); ${START_IT}`,
      {
        cause: thrown,
      },
    )
  })
  // The body of a refusal holds our token: it is looked at, never shown.
  const body = await answer.text().catch(() => '')
  if (answer.status === 401) throw refusal(livekit, body, answer.headers.get('date'))
  if (!answer.ok || !isRooms(body))
    throw new RoomError(
      'refused',
      `LIVEKIT_URL: what answers at ${url} is not a LiveKit server (HTTP ${answer.status})`,
    )
}

const START_IT = 'start the server there, or correct the address'

function refusal({ url, apiKey, isLocal }: LiveKitConfig, body: string, date: string | null): RoomError {
  const aheadMs = Date.now() - Date.parse(date ?? '')
  if (/not valid yet|expired/.test(body) || Math.abs(aheadMs) > CLOCK_TOLERANCE) {
    const seconds = Math.round(Math.abs(aheadMs) / 1000)
    const off = Number.isNaN(seconds)
      ? 'differs from'
      : `is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'}`
    return new RoomError(
      'clock',
      `The clock of this machine ${off} that of the LiveKit server at ${url}; set it right`,
    )
  }
  const server = isLocal
    ? `A LiveKit server that is not ours already runs at ${url} and`
    : `The server at ${url}`
  const orEnd = isLocal ? ', or end that server' : ''
  if (/invalid API key/i.test(body))
    return new RoomError(
      'unauthorized',
      `LIVEKIT_API_KEY: ${server} does not know the key "${apiKey}"; set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to its own${orEnd}`,
    )
  return new RoomError(
    'unauthorized',
    `LIVEKIT_API_SECRET: ${server} does not accept this secret for the key "${apiKey}"; paste it again${orEnd}`,
  )
}

function isRooms(body: string): boolean {
  try {
    return Array.isArray((JSON.parse(body) as { rooms?: unknown }).rooms)
  } catch {
    return false
  }
}

function reason(thrown: unknown): string {
  const error = asError(thrown)
  if (error.name === 'TimeoutError') return 'no answer in time'
  const cause = error.cause
  if (!(cause instanceof Error)) return error.message
  const { code } = cause as NodeJS.ErrnoException
  return code === undefined ? cause.message : code
}
