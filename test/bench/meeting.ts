import { once } from 'node:events'
import { AccessToken, RoomAgentDispatch, RoomConfiguration, RoomServiceClient } from 'livekit-server-sdk'
import type { Ms } from '../../agent/units.ts'
import type { TestLiveKit } from '../e2e/livekit.ts'
import { Probe } from './probe.ts'
import type { Session } from './stand-in.ts'
import { AGENT_NAME, type Subject } from './subject.ts'

/** A subject that is not in the room, or not out of it again, after this long has failed. */
const PATIENCE_MS: Ms = 20_000

let rooms = 0

/** A room name that this run has not used. */
export function newRoom(): string {
  rooms++
  return `bench-${rooms}`
}

/** One person and one subject in a room, with a Live session behind it. */
export class Meeting implements AsyncDisposable {
  readonly subject: Subject
  readonly person: Probe
  readonly session: Session
  readonly #room: string
  readonly #livekit: TestLiveKit

  private constructor(livekit: TestLiveKit, room: string, subject: Subject, person: Probe, session: Session) {
    this.#livekit = livekit
    this.#room = room
    this.subject = subject
    this.person = person
    this.session = session
  }

  /** Resolves when the person hears the agent's track and the session is set up. @throws Error after 20 s. */
  static async start(livekit: TestLiveKit, subject: Subject): Promise<Meeting> {
    const room = newRoom()
    const person = await Probe.join(livekit.url, await personToken(livekit, room, 'ana', subject))
    try {
      await enter(livekit, room, subject)
      const signal = AbortSignal.timeout(PATIENCE_MS)
      if (!person.isHearing) await once(person, 'hearing', { signal })
      while (subject.standIn.sessions.size === 0) await once(subject.standIn, 'sessions', { signal })
      const [session] = subject.standIn.sessions
      return new Meeting(livekit, room, subject, person, session!)
    } catch (thrown) {
      await person.close()
      throw new Error(`the ${subject.kind} agent did not come within ${PATIENCE_MS / 1000} s`, {
        cause: thrown,
      })
    }
  }

  /** Everybody leaves; resolves when the Live session is closed too. */
  async close(): Promise<void> {
    await this.person.close()
    await endRoom(this.#livekit, this.#room)
    await untilNoSession(this.subject)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** A person's way into `room`; it asks for the agent where that is a worker. */
export async function personToken(
  livekit: TestLiveKit,
  room: string,
  identity: string,
  subject: Subject,
): Promise<string> {
  const token = roomToken(livekit, room, identity)
  if (subject.kind !== 'bare')
    token.roomConfig = new RoomConfiguration({ agents: [new RoomAgentDispatch({ agentName: AGENT_NAME })] })
  return token.toJwt()
}

/** Sends the bare bridge into `room`; a worker is sent by LiveKit. */
export async function enter(livekit: TestLiveKit, room: string, subject: Subject): Promise<void> {
  if (subject.kind !== 'bare') return
  const token = await roomToken(livekit, room, 'agent').toJwt()
  subject.child.process.send({ url: livekit.url, token })
}

/** Sends everybody out, so that nobody lingers into the next measurement. */
export async function endRoom({ url, apiKey, apiSecret }: TestLiveKit, room: string): Promise<void> {
  await new RoomServiceClient(url.replace(/^ws/, 'http'), apiKey, apiSecret).deleteRoom(room)
}

async function untilNoSession({ standIn }: Subject): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  while (standIn.sessions.size > 0) await once(standIn, 'sessions', { signal })
}

function roomToken({ apiKey, apiSecret }: TestLiveKit, room: string, identity: string): AccessToken {
  const token = new AccessToken(apiKey, apiSecret, { identity })
  token.addGrant({ roomJoin: true, room })
  return token
}
