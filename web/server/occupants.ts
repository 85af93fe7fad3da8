import { ParticipantInfo_Kind } from '@livekit/protocol'
import { RoomServiceClient } from 'livekit-server-sdk'
import type { LiveKitConfig } from '../../agent/config.ts'

/** Somebody who is in a room now. */
export type Occupant = {
  identity: string
  name: string
  /** False for the agent and the like, which take nobody's seat. */
  isGuest: boolean
}

/** Who is in `room`; nobody where there is no such room yet. Rejects when LiveKit cannot say within 2 s. */
export type Occupants = (room: string) => Promise<Occupant[]>

const DEADLINE_S = 2

/** Numbers, since livekit-server-sdk brings a copy of the enum of its own. */
const guestKinds: readonly number[] = [ParticipantInfo_Kind.STANDARD, ParticipantInfo_Kind.SIP]

export function occupantsOf({ url, apiKey, apiSecret }: LiveKitConfig): Occupants {
  const service = new RoomServiceClient(url.replace(/^ws/, 'http'), apiKey, apiSecret, {
    requestTimeout: DEADLINE_S,
    failover: false,
  })
  return async room => {
    const people = await service.listParticipants(room).catch((error: unknown) => {
      if (error instanceof Error && 'status' in error && error.status === 404) return []
      throw error
    })
    return people.map(({ identity, name, kind }) => ({
      identity,
      name,
      isGuest: guestKinds.includes(kind),
    }))
  }
}
