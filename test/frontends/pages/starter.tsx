import {
  BarVisualizer,
  RoomAudioRenderer,
  SessionProvider,
  StartAudio,
  useAgent,
  useSession,
  useSessionContext,
  useSessionMessages,
  useTrackTranscription,
  useTranscriptions,
  useVoiceAssistant,
} from '@livekit/components-react'
import { TokenSource } from 'livekit-client'
import { useMemo } from 'react'
import { createRoot } from 'react-dom/client'
import { endpoint, person } from './asked.ts'
import { Log } from './log.tsx'
import { Messages } from './messages.tsx'

/** What LiveKit's agent starter for React is made of: one person, one agent. */
function Starter() {
  const source = useMemo(() => TokenSource.endpoint(endpoint), [])
  const session = useSession(source, { participantName: person })
  return (
    <SessionProvider session={session}>
      {session.isConnected ? (
        <Call />
      ) : (
        <button type="button" onClick={() => void session.start()}>
          Start call
        </button>
      )}
      <RoomAudioRenderer />
      <StartAudio label="Start audio" />
    </SessionProvider>
  )
}

function Call() {
  const session = useSessionContext()
  const agent = useAgent()
  const assistant = useVoiceAssistant()
  const { messages, send } = useSessionMessages(session)
  const captions = useTranscriptions()
  const { segments } = useTrackTranscription(session.local.microphoneTrack)
  return (
    <>
      <p id="agent">{agent.name}</p>
      <p id="failure">{agent.failureReasons?.join(' ')}</p>
      <Log id="states" value={agent.state} />
      <Log id="assistant-states" value={assistant.state} />
      {assistant.audioTrack && (
        <BarVisualizer id="bars" state={agent.state} barCount={5} trackRef={assistant.audioTrack} />
      )}
      <Messages messages={messages} send={send} />
      <ul id="captions">
        {captions.map(({ streamInfo, participantInfo, text }) => (
          <li key={streamInfo.attributes?.['lk.segment_id']} data-from={participantInfo.identity}>
            {text}
          </li>
        ))}
      </ul>
      <p id="my-packets">{segments.map(({ text }) => text).join(' ')}</p>
      <p id="agent-packets">{assistant.agentTranscriptions.map(({ text }) => text).join(' ')}</p>
    </>
  )
}

createRoot(document.querySelector('#root')!).render(<Starter />)
