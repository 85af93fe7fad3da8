import { fetchTicket, readInfo, roomName } from './api.ts'
import { byId } from './dom.ts'
import { type Joining, Lobby } from './lobby.ts'

/** The call, and livekit-client with it, is most of the page: it is fetched at the first sign that somebody will join. */
const loadCall = () => import('./call.ts')

const form = byId('join', HTMLFormElement)
for (const event of ['pointerenter', 'touchstart', 'keydown'] as const)
  form.addEventListener(event, () => void loadCall().catch(() => {}), { once: true, passive: true })

for (const place of document.querySelectorAll('[data-room]')) place.textContent = roomName
document.title = `${roomName} · Roundtable`

async function join(joining: Joining): Promise<void> {
  const [ticket, { joinCall }] = await Promise.all([fetchTicket(joining.name), loadCall()])
  const call = await joinCall(ticket, joining)
  void call.ended.then(({ showEnded }) => showEnded(() => join({ ...joining, microphone: undefined })))
}

const lobby = new Lobby(join)
void lobby.show()
void readInfo().then(info => {
  byId('rehearsal', HTMLElement).hidden = info?.agent !== 'rehearsal'
})
