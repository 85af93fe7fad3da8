import type { ModelProfile } from '../live/models.ts'
import type { Address } from './door/address.ts'
import type { Pass } from './door/door.ts'
import { constrain } from './door/tokens.ts'
import type { Saved } from './life/handles.ts'
import { Memory } from './life/memory.ts'
import { type Behaviour, behaviourOf, livingProfile } from './profiles.ts'
import { refusalOf, unknownModel } from './rules.ts'
import type { Playing } from './scenario/director.ts'
import type { Stage } from './stage.ts'
import { Calls } from './turns/calls.ts'
import { textOf } from './turns/content.ts'
import type { Refusal } from './wire/refusal.ts'
import type { Setup } from './wire/setup.ts'

/** How a client came in. */
export type Entry = { address: Address; pass: Pass; playing: Playing }

/** What a session is to be. */
export type Plan = { setup: Setup; model: ModelProfile; behaviour: Behaviour }

/**
 * What a setup asks for, within what its token, its model and the scenario allow. With a refusal where the model does not take it:
 * whether that closes the session or leaves it unanswered is one of the switches.
 * @throws Refusal 1008 where there is no such model.
 */
export function planOf(asked: Setup, entry: Entry, stage: Stage): Plan & { refusal: Refusal | undefined } {
  const { address, pass, playing } = entry
  const { api, version } = address
  const setup = pass.kind === 'token' ? constrain(asked, pass.token.lock) : asked
  const name = setup.model ?? ''
  const model = livingProfile(name, api)
  if (model === undefined) throw unknownModel(name, api, version)
  const behaviour = playing.adjust(stage.adjust(behaviourOf(model, api), model))
  return { setup, model, behaviour, refusal: refusalOf({ setup, model, api, version, behaviour }) }
}

/** The session that a handle leads back to, or a new one. */
export type Origin = { saved: Saved; isResumed: boolean; isPoisoned: boolean }

/** @throws Refusal where the handle leads nowhere, or the token begins no session any more. */
export function originOf({ setup, model, behaviour }: Plan, pass: Pass, stage: Stage): Origin {
  const handle = setup.sessionResumption?.handle ?? ''
  if (pass.kind === 'token') stage.tokens.spend(pass.token, handle !== '')
  const instruction = textOf([setup.systemInstruction ?? {}])
  if (handle === '') {
    const saved = { memory: new Memory(instruction, stage.lifeClock.now()), calls: new Calls() }
    return { saved, isResumed: false, isPoisoned: false }
  }
  const { memory, calls, isPoisoned } = stage.handles.take(handle, model.id, behaviour.handleLifetimeMs)
  if (!behaviour.resumeKeepsInstruction) memory.instruct(instruction)
  return { saved: { memory, calls }, isResumed: true, isPoisoned }
}
