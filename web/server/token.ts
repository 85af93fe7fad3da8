import { AccessToken, RoomAgentDispatch, RoomConfiguration, TrackSource } from 'livekit-server-sdk'

/** Everything a guest's token says. */
export type Guest = {
  identity: string
  name: string
  room: string
  metadata: string
  attributes: Readonly<Record<string, string>>
}

export type MintOptions = {
  apiKey: string
  apiSecret: string
  /** People in one room, the agent not counted; takes effect when the room is created. */
  maxParticipants: number
  /** The name of explicit dispatch; empty where every new room gets the agent anyway. */
  agentName: string
}

/**
 * Seconds. It limits the first connect only: the server renews the token of whoever is inside. Above 60, since
 * livekit-client asks for a new one a minute before the end.
 */
const LIFE = 600

/** A signed join token for one room, with just what the page needs. */
export function mintToken(guest: Guest, options: MintOptions): Promise<string> {
  const { identity, name, metadata, attributes } = guest
  const token = new AccessToken(options.apiKey, options.apiSecret, {
    identity,
    name,
    metadata,
    attributes: { ...attributes },
    ttl: LIFE,
  })
  token.addGrant({
    room: guest.room,
    roomJoin: true,
    canSubscribe: true,
    canPublish: true,
    canPublishData: true,
    canPublishSources: [
      TrackSource.MICROPHONE,
      TrackSource.CAMERA,
      TrackSource.SCREEN_SHARE,
      TrackSource.SCREEN_SHARE_AUDIO,
    ],
    canUpdateOwnMetadata: false,
  })
  const agents = options.agentName === '' ? [] : [new RoomAgentDispatch({ agentName: options.agentName })]
  token.roomConfig = new RoomConfiguration({ maxParticipants: options.maxParticipants, agents })
  return token.toJwt()
}
