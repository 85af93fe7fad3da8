import type { Clock } from '../../agent/clock.ts'
import type { Config } from '../../agent/config.ts'
import { asError } from '../../agent/errors.ts'
import { LIVE_FOR_MS, type LiveToken, mintLiveToken } from '../../agent/live/token.ts'
import type { Log } from '../../agent/log.ts'
import { RateLimit } from './limits.ts'
import { Refusal } from './refusal.ts'

/** Sessions that may be open at once, for each person a room takes: people reload. */
const EACH = 5

/** Gives out tokens for sessions between a browser and the Live API, with which no room and nobody else has to do. */
export class LiveTokens {
  readonly #config: Config
  readonly #clock: Clock
  readonly #log: Log
  readonly #limit: RateLimit

  constructor(config: Config, { clock, log }: { clock: Clock; log: Log }) {
    this.#config = config
    this.#clock = clock
    this.#log = log
    // Each costs as a session does, and lasts this long at most: so many of them there are, whoever asks.
    const count = EACH * config.web.maxParticipants
    this.#limit = new RateLimit({ count, windowMs: LIVE_FOR_MS, clock })
  }

  /** @throws Refusal 404 switched off, 400 it asks for something, 429 too many, 502 the Live API gives none. */
  async mint(body: unknown): Promise<LiveToken> {
    const { web, gemini, live } = this.#config
    if (!web.isDirect)
      throw new Refusal(404, 'The Live API may not be talked to directly from here; DIRECT=true allows it.')
    checkAskedNothing(body)
    if (this.#limit.take('') > 0)
      throw new Refusal(429, 'Too many are talking directly. Join the room, or try again later.')
    try {
      return await mintLiveToken(gemini, live, this.#clock)
    } catch (thrown) {
      // What the Live API says is for the operator.
      this.#log.error('no token for the Live API', { error: asError(thrown) })
      throw new Refusal(502, 'The Live API gives no token; the log of the server says why.')
    }
  }
}

/** The session is the server's to set: a field that were ignored would be taken for one that counts. */
function checkAskedNothing(body: unknown): void {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Refusal(400, 'The request is no JSON object.')
  const [field] = Object.keys(body)
  if (field !== undefined)
    throw new Refusal(
      400,
      `${field.slice(0, 64)} is not for the page to set: the session is as the server has it.`,
    )
}
