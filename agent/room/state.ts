import type { LocalParticipant } from '@livekit/rtc-node'
import type { Log } from '../log.ts'

/** The words of LiveKit's front ends; a room whose agent is none of the last three for 20 s is taken for failed. */
export type AgentState = 'initializing' | 'idle' | 'listening' | 'thinking' | 'speaking'

/** What the room is shown of the agent. */
export type Sign = {
  state: AgentState
  /** Who is being answered, by identity; empty when nobody is. Our own attribute, beside LiveKit's. */
  floor: string
}

/** Publishes the agent's state, newest only: while one update is under way, those between it and the last are skipped. */
export class StateSign {
  readonly #participant: LocalParticipant
  readonly #log: Log
  #wanted: Sign | undefined
  #isBusy = false

  constructor(participant: LocalParticipant, log: Log) {
    this.#participant = participant
    this.#log = log
  }

  show(sign: Sign): void {
    this.#wanted = sign
    if (!this.#isBusy) void this.#update()
  }

  async #update(): Promise<void> {
    this.#isBusy = true
    for (let sign = this.#take(); sign; sign = this.#take()) {
      try {
        await this.#participant.setAttributes({ 'lk.agent.state': sign.state, floor: sign.floor })
      } catch (error) {
        this.#log.debug('state not shown', { ...sign, error })
      }
    }
    this.#isBusy = false
  }

  #take(): Sign | undefined {
    const sign = this.#wanted
    this.#wanted = undefined
    return sign
  }
}
