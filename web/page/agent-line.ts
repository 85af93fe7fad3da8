import { type RemoteParticipant, type Room, RpcError } from 'livekit-client'
import type { Notices } from './notices.ts'

/** What can be asked of the agent: LiveKit RPC on its participant, JSON both ways. */
type Calls = {
  'roundtable.ask': Record<string, never>
  'roundtable.deafen': { on: boolean }
  'roundtable.manners': { manners: string }
  'roundtable.talk': { on: boolean }
  'roundtable.pin': { identity: string | null }
}

/** Asks the agent for something; a refusal is told in the agent's own words. */
export class AgentLine {
  readonly #room: Room
  readonly #notices: Notices
  #agent: RemoteParticipant | undefined

  constructor(room: Room, notices: Notices) {
    this.#room = room
    this.#notices = notices
  }

  follow(agent: RemoteParticipant | undefined): void {
    this.#agent = agent
  }

  /** Never rejects. */
  async call<M extends keyof Calls>(method: M, payload: Calls[M]): Promise<void> {
    if (this.#agent === undefined) return
    try {
      await this.#room.localParticipant.performRpc({
        destinationIdentity: this.#agent.identity,
        method,
        payload: JSON.stringify(payload),
      })
    } catch (error) {
      const words = error instanceof RpcError && error.code < 1000 ? error.message : ''
      this.#notices.say(words || 'The agent did not answer that.')
    }
  }
}
