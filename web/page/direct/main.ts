import { Captions } from './captions.ts'
import { openSession, type Session } from './session.ts'
import { isRehearsal } from './ticket.ts'

/** The element of that id. @throws Error where the page and this program do not belong together */
function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`there is no #${id}`)
  return found
}

const start = byId('start', HTMLButtonElement)
const end = byId('end', HTMLButtonElement)
const mic = byId('mic', HTMLButtonElement)
const camera = byId('camera', HTMLButtonElement)
const line = byId('line', HTMLInputElement)
const send = byId('send', HTMLButtonElement)
const state = byId('state', HTMLElement)
const sight = byId('sight', HTMLVideoElement)
const captions = new Captions(byId('log', HTMLElement))
let session: Session | undefined

const say = (words: string) => {
  state.textContent = words
}

/** What can be used while a session is open, and only then. */
function show(opened: Session | undefined): void {
  session = opened
  start.disabled = opened !== undefined
  for (const control of [end, camera, line, send]) control.disabled = opened === undefined
  mic.disabled = opened?.microphone === undefined
  press(mic, opened?.microphone !== undefined)
  press(camera, false)
}

function press(button: HTMLButtonElement, isOn: boolean): void {
  button.setAttribute('aria-pressed', String(isOn))
}

const isPressed = (button: HTMLButtonElement) => button.getAttribute('aria-pressed') === 'true'

start.addEventListener('click', async () => {
  start.disabled = true
  say('Connecting')
  try {
    const opened = await openSession({ captions, sight, say })
    show(opened)
    void opened.ended.then(why => {
      captions.end()
      show(undefined)
      start.textContent = 'Start again'
      say(why)
    })
  } catch (thrown) {
    show(undefined)
    say(thrown instanceof Error ? thrown.message : String(thrown))
  }
})

end.addEventListener('click', () => session?.close())

mic.addEventListener('click', () => {
  const isOn = !isPressed(mic)
  session?.microphone?.mute(!isOn)
  press(mic, isOn)
})

camera.addEventListener('click', async () => {
  camera.disabled = true
  press(camera, (await session?.camera(!isPressed(camera))) ?? false)
  camera.disabled = session === undefined
})

byId('composer', HTMLFormElement).addEventListener('submit', event => {
  event.preventDefault()
  const words = line.value.trim()
  if (words === '') return
  session?.type(words)
  line.value = ''
})

addEventListener('pagehide', () => session?.close())

// The same link without `?direct` is the room; the invite stays behind the #.
byId('to-room', HTMLAnchorElement).href = `${location.pathname}${location.hash}`
void isRehearsal().then(is => {
  byId('rehearsal', HTMLElement).hidden = !is
})
