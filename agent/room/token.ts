import { AccessToken } from 'livekit-server-sdk'
import type { LiveKitConfig } from '../config.ts'

/**
 * Lets one agent into one room, for an hour: of kind `agent`, which may speak in others' captions and change its own
 * attributes. LiveKit's dispatch gives a worker such a token with each job.
 */
export function agentToken(livekit: LiveKitConfig, room: string, identity: string): Promise<string> {
  const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity, name: 'Agent', ttl: '1h' })
  token.kind = 'agent'
  token.addGrant({
    room,
    roomJoin: true,
    agent: true,
    canPublish: true,
    canPublishData: true,
    canSubscribe: true,
    canUpdateOwnMetadata: true,
  })
  return token.toJwt()
}
