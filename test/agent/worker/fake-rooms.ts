import {
  AgentDispatch,
  AgentDispatchState,
  type CreateAgentDispatchRequest,
  ParticipantInfo_Kind as Kind,
  ParticipantInfo,
  Room,
  ParticipantInfo_State as State,
} from '@livekit/protocol'
import { PLACE } from '../../../agent/room/place-sign.ts'
import { HOLDER } from '../../../agent/worker/presence.ts'
import type { Pulse, RoomService } from '../../../agent/worker/rooms.ts'

type Fake = {
  sid: string
  people: string[]
  agent?: { sid: string; holder: string; isDead: boolean; place?: string }
  dispatches: AgentDispatch[]
}

/** As much of a LiveKit server as the worker asks about: rooms, who is in them, and their dispatches. */
export class FakeRooms implements RoomService {
  readonly rooms = new Map<string, Fake>()
  /** What was asked, in order, such as `list` or `pulse kitchen`. */
  readonly asked: string[] = []
  isDown = false
  /** A server from before participants could be called. */
  isOld = false
  /** Lists are answered only when this has resolved. */
  delay: Promise<void> | undefined
  readonly #wall: () => number
  #made = 0

  constructor(wall: () => number) {
    this.#wall = wall
  }

  /** A room with people and, like any new room, a dispatch for whoever has no name. */
  open(name: string, { people = ['ana'], agentName = '', metadata = '', age = 60_000 } = {}): Fake {
    const room: Fake = { sid: `RM_${++this.#made}`, people, dispatches: [] }
    this.rooms.set(name, room)
    this.#wish(room, { agentName, metadata, attributes: {} }, age)
    return room
  }

  enter(name: string, holder: string): void {
    this.rooms.get(name)!.agent = { sid: `PA_${++this.#made}`, holder, isDead: false }
  }

  kill(holder: string): void {
    for (const { agent } of this.rooms.values()) if (agent?.holder === holder) agent.isDead = true
  }

  async list(names?: string[]): Promise<Room[]> {
    this.#ask('list')
    await this.delay
    const asked = [...this.rooms].filter(([name]) => names?.includes(name) ?? true)
    return asked.map(
      ([name, { sid, people, agent }]) =>
        new Room({ name, sid, numParticipants: people.length, numPublishers: agent === undefined ? 0 : 1 }),
    )
  }

  async participants(room: string): Promise<ParticipantInfo[]> {
    this.#ask(`participants ${room}`)
    const { people = [], agent } = this.rooms.get(room) ?? {}
    const all = people.map(
      identity => new ParticipantInfo({ sid: `PA_${identity}`, identity, state: State.ACTIVE }),
    )
    if (agent === undefined) return all
    const place = agent.place === undefined ? {} : { [PLACE]: agent.place }
    const attributes = { [HOLDER]: agent.holder, 'lk.agent_name': '', ...place }
    const { sid } = agent
    return [
      ...all,
      new ParticipantInfo({ sid, identity: 'agent', kind: Kind.AGENT, state: State.ACTIVE, attributes }),
    ]
  }

  async dispatches(room: string): Promise<AgentDispatch[]> {
    this.#ask(`dispatches ${room}`)
    const found = this.rooms.get(room)
    if (found === undefined) throw new Error('no response from servers')
    return found.dispatches
  }

  async dispatch(request: CreateAgentDispatchRequest): Promise<void> {
    this.#ask(`dispatch ${request.room}`)
    this.#wish(this.rooms.get(request.room)!, request, 0)
  }

  async undispatch(id: string, room: string): Promise<void> {
    this.#ask(`undispatch ${room}`)
    const found = this.rooms.get(room)!
    found.dispatches = found.dispatches.filter(one => one.id !== id)
  }

  async remove(room: string): Promise<void> {
    this.#ask(`remove ${room}`)
    delete this.rooms.get(room)!.agent
  }

  async pulse(room: string): Promise<Pulse> {
    this.#ask(`pulse ${room}`)
    if (this.isOld) return 'unknown'
    const agent = this.rooms.get(room)?.agent
    if (agent === undefined) return 'absent'
    return agent.isDead ? 'silent' : 'answers'
  }

  #ask(what: string): void {
    this.asked.push(what)
    if (this.isDown) throw new Error('LiveKit is down')
  }

  #wish(room: Fake, wish: Pick<AgentDispatch, 'agentName' | 'metadata' | 'attributes'>, age: number): void {
    const { agentName, metadata, attributes } = wish
    const state = new AgentDispatchState({ createdAt: BigInt(Math.round(this.#wall() - age)) * 1_000_000n })
    room.dispatches.push(
      new AgentDispatch({ id: `AD_${++this.#made}`, agentName, metadata, attributes, state }),
    )
  }
}
