import { type LocalParticipant, RpcError, type RpcInvocationData } from '@livekit/rtc-node'
import { z } from 'zod'
import { Allowance } from '../allowance.ts'
import type { Clock } from '../clock.ts'
import { asError, RequestError, type RequestErrorKind } from '../errors.ts'
import type { Log } from '../log.ts'
import { type Manners, manners } from '../manners/manners.ts'
import type { Ms } from '../units.ts'
import type { GuestTool } from './guest-tools.ts'
import type { Newcomers } from './newcomers.ts'
import { isPerson, type Person, personOf } from './people.ts'

/** What people may ask of the agent. Each may throw a RequestError, whose words reach whoever asked; what it returns is the reply. */
export type Controls = {
  /** The next answer is to be said aloud. */
  ask(person: Person): Reply
  /** Nothing is to be sent to the model any more, or again. */
  deafen(person: Person, on: boolean): Reply
  manners(person: Person, manners: Manners): Reply
  /** They press to talk, or let go. */
  talk(person: Person, on: boolean): Reply
  /** They let go, and want no answer. */
  cancelTalk(person: Person): Reply
  /** Whose pictures are to come first; null: nobody's. */
  pin(person: Person, identity: string | null): Reply
  /** What is asked of the session is to be changed; nothing to change: what it is now. */
  settings(person: Person, changes: Readonly<Record<string, unknown>>): Reply
  /** The tools that their page has, in the place of those it had before. */
  tools(person: Person, tools: readonly GuestTool[]): Reply
}

/** Facts for the caller, sent as JSON. */
export type Reply = object | Promise<object>

/** A call: what its payload must be, and what it does. */
type Call = (controls: Controls, person: Person, payload: string) => Reply

/** More than this is no request of ours; LiveKit itself takes 15 kB. */
const MOST_CHARACTERS = 4_000
/** Tools come with their schemas. */
const MOST_OF_TOOLS = 15_000
/** LiveKit cuts an error's words at 256 bytes. */
const MOST_WORDS = 200
/** Calls in a row, and the time for one more after that, ms: pressing and letting go quickly is still no flood. */
const BURST = 20
const REFILL_MS: Ms = 250

/** Every method there is, by LiveKit's name of it. The last three are those of LiveKit's own push-to-talk example, and take no payload. */
const calls: Readonly<Record<string, Call>> = {
  'roundtable.ask': (controls, person) => controls.ask(person),
  'roundtable.deafen': taking(z.object({ on: z.boolean() }), (controls, person, { on }) =>
    controls.deafen(person, on),
  ),
  'roundtable.manners': taking(z.object({ manners: z.enum(manners) }), (controls, person, { manners }) =>
    controls.manners(person, manners),
  ),
  'roundtable.talk': taking(z.object({ on: z.boolean() }), (controls, person, { on }) =>
    controls.talk(person, on),
  ),
  'roundtable.pin': taking(
    z.object({ identity: z.string().max(256).nullable() }),
    (controls, person, { identity }) => controls.pin(person, identity),
  ),
  'roundtable.settings': taking(z.record(z.string(), z.unknown()), (controls, person, changes) =>
    controls.settings(person, changes),
  ),
  'roundtable.tools': taking(
    z.object({
      tools: z
        .array(
          z.object({
            name: z.string().max(64),
            description: z.string().max(500),
            parameters: z.record(z.string(), z.unknown()).optional(),
          }),
        )
        .max(16),
    }),
    (controls, person, { tools }) => controls.tools(person, tools),
    MOST_OF_TOOLS,
  ),
  start_turn: (controls, person) => controls.talk(person, true),
  end_turn: (controls, person) => controls.talk(person, false),
  cancel_turn: (controls, person) => controls.cancelTalk(person),
}

/** LiveKit keeps 1001 to 1999 for itself; these are HTTP's, which people know. */
const codes: Record<RequestErrorKind, number> = { malformed: 400, stranger: 403, 'not now': 409, flood: 429 }

/** Where calls come through, and who knows the callers. */
export type Switchboard = {
  localParticipant?: Pick<LocalParticipant, 'registerRpcMethod'> | undefined
  newcomers: Pick<Newcomers, 'of'>
}

/** Answers people's calls by `controls` for as long as the room lasts. Callers who are not people in the room are refused. */
export function answerCalls(room: Switchboard, clock: Clock, log: Log, controls: Controls): void {
  const allowance = new Allowance(BURST, REFILL_MS)
  const answer = async (method: string, call: Call, { callerIdentity, payload }: RpcInvocationData) => {
    try {
      const caller = await room.newcomers.of(callerIdentity)
      if (caller === undefined || !isPerson(caller))
        throw new RequestError('stranger', 'Only people who are in the room may ask this.')
      if (!allowance.accepts(callerIdentity, clock.now()))
        throw new RequestError('flood', 'Too many requests. Wait a moment.')
      return JSON.stringify(await call(controls, personOf(caller), payload))
    } catch (thrown) {
      const error = asError(thrown)
      if (error instanceof RequestError)
        throw new RpcError(codes[error.kind], error.message.slice(0, MOST_WORDS))
      log.error('call failed', { method, error })
      throw new RpcError(500, 'This failed; the agent has logged why.')
    }
  }
  for (const [method, call] of Object.entries(calls))
    room.localParticipant?.registerRpcMethod(method, invocation => answer(method, call, invocation))
}

/** A call whose payload is JSON of this shape. */
function taking<T>(
  schema: z.ZodType<T>,
  run: (controls: Controls, person: Person, payload: T) => Reply,
  most = MOST_CHARACTERS,
): Call {
  return (controls, person, payload) => {
    const parsed = schema.safeParse(payload.length > most ? undefined : parsedJson(payload))
    if (!parsed.success)
      throw new RequestError('malformed', `The payload is not right. ${z.prettifyError(parsed.error)}`)
    return run(controls, person, parsed.data)
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
