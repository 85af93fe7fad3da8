import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../agent/clock.ts'
import type { Config } from '../../agent/config.ts'
import { asError } from '../../agent/errors.ts'
import type { Log } from '../../agent/log.ts'
import type { Ms } from '../../agent/units.ts'
import { limitKey, RateLimit } from './limits.ts'
import { distinctName, guestIdentity } from './names.ts'
import type { Occupant, Occupants } from './occupants.ts'
import { Refusal } from './refusal.ts'
import { readTokenRequest } from './request.ts'
import { mintToken } from './token.ts'

/** LiveKit's standard reply; https://docs.livekit.io/frontends/authentication/tokens/endpoint */
export type TokenReply = { server_url: string; participant_token: string }

export type AdmissionOptions = {
  occupants: Occupants
  clock: Clock
  log: Log
  /** Requests a minute from one address, the refused ones too. */
  perMinute: number
}

/** One name given out a moment ago, whose bearer may not be in the room yet. */
type Given = { room: string; identity: string; name: string; at: Ms }

const MINUTE: Ms = 60_000
/** From a token to being in the room takes a second; whoever takes longer may find a namesake there. */
const UNDERWAY: Ms = 5000
const MOST_GIVEN = 1000

/** Decides who may join which room, and as whom. */
export class Admission {
  readonly #config: Config
  readonly #options: AdmissionOptions
  readonly #limit: RateLimit
  #given: Given[] = []

  constructor(config: Config, options: AdmissionOptions) {
    this.#config = config
    this.#options = options
    this.#limit = new RateLimit({ count: options.perMinute, windowMs: MINUTE, clock: options.clock })
  }

  /**
   * Counts a request from `address` and checks the invite code; called before the body is read.
   * @throws Refusal 429 too many, 401 no or a wrong invite code.
   */
  check(address: string | undefined, invite: string | undefined): void {
    const waitMs = this.#limit.take(limitKey(address))
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000)
      throw new Refusal(429, `Too many tries from here. Try again in ${seconds} seconds.`, {
        'Retry-After': `${seconds}`,
      })
    }
    const { inviteCode } = this.#config.web
    if (inviteCode !== undefined && !isSame(invite ?? '', inviteCode))
      throw new Refusal(401, 'This room needs an invite. Ask for the whole link, with what follows its #.')
  }

  /**
   * @param serverUrl where the guest reaches LiveKit
   * @throws Refusal 400, 403 for what `body` asks, 409 where the room is full.
   */
  async admit(body: unknown, serverUrl: string): Promise<TokenReply> {
    const { web, livekit, agentName } = this.#config
    const { room, nonce, metadata, attributes, name: wanted } = readTokenRequest(body, web, agentName)
    const identity = guestIdentity(livekit.apiSecret, room, nonce)
    const others = (await this.#inside(room)).filter(one => one.identity !== identity)
    if (others.filter(one => one.isGuest).length >= web.maxParticipants)
      throw new Refusal(409, `The room is full: it takes ${web.maxParticipants} people.`)
    const name = distinctName(wanted, [...others.map(one => one.name), ...this.#givenTo(room, identity)])
    this.#remember({ room, identity, name, at: this.#options.clock.now() })
    const guest = { identity, name, room, metadata, attributes }
    const { apiKey, apiSecret } = livekit
    const { maxParticipants } = web
    return {
      server_url: serverUrl,
      participant_token: await mintToken(guest, { apiKey, apiSecret, maxParticipants, agentName }),
    }
  }

  /** Where LiveKit cannot say who is inside, the guest finds out by joining: that message is the better one. */
  async #inside(room: string): Promise<Occupant[]> {
    try {
      return await this.#options.occupants(room)
    } catch (thrown) {
      this.#options.log.warn('cannot list the people in a room', { room, error: asError(thrown) })
      return []
    }
  }

  #givenTo(room: string, identity: string): string[] {
    const since = this.#options.clock.now() - UNDERWAY
    const isOther = (one: Given) => one.room === room && one.identity !== identity && one.at > since
    return this.#given.filter(isOther).map(one => one.name)
  }

  #remember(given: Given): void {
    const isFresh = (one: Given) => one.at > given.at - UNDERWAY && one.identity !== given.identity
    this.#given = [...this.#given.filter(isFresh), given].slice(-MOST_GIVEN)
  }
}

/** Compares digests, so that neither the time taken nor a difference in length tells anything. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
