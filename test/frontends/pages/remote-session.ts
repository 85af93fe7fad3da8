import { AgentSession } from '@livekit/protocol'
import type { Room } from 'livekit-client'
import { useCallback, useEffect, useState } from 'react'

const TOPIC = 'lk.agent.session'

type Message = AgentSession.AgentSessionMessage
type Request = AgentSession.SessionRequest['request']

/** LiveKit's remote session, as the agents playground follows it: what has happened, what was answered, and a way to ask. */
export function useRemoteSession(room: Room) {
  const [told, tell] = useState<readonly Message['message'][]>([])
  useEffect(() => {
    room.registerByteStreamHandler(TOPIC, reader => {
      void reader.readAll().then(parts => {
        const bytes = Uint8Array.from(parts.flatMap(part => [...part]))
        const { message } = AgentSession.AgentSessionMessage.fromBinary(bytes)
        tell(told => [...told, message])
      })
    })
    return () => room.unregisterByteStreamHandler(TOPIC)
  }, [room])
  const ask = useCallback(
    async (agent: string, request: Request) => {
      const value = new AgentSession.SessionRequest({ requestId: crypto.randomUUID(), request })
      const message = new AgentSession.AgentSessionMessage({ message: { case: 'request', value } })
      const writer = await room.localParticipant.streamBytes({ topic: TOPIC, destinationIdentities: [agent] })
      await writer.write(message.toBinary())
      await writer.close()
    },
    [room],
  )
  const events = told.flatMap(one => (one.case === 'event' ? [one.value.event] : []))
  const answers = told.flatMap(one => (one.case === 'response' ? [one.value.response] : []))
  return { events, answers, ask }
}
