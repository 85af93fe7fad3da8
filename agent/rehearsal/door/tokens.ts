import { randomBytes } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import type { Ms } from '../../units.ts'
import * as f from '../wire/fields.ts'
import { Refusal } from '../wire/refusal.ts'
import { type Setup, setup } from '../wire/setup.ts'

/** An ephemeral token: what a page may be given instead of a key. https://ai.google.dev/gemini-api/docs/ephemeral-tokens */
export type Token = {
  name: string
  /** Sessions it may still begin; Infinity where it was made for any number. */
  usesLeft: number
  /** Messages are refused after this, ms since 1970. */
  expiresAt: Ms
  /** No session is begun after this, ms since 1970. A resumed one is not new. */
  beginsUntil: Ms
  /** What it says about the sessions. */
  lock: Lock
}

export type Lock =
  | { kind: 'none' }
  /** The connection's own setup is ignored. */
  | { kind: 'whole'; setup: Setup }
  /** These fields, such as `generationConfig.temperature`, are the token's; the others the client's. */
  | { kind: 'fields'; setup: Setup; fields: readonly string[][] }

const request = f.message({
  name: f.text,
  uses: f.whole,
  expireTime: f.text,
  newSessionExpireTime: f.text,
  bidiGenerateContentSetup: setup,
  fieldMask: f.text,
})

const MINUTE_MS = 60_000
const MOST_MS = 20 * 60 * MINUTE_MS
const MOST_TOKENS = 10_000

export class Tokens {
  readonly #clock: Clock
  readonly #tokens = new Map<string, Token>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @throws Refusal whose message says what is wrong with the request. */
  create(body: unknown): Token {
    const asked = request(body, '')
    const now = this.#clock.wall()
    const token: Token = {
      name: `auth_tokens/${randomBytes(24).toString('hex')}`,
      usesLeft: usesOf(asked.uses),
      expiresAt: timeOf('expire_time', asked.expireTime, now, now + 30 * MINUTE_MS),
      beginsUntil: timeOf('new_session_expire_time', asked.newSessionExpireTime, now, now + MINUTE_MS),
      lock: lockOf(asked.bidiGenerateContentSetup, asked.fieldMask),
    }
    this.#tokens.set(token.name, token)
    // The oldest goes: nobody holds ten thousand on purpose.
    if (this.#tokens.size > MOST_TOKENS) this.#tokens.delete(this.#tokens.keys().next().value ?? '')
    return token
  }

  /** @throws Refusal 1008 where the token is unknown or has expired. */
  find(name: string): Token {
    const token = this.#tokens.get(name)
    if (token === undefined) throw new Refusal(1008, 'Ephemeral token not found.')
    if (!this.isValid(token)) throw new Refusal(1008, 'Ephemeral token expired.')
    return token
  }

  isValid(token: Token): boolean {
    return this.#clock.wall() < token.expiresAt
  }

  /** Spends a use, unless the session is a resumed one. @throws Refusal 1008 where none may begin any more. */
  spend(token: Token, isResumed: boolean): void {
    if (isResumed) return
    if (this.#clock.wall() >= token.beginsUntil)
      throw new Refusal(1008, 'Ephemeral token can no longer start a new session.')
    if (token.usesLeft <= 0) throw new Refusal(1008, 'Ephemeral token has no uses left.')
    token.usesLeft--
  }
}

/** The setup that holds for a client that asked for `asked`. */
export function constrain(asked: Setup, lock: Lock): Setup {
  if (lock.kind === 'none') return asked
  // Resumption belongs to the connection: without its handle no locked session could ever be resumed.
  const handle = asked.sessionResumption?.handle
  const resumption =
    handle === undefined ? {} : { sessionResumption: { ...lock.setup.sessionResumption, handle } }
  if (lock.kind === 'whole') return { ...lock.setup, ...resumption }
  const merged = structuredClone(asked) as Record<string, unknown>
  for (const path of lock.fields) copyField(lock.setup as Record<string, unknown>, merged, path)
  return { ...(merged as Setup), ...resumption }
}

function copyField(
  from: Record<string, unknown>,
  to: Record<string, unknown>,
  path: readonly string[],
): void {
  const [name, ...below] = path
  if (name === undefined) return
  if (below.length === 0) {
    if (from[name] === undefined) delete to[name]
    else to[name] = structuredClone(from[name])
    return
  }
  const inner = isObject(to[name]) ? to[name] : {}
  to[name] = inner
  copyField(isObject(from[name]) ? from[name] : {}, inner, below)
}

function lockOf(setup: Setup | undefined, mask: string | undefined): Lock {
  if (setup === undefined) return { kind: 'none' }
  const fields = (mask ?? '')
    .split(',')
    .map(path => path.trim())
    .filter(path => path !== '')
    .map(path => path.split('.').map(camel))
  if (fields.length === 0) return { kind: 'whole', setup }
  for (const path of pathsOf(setup))
    if (!fields.some(field => field.every((name, i) => i >= path.length || name === path[i])))
      throw new Refusal(1007, 'BidiGenerateContentSetup contains fields that are not specified in field_mask')
  return { kind: 'fields', setup, fields }
}

/** The fields set in a setup, two levels deep, as the SDKs write masks. */
function pathsOf(setup: Setup): string[][] {
  return Object.entries(setup).flatMap(([name, value]) =>
    name === 'generationConfig' && isObject(value) && Object.keys(value).length > 0
      ? Object.keys(value).map(inner => [name, inner])
      : [[name]],
  )
}

function usesOf(uses = 1): number {
  if (uses < 0) throw new Refusal(1007, 'uses must not be negative')
  return uses === 0 ? Number.POSITIVE_INFINITY : uses
}

function timeOf(field: string, text: string | undefined, now: Ms, unset: Ms): Ms {
  if (text === undefined) return unset
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw f.invalidValue(field, 'type.googleapis.com/google.protobuf.Timestamp', text)
  if (time <= now) throw new Refusal(1007, `${field} must be in the future`)
  if (time > now + MOST_MS) throw new Refusal(1007, `${field} must be less than 20 hours from now`)
  return time
}

const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
