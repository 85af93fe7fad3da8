import {
  BarVisualizer,
  RoomAudioRenderer,
  SessionProvider,
  useAgent,
  useParticipantAttributes,
  useSession,
  useSessionMessages,
} from '@livekit/components-react'
import { AgentSession } from '@livekit/protocol'
import { TokenSource } from 'livekit-client'
import { useEffect, useMemo, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { endpoint, person } from './asked.ts'
import { Log } from './log.tsx'
import { Messages } from './messages.tsx'
import { useRemoteSession } from './remote-session.ts'

/** What LiveKit's agents playground is made of: state, attributes, words, calls, and the session's own events. */
function Playground() {
  const source = useMemo(() => TokenSource.endpoint(endpoint), [])
  const session = useSession(source, { participantName: person })
  const agent = useAgent(session)
  const { messages, send } = useSessionMessages(session)
  const participant = agent.internal.agentParticipant ?? undefined
  const { attributes = {} } = useParticipantAttributes(participant === undefined ? {} : { participant })
  const { events, answers, ask } = useRemoteSession(session.room)
  const identity = participant?.identity
  useEffect(() => {
    if (identity === undefined) return
    void ask(identity, { case: 'getSessionState', value: new AgentSession.SessionRequest_GetSessionState() })
    void ask(identity, { case: 'getRtcStats', value: new AgentSession.SessionRequest_GetRTCStats() })
  }, [identity, ask])
  const call = (method: string, payload: string) =>
    session.room.localParticipant.performRpc({ destinationIdentity: identity ?? '', method, payload })
  return (
    <SessionProvider session={session}>
      {!session.isConnected && (
        <button type="button" onClick={() => void session.start()}>
          Connect
        </button>
      )}
      <p id="agent">{agent.name}</p>
      <Log id="states" value={agent.state} />
      {agent.microphoneTrack && (
        <BarVisualizer id="bars" state={agent.state} barCount={5} track={agent.microphoneTrack} />
      )}
      <dl id="attributes">
        {Object.entries(attributes).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Messages messages={messages} send={send} />
      <Calls call={call} />
      <ol id="answers">
        {answers.map((answer, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: nothing is ever moved
          <li key={index}>{answer.case}</li>
        ))}
      </ol>
      <ol id="events">
        {events.map((event, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: nothing is ever moved
          <li key={index}>{`${event.case} ${event.value?.toJsonString()}`}</li>
        ))}
      </ol>
      <RoomAudioRenderer />
    </SessionProvider>
  )
}

function Calls({ call }: { call: (method: string, payload: string) => Promise<string> }) {
  const [method, setMethod] = useState('')
  const [payload, setPayload] = useState('')
  const [reply, setReply] = useState('')
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        call(method, payload).then(setReply, error => setReply(String(error)))
      }}
    >
      <input aria-label="Method" value={method} onChange={event => setMethod(event.target.value)} />
      <input aria-label="Payload" value={payload} onChange={event => setPayload(event.target.value)} />
      <button type="submit">Call</button>
      <output id="reply">{reply}</output>
    </form>
  )
}

createRoot(document.querySelector('#root')!).render(<Playground />)
