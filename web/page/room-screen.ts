import { type DisconnectReason, type Room, RoomEvent } from 'livekit-client'
import { AgentPanel } from './agent.ts'
import { AgentControls } from './agent-controls.ts'
import { AgentLine } from './agent-line.ts'
import { readSign } from './agent-sign.ts'
import { stayAwake } from './awake.ts'
import type { Captions } from './captions.ts'
import { Composer } from './composer.ts'
import { Controls } from './controls.ts'
import type { Conversation } from './conversation.ts'
import { Devices } from './devices.ts'
import { byId } from './dom.ts'
import { EchoWatch } from './echo-watch.ts'
import { Header } from './header.ts'
import { HoldButton } from './hold-button.ts'
import { Holding } from './holding.ts'
import { listenToKeys } from './keys.ts'
import { Notices } from './notices.ts'
import { People } from './people.ts'
import { silentMicrophone } from './problems.ts'
import { readAgent, readPeople, readShared } from './roster.ts'
import { ScreenShare } from './screen-share.ts'
import type { Sight } from './sight.ts'
import type { Sound } from './sound.ts'
import type { Line, Transcript } from './transcript.ts'

/** What listens to the room since before it was joined. */
export type Ears = {
  sound: Sound
  sight: Sight
  transcript: Transcript
  captions: Captions
  conversation: Conversation
}

export type RoomShown = {
  readonly controls: Controls
  /** Looks at the room again. */
  render(): void
  readonly ended: Promise<{ reason: DisconnectReason | undefined; lines: readonly Line[] }>
}

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

/** Shows a room that was joined, until it is left. */
export function showRoom(room: Room, { sound, sight, transcript, captions, conversation }: Ears): RoomShown {
  const screen = byId('room', HTMLElement)
  const leaving = new AbortController()
  const notices = new Notices()
  const line = new AgentLine(room, notices)
  const header = new Header(notices)
  const people = new People(identity => void line.call('roundtable.pin', { identity }))
  const panel = new AgentPanel()
  const agentControls = new AgentControls(line)
  const share = new ScreenShare()
  const controls = new Controls(room.localParticipant, notices)
  const holding = new Holding(
    controls.microphone,
    on => void line.call('roundtable.talk', { on }),
    () => render(),
  )
  const holdButton = new HoldButton(holding)
  const composer = new Composer(captions, notices)
  const devices = new Devices(room, notices)
  const echo = new EchoWatch(room, notices)

  const render = () => {
    const here = readPeople(room)
    const agent = readAgent(room)
    const sign = agent && readSign(agent.attributes)
    line.follow(agent)
    header.render(here)
    people.render(here, sign?.manners === undefined ? undefined : sign)
    panel.render(agent, sign, here)
    agentControls.render(sign, here.length)
    holdButton.render(sign, room.localParticipant.identity)
    share.render(readShared(room))
    sight.render()
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
  listenToKeys(controls, holding, render, leaving.signal)
  stayAwake(leaving.signal)

  const parts = [echo, devices, composer, holdButton, controls, share, sight, agentControls, panel, people]
  const ended: RoomShown['ended'] = new Promise(resolve => {
    room.once(RoomEvent.Disconnected, reason => {
      leaving.abort()
      clearInterval(looking)
      transcript.settle()
      const { lines } = transcript
      for (const part of [...parts, header, conversation, sound, notices]) part.close()
      screen.hidden = true
      resolve({ reason, lines })
    })
  })
  screen.hidden = false
  screen.focus()
  render()
  return { controls, render: renderSoon, ended }
}
