import {
  ConnectionError,
  ConnectionErrorReason,
  LocalAudioTrack,
  type LocalParticipant,
  type LocalTrack,
  LocalVideoTrack,
  LogLevel,
  Room,
  setLogLevel,
  Track,
} from 'livekit-client'
import { readActivity } from './activity.ts'
import { roomName, type Ticket } from './api.ts'
import { Captions } from './captions.ts'
import { micConstraints } from './capture.ts'
import type { Controls } from './controls.ts'
import { Conversation } from './conversation.ts'
import { showEnded } from './ended.ts'
import type { Joining } from './lobby.ts'
import { buildRoom } from './markup.ts'
import { showRoom } from './room-screen.ts'
import { Sight } from './sight.ts'
import { Sound } from './sound.ts'
import { Transcript } from './transcript.ts'

export type CallEnded = {
  /** Shows the last screen; `again` joins once more. */
  showEnded(again: () => Promise<void>): void
}

export type Call = { readonly ended: Promise<CallEnded> }

/**
 * Joins, and shows the room until the call ends.
 * @throws Error with a sentence for the person; then nothing has changed on the page.
 */
export async function joinCall(ticket: Ticket, joining: Joining): Promise<Call> {
  setLogLevel(LogLevel.error)
  buildRoom(roomName)
  const room = new Room({
    adaptiveStream: true,
    dynacast: true,
    audioCaptureDefaults: micConstraints(joining.micId),
  })
  // Before the connection: what is said while the page is being built counts too.
  const sound = new Sound(room)
  const sight = new Sight(room)
  const view: { conversation?: Conversation } = {}
  const transcript = new Transcript(
    line => view.conversation?.show(line),
    line => view.conversation?.drop(line),
  )
  const captions = new Captions(room, transcript)
  readActivity(room, transcript)
  try {
    await room.connect(ticket.url, ticket.token)
  } catch (error) {
    sound.close()
    throw new Error(joinProblem(error, ticket.url), { cause: error })
  }
  const conversation = new Conversation(room.localParticipant.identity)
  view.conversation = conversation
  for (const line of transcript.lines) conversation.show(line)
  const shown = showRoom(room, { sound, sight, transcript, captions, conversation })
  void publish(room.localParticipant, shown.controls, joining).then(shown.render)
  const ended = shown.ended.then(({ reason, lines }) => ({
    showEnded: (again: () => Promise<void>) => showEnded(reason, lines, again),
  }))
  return { ended }
}

/** After the room is shown: hearing the others must not wait for a microphone. */
async function publish(
  you: LocalParticipant,
  { microphone, camera }: Controls,
  joining: Joining,
): Promise<void> {
  if (joining.microphone?.readyState === 'live') {
    const track = new LocalAudioTrack(joining.microphone, micConstraints(joining.micId), false)
    await publishOpen(you, track, Track.Source.Microphone)
    microphone.follow(you.isMicrophoneEnabled)
  } else if (!joining.isMuted) {
    await microphone.want(true)
  }
  if (!joining.hasCamera) return
  if (joining.camera?.readyState === 'live') {
    await publishOpen(you, new LocalVideoTrack(joining.camera, undefined, false), Track.Source.Camera)
    camera.follow(you.isCameraEnabled)
  } else {
    await camera.want(true)
  }
}

/** A track that the lobby has opened already. */
async function publishOpen(
  you: LocalParticipant,
  track: LocalAudioTrack | LocalVideoTrack,
  source: Track.Source,
): Promise<void> {
  // Its types were not written for exactOptionalPropertyTypes.
  await you.publishTrack(track as unknown as LocalTrack, { source }).catch(() => track.stop())
}

function joinProblem(error: unknown, url: string): string {
  const reason = error instanceof ConnectionError ? error.reason : undefined
  if (reason === ConnectionErrorReason.NotAllowed)
    return `LiveKit refused the ticket for this room. ${error instanceof Error ? error.message : ''}`.trim()
  if (reason === ConnectionErrorReason.ServerUnreachable || reason === ConnectionErrorReason.WebSocket)
    return `LiveKit does not answer at ${new URL(url).host}. Is it running?`
  return `The room could not be joined: ${error instanceof Error ? error.message : String(error)}`
}
