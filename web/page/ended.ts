import { DisconnectReason } from 'livekit-client'
import { roomName } from './api.ts'
import { byId, setText } from './dom.ts'
import { isWords, type Line, transcriptFile } from './transcript.ts'

/** The last screen: why it ended, the way back, and what was said. */
export function showEnded(
  reason: DisconnectReason | undefined,
  lines: readonly Line[],
  join: () => Promise<void>,
): void {
  const screen = byId('ended', HTMLElement)
  const why = byId('ended-why', HTMLElement)
  const again = byId('again', HTMLButtonElement)
  const save = byId('save', HTMLButtonElement)
  setText(why, sentence(reason))
  const file = transcriptFile(lines, roomName)
  save.hidden = !lines.some(isWords)
  save.onclick = () => download(file)
  again.onclick = async () => {
    again.disabled = true
    try {
      await join()
      screen.hidden = true
    } catch (error) {
      setText(why, error instanceof Error ? error.message : String(error))
    } finally {
      again.disabled = false
    }
  }
  screen.hidden = false
  again.focus()
}

function sentence(reason: DisconnectReason | undefined): string {
  switch (reason) {
    case DisconnectReason.CLIENT_INITIATED:
      return 'You left the room.'
    case DisconnectReason.DUPLICATE_IDENTITY:
      return 'You joined from another tab.'
    case DisconnectReason.PARTICIPANT_REMOVED:
      return 'You were removed from the room.'
    case DisconnectReason.ROOM_DELETED:
    case DisconnectReason.ROOM_CLOSED:
      return 'The room was closed.'
    default:
      return 'The connection ended.'
  }
}

function download(text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  link.download = `${roomName}-${new Date().toISOString().slice(0, 16).replaceAll(':', '-')}.txt`
  link.click()
  // The download begins after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
