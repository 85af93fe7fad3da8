import {
  type AgentDispatch,
  type CreateAgentDispatchRequest,
  type ParticipantInfo,
  PerformRpcRequest,
  type Room,
} from '@livekit/protocol'
import { AccessToken, AgentDispatchClient, RoomServiceClient, type VideoGrant } from 'livekit-server-sdk'
import type { LiveKitConfig } from '../config.ts'
import { RoomError } from '../errors.ts'
import type { Ms } from '../units.ts'

/** Whether somebody is there: `silent` where the server still lists a participant whose connection gives no answer. */
export type Pulse = 'answers' | 'silent' | 'absent' | 'unknown'

/** A living participant answers in 5-10 ms on one machine; this leaves room for the other side of the earth. */
const PULSE_MS: Ms = 2000
/** LiveKit itself takes 3 s to notice that nobody serves a room. */
const ANSWER_SECONDS = 5

/** What the worker asks of LiveKit, by whatever way. */
export type RoomService = Pick<Rooms, keyof Rooms>

/** What the worker asks LiveKit's HTTP interface. Every call ends within some 5 s, by an answer or by throwing. */
export class Rooms {
  readonly #livekit: LiveKitConfig
  readonly #rooms: RoomServiceClient
  readonly #dispatches: AgentDispatchClient

  constructor(livekit: LiveKitConfig) {
    const { url, apiKey, apiSecret } = livekit
    const options = { requestTimeout: ANSWER_SECONDS }
    this.#livekit = livekit
    this.#rooms = new RoomServiceClient(url, apiKey, apiSecret, options)
    this.#dispatches = new AgentDispatchClient(url, apiKey, apiSecret, options)
  }

  /** Every open room, or those of `names` that are. `numParticipants` counts people, not agents, and is up to 5 s old. */
  list(names?: string[]): Promise<Room[]> {
    return this.#rooms.listRooms(names)
  }

  /** Who the server thinks is in `room`; nobody where there is no such room. */
  participants(room: string): Promise<ParticipantInfo[]> {
    return this.#rooms.listParticipants(room)
  }

  /** Throws after 3 s where nobody serves `room`. */
  dispatches(room: string): Promise<AgentDispatch[]> {
    return this.#dispatches.listDispatch(room)
  }

  /** Wishes an agent into `room`: LiveKit asks the available workers of that name, one after the other. */
  async dispatch(request: CreateAgentDispatchRequest): Promise<void> {
    // Not by the SDK's client: it has no attributes.
    const { room } = request
    const answer = await this.#post('AgentDispatchService/CreateDispatch', request.toJsonString(), {
      roomAdmin: true,
      room,
    })
    if (!answer.ok)
      throw new RoomError('refused', `LiveKit made no dispatch for ${room} (HTTP ${answer.status})`)
  }

  /** Takes the wish back; the server ends its job and, 3 s later, sends the agent out. */
  undispatch(id: string, room: string): Promise<void> {
    return this.#dispatches.deleteDispatch(id, room)
  }

  remove(room: string, identity: string): Promise<void> {
    return this.#rooms.removeParticipant(room, identity)
  }

  /**
   * Asks the participant itself, by a call that nobody implements: a living one refuses it within milliseconds, from
   * below our JavaScript. Of one whose process was killed LiveKit says nothing for 20 s.
   */
  async pulse(room: string, identity: string): Promise<Pulse> {
    const request = new PerformRpcRequest({
      room,
      destinationIdentity: identity,
      method: 'roundtable.pulse',
      responseTimeoutMs: PULSE_MS,
    })
    try {
      const answer = await this.#post('RoomService/PerformRpc', request.toJsonString(), {
        roomAdmin: true,
        room,
      })
      return pulseOf(answer.status, await answer.text())
    } catch {
      return 'unknown'
    }
  }

  async #post(method: string, body: string, grant: VideoGrant): Promise<Response> {
    const { url, apiKey, apiSecret } = this.#livekit
    const token = new AccessToken(apiKey, apiSecret, { ttl: '10m' })
    token.addGrant(grant)
    return fetch(`${url.replace(/^ws/, 'http')}/twirp/livekit.${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await token.toJwt()}` },
      body,
      signal: AbortSignal.timeout(ANSWER_SECONDS * 1000),
    })
  }
}

/**
 * Reads the answer to a call that nobody implements. The numbers are LiveKit's RpcError codes: 1501 and 1502 are
 * timeouts, 1503 a recipient that left; every other comes from the participant. 15 s after a death LiveKit knows that
 * the transport has failed, and 5 s later it drops the participant. A server older than this call says 404.
 */
export function pulseOf(status: number, body: string): Pulse {
  const code = /RpcError (\d+)/.exec(body)?.[1]
  if (code === '1501' || code === '1502' || /transport failure/.test(body)) return 'silent'
  if (code === '1503' || /no response from servers/.test(body)) return 'absent'
  return status === 200 || code !== undefined ? 'answers' : 'unknown'
}
