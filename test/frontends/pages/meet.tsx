import '@livekit/components-styles'
import { formatChatMessageLinks, LiveKitRoom, PreJoin, VideoConference } from '@livekit/components-react'
import { TokenSource, type TokenSourceResponseObject } from 'livekit-client'
import { useState } from 'react'
import { createRoot } from 'react-dom/client'
import { endpoint, person } from './asked.ts'

/** What LiveKit Meet is made of: people side by side, of whom the agent is one. */
function Meet() {
  const [granted, setGranted] = useState<TokenSourceResponseObject>()
  const [isCameraOn, setCameraOn] = useState(false)
  if (granted === undefined)
    return (
      <main data-lk-theme="default">
        <PreJoin
          defaults={{ username: person, videoEnabled: false, audioEnabled: false }}
          persistUserChoices={false}
          onSubmit={choices => {
            setCameraOn(choices.videoEnabled)
            void TokenSource.endpoint(endpoint).fetch({ participantName: choices.username }).then(setGranted)
          }}
        />
      </main>
    )
  return (
    <LiveKitRoom
      data-lk-theme="default"
      serverUrl={granted.serverUrl}
      token={granted.participantToken}
      options={{ adaptiveStream: { pixelDensity: 'screen' }, dynacast: true, publishDefaults: { red: true } }}
      audio={false}
      video={isCameraOn}
    >
      <VideoConference chatMessageFormatter={formatChatMessageLinks} />
    </LiveKitRoom>
  )
}

createRoot(document.querySelector('#root')!).render(<Meet />)
