import { AgentSession } from '@livekit/protocol'
import type { Ms } from '../../units.ts'
import type { AgentState } from '../state.ts'
import type { Item } from './record.ts'

/**
 * The messages of LiveKit's remote session, as its front ends read them. Protocol:
 * https://github.com/livekit/protocol/blob/main/protobufs/agent/livekit_agent_session.proto
 */
const { AgentSessionMessage, ChatRole, UserState } = AgentSession

export type Request = {
  id: string
  /** The request's name in the protocol, in camel case; undefined where it is one that we do not know. */
  what: AgentSession.SessionRequest['request']['case']
  /** Of `runInput`. */
  text: string
}

/** @throws Error when `bytes` is no message of the protocol. @returns undefined when it is one, but no request. */
export function readRequest(bytes: Uint8Array): Request | undefined {
  const { message } = AgentSessionMessage.fromBinary(bytes)
  if (message.case !== 'request') return undefined
  const { requestId, request } = message.value
  return { id: requestId, what: request.case, text: request.case === 'runInput' ? request.value.text : '' }
}

export type Response = NonNullable<ConstructorParameters<typeof AgentSession.SessionResponse>[0]>
export type SessionEvent = NonNullable<
  NonNullable<ConstructorParameters<typeof AgentSession.AgentSessionEvent>[0]>['event']
>

export function response(requestId: string, rest: Omit<Response, 'requestId'>): Uint8Array {
  const value = new AgentSession.SessionResponse({ requestId, ...rest })
  return new AgentSessionMessage({ message: { case: 'response', value } }).toBinary()
}

/** @param at wall-clock time in ms since 1970 */
export function event(at: Ms, what: SessionEvent): Uint8Array {
  const value = new AgentSession.AgentSessionEvent({ createdAt: timestamp(at), event: what })
  return new AgentSessionMessage({ message: { case: 'event', value } }).toBinary()
}

export const agentStates: { readonly [state in AgentState]: AgentSession.AgentState } = {
  initializing: AgentSession.AgentState.AS_INITIALIZING,
  idle: AgentSession.AgentState.AS_IDLE,
  listening: AgentSession.AgentState.AS_LISTENING,
  thinking: AgentSession.AgentState.AS_THINKING,
  speaking: AgentSession.AgentState.AS_SPEAKING,
}

export const userState = (isTalking: boolean): AgentSession.UserState =>
  isTalking ? UserState.US_SPEAKING : UserState.US_LISTENING

export function timestamp(at: Ms): { seconds: bigint; nanos: number } {
  return { seconds: BigInt(Math.floor(at / 1000)), nanos: Math.round((at % 1000) * 1e6) }
}

export function chatItem(item: Item): AgentSession.ChatContext_ChatItem {
  return new AgentSession.ChatContext_ChatItem({ item: itemOf(item) })
}

type PlainItem = NonNullable<ConstructorParameters<typeof AgentSession.ChatContext_ChatItem>[0]>['item'] & {}

function itemOf(item: Item): PlainItem {
  const createdAt = timestamp(item.at)
  switch (item.kind) {
    case 'message': {
      const { id, text, by, isInterrupted } = item
      return {
        case: 'message',
        value: {
          id,
          role: by === 'agent' ? ChatRole.ASSISTANT : ChatRole.USER,
          content: [{ payload: { case: 'text', value: text } }],
          interrupted: isInterrupted,
          // The protocol knows one person; who of several it was stands beside the text.
          extra: by === 'agent' ? {} : { identity: by.identity, name: by.name },
          createdAt,
        },
      }
    }
    case 'call':
      return { case: 'functionCall', value: functionCall(item) }
    case 'output':
      return { case: 'functionCallOutput', value: functionOutput(item) }
  }
}

export function functionCall({ id, name, args, at }: Item & { kind: 'call' }) {
  return { id, callId: id, name, arguments: args, createdAt: timestamp(at) }
}

export function functionOutput({ id, name, output, isError, at }: Item & { kind: 'output' }) {
  return { id, callId: id, name, output, isError, createdAt: timestamp(at) }
}

/** LiveKit's statistics as the protocol carries them; what is more than `most` entries of a side is left out. */
export function rtcStats(
  { publisherStats, subscriberStats }: { publisherStats: Json[]; subscriberStats: Json[] },
  most: number,
): AgentSession.SessionResponse_GetRTCStatsResponse {
  const plain = (stats: Json[]) => stats.slice(0, most).map(one => one.toJson() as object)
  return AgentSession.SessionResponse_GetRTCStatsResponse.fromJson(
    JSON.parse(
      JSON.stringify({ publisherStats: plain(publisherStats), subscriberStats: plain(subscriberStats) }),
    ),
  )
}

type Json = { toJson(): unknown }
