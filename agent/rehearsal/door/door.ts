import { Refusal } from '../wire/refusal.ts'
import type { Address, Credential } from './address.ts'
import type { Token, Tokens } from './tokens.ts'

/** Keys that are let in: any that is not one of `badKeys`, or these alone. */
export type Keys = 'any' | readonly string[]

/** With these, a client's handling of bad keys can be tried without a scenario. */
export const badKeys: Readonly<Record<string, () => Refusal>> = {
  invalid: () => new Refusal(1007, 'API key not valid. Please pass a valid API key.'),
  expired: () => new Refusal(1007, 'API key expired. Please renew the API key.'),
  leaked: () => new Refusal(1008, 'Your API key was reported as leaked. Please use another API key.'),
}

/** What a client may do once inside. */
export type Pass = { kind: 'free' } | { kind: 'token'; token: Token }

/**
 * Lets a client in, or says why not. As with Google, the refusal comes over the open socket: the upgrade itself succeeds.
 * @throws Refusal
 */
export function admit(credential: Credential, address: Address, keys: Keys, tokens: Tokens): Pass {
  if (address.api === 'vertex') return { kind: 'free' }
  if (address.method === 'constrained') {
    if (credential.kind !== 'token') throw keyNotSupported()
    return { kind: 'token', token: tokens.find(credential.token) }
  }
  checkKey(credential, keys)
  return { kind: 'free' }
}

/** Lets a key in, or says why not. @throws Refusal */
export function checkKey(credential: Credential, keys: Keys): void {
  if (credential.kind !== 'key') throw unregistered()
  const bad = badKeys[credential.key]
  if (bad !== undefined) throw bad()
  if (keys !== 'any' && !keys.includes(credential.key)) throw badKeys.invalid!()
}

const unregistered = () =>
  new Refusal(
    1008,
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  )

const keyNotSupported = () =>
  new Refusal(
    1008,
    'API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that assert a principal.',
  )
