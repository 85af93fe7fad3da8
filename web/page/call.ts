import '../room.css'
import {
  ConnectionError,
  ConnectionErrorReason,
  type DisconnectReason,
  LocalAudioTrack,
  type LocalTrack,
  LogLevel,
  Room,
  RoomEvent,
  setLogLevel,
  Track,
} from 'livekit-client'
import { AgentPanel } from './agent.ts'
import type { Ticket } from './api.ts'
import { stayAwake } from './awake.ts'
import { Captions } from './captions.ts'
import { Composer } from './composer.ts'
import { Controls } from './controls.ts'
import { Conversation } from './conversation.ts'
import { Devices } from './devices.ts'
import { byId } from './dom.ts'
import { showEnded } from './ended.ts'
import { Header } from './header.ts'
import { listenToKeys } from './keys.ts'
import type { Joining } from './lobby.ts'
import { micConstraints } from './microphone.ts'
import { Notices } from './notices.ts'
import { People } from './people.ts'
import { silentMicrophone } from './problems.ts'
import { readAgent, readPeople, readShared } from './roster.ts'
import { ScreenShare } from './screen-share.ts'
import { Sound } from './sound.ts'
import { Transcript } from './transcript.ts'

export type CallEnded = {
  /** Shows the last screen; `again` joins once more. */
  showEnded(again: () => Promise<void>): void
}

export type Call = { readonly ended: Promise<CallEnded> }

/** The agent's absence becomes worth a sentence by time alone, so the page looks again this often, ms. */
const LOOK_EVERY = 5000

/** What changes what the page shows of people and agent. */
const changes = [
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.ParticipantActive,
  RoomEvent.ParticipantNameChanged,
  RoomEvent.ParticipantAttributesChanged,
  RoomEvent.ActiveSpeakersChanged,
  RoomEvent.TrackPublished,
  RoomEvent.TrackUnpublished,
  RoomEvent.TrackSubscribed,
  RoomEvent.TrackUnsubscribed,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
  RoomEvent.ConnectionQualityChanged,
  RoomEvent.Connected,
  RoomEvent.Reconnected,
] as const

/**
 * Joins, and shows the room until the call ends.
 * @throws Error with a sentence for the person; then nothing has changed on the page.
 */
export async function joinCall(ticket: Ticket, joining: Joining): Promise<Call> {
  setLogLevel(LogLevel.error)
  const room = new Room({
    adaptiveStream: true,
    dynacast: true,
    audioCaptureDefaults: micConstraints(joining.micId),
  })
  // Before the connection: what is said while the page is being built counts too.
  const sound = new Sound(room)
  const view: { conversation?: Conversation } = {}
  const transcript = new Transcript(
    line => view.conversation?.show(line),
    line => view.conversation?.drop(line),
  )
  const captions = new Captions(room, transcript)
  try {
    await room.connect(ticket.url, ticket.token)
  } catch (error) {
    sound.close()
    throw new Error(joinProblem(error, ticket.url), { cause: error })
  }
  view.conversation = new Conversation(room.localParticipant.identity)
  for (const line of transcript.lines) view.conversation.show(line)
  return show(room, { sound, transcript, captions, conversation: view.conversation }, joining)
}

type Parts = { sound: Sound; transcript: Transcript; captions: Captions; conversation: Conversation }

function show(room: Room, { sound, transcript, captions, conversation }: Parts, joining: Joining): Call {
  const screen = byId('room', HTMLElement)
  const leaving = new AbortController()
  const notices = new Notices()
  const header = new Header(notices)
  const people = new People()
  const agent = new AgentPanel()
  const share = new ScreenShare()
  const controls = new Controls(room.localParticipant, notices)
  const composer = new Composer(captions, notices)
  const devices = new Devices(room, notices)

  const render = () => {
    const here = readPeople(room)
    header.render(here)
    people.render(here)
    agent.render(readAgent(room), here)
    share.render(readShared(room))
    controls.render()
  }
  // Joining brings many events at once; one look at the room answers them all.
  let isDue = false
  const renderSoon = () => {
    if (isDue) return
    isDue = true
    queueMicrotask(() => {
      isDue = false
      if (!leaving.signal.aborted) render()
    })
  }
  for (const change of changes) room.on(change, renderSoon)
  const looking = setInterval(renderSoon, LOOK_EVERY)

  room.on(RoomEvent.ParticipantDisconnected, ({ identity }) => transcript.settle(identity))
  room.on(RoomEvent.SignalReconnecting, () => notices.hold('The connection is weak.'))
  room.on(RoomEvent.Reconnecting, () => notices.hold('The connection is lost. Coming back…'))
  room.on(RoomEvent.Reconnected, () => notices.hold(''))
  room.on(RoomEvent.LocalAudioSilenceDetected, () => notices.say(silentMicrophone))
  byId('leave', HTMLButtonElement).onclick = () => void room.disconnect()
  listenToKeys(controls, render, leaving.signal)
  stayAwake(leaving.signal)

  const ended = new Promise<CallEnded>(resolve => {
    room.once(RoomEvent.Disconnected, (reason?: DisconnectReason) => {
      leaving.abort()
      clearInterval(looking)
      transcript.settle()
      const { lines } = transcript
      for (const part of [
        devices,
        composer,
        controls,
        share,
        agent,
        people,
        header,
        conversation,
        sound,
        notices,
      ])
        part.close()
      screen.hidden = true
      resolve({ showEnded: again => showEnded(reason, lines, again) })
    })
  })
  screen.hidden = false
  screen.focus()
  render()
  void publish(room, controls, joining).then(renderSoon)
  return { ended }
}

/** After the room is shown: hearing the others must not wait for a microphone. */
async function publish(room: Room, controls: Controls, joining: Joining): Promise<void> {
  const { microphone, micId, isMuted, hasCamera } = joining
  if (microphone !== undefined && microphone.readyState === 'live') {
    const track = new LocalAudioTrack(microphone, micConstraints(micId), false)
    // Its types were not written for exactOptionalPropertyTypes.
    const publishable = track as unknown as LocalTrack
    await room.localParticipant
      .publishTrack(publishable, { source: Track.Source.Microphone })
      .catch(() => track.stop())
    controls.microphone.follow(room.localParticipant.isMicrophoneEnabled)
  } else if (!isMuted) {
    await controls.microphone.want(true)
  }
  if (hasCamera) await controls.camera.want(true)
}

function joinProblem(error: unknown, url: string): string {
  const reason = error instanceof ConnectionError ? error.reason : undefined
  if (reason === ConnectionErrorReason.NotAllowed)
    return `LiveKit refused the ticket for this room. ${error instanceof Error ? error.message : ''}`.trim()
  if (reason === ConnectionErrorReason.ServerUnreachable || reason === ConnectionErrorReason.WebSocket)
    return `LiveKit does not answer at ${new URL(url).host}. Is it running?`
  return `The room could not be joined: ${error instanceof Error ? error.message : String(error)}`
}
