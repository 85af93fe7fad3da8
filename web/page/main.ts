import roomStyle from '../room.css?url'
import { fetchTicket, readInfo, roomName } from './api.ts'
import { byId, setText } from './dom.ts'
import { type Joining, Lobby } from './lobby.ts'

let style: Promise<void> | undefined

/** The call, and livekit-client with it, is most of the page: it is fetched at the first sign that somebody will join. */
async function loadCall(): Promise<typeof import('./call.ts')> {
  style ??= loadStyle(roomStyle)
  const [call] = await Promise.all([import('./call.ts'), style])
  return call
}

function loadStyle(href: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const link = document.createElement('link')
    link.rel = 'stylesheet'
    link.href = href
    link.onload = () => resolve()
    link.onerror = () => {
      style = undefined
      reject(new Error('The page did not load whole. Load it again.'))
    }
    document.head.append(link)
  })
}

const form = byId('join', HTMLFormElement)
for (const event of ['pointerenter', 'touchstart', 'keydown'] as const)
  form.addEventListener(event, () => void loadCall().catch(() => {}), { once: true, passive: true })

for (const place of document.querySelectorAll('[data-room]')) place.textContent = roomName
document.title = `${roomName} · Roundtable`

async function join(joining: Joining): Promise<void> {
  const [ticket, { joinCall }] = await Promise.all([fetchTicket(joining.name), loadCall()])
  const call = await joinCall(ticket, joining)
  const again = () => join({ ...joining, microphone: undefined, camera: undefined })
  void call.ended.then(({ showEnded }) => showEnded(again))
}

const lobby = new Lobby(join)
void lobby.show()
void readInfo().then(info => {
  byId('rehearsal', HTMLElement).hidden = info?.agent !== 'rehearsal'
  if (info?.needsInvite === true && !location.hash.includes('k='))
    setText(
      byId('join-problem', HTMLElement),
      'This room needs an invite. Ask for the whole link, with what follows its #.',
    )
})
